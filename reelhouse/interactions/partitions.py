"""Read partitions of ratings: the columns that a pass needs, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.errors import SourceError
from reelhouse.schema import RATINGS

IntArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]


def read_columns(path: Path, names: Sequence[str]) -> list[NDArray[Any]]:
    """Read columns of a partition, in one thread.

    Returns
    -------
    list of read-only ndarray of shape (n_ratings,)
        In the order of `names`, with the types of `RATINGS`.

    Raises
    ------
    SourceError
        The file is missing, no Parquet file, lacks a column, or a column has nulls or values that
        do not fit its type.
    """
    from pyarrow import parquet

    try:
        # Threads run over partitions: none within one, and nothing read ahead of need.
        with parquet.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
            missing = [name for name in names if name not in file.schema_arrow.names]
            if missing:
                raise SourceError(
                    f"{path} has no column {missing[0]!r}, required are {', '.join(names)}"
                )
            table = file.read(columns=list(names), use_threads=False)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {error}") from None
    return [_plain(table.column(name), name, path) for name in names]


def _plain(column: pa.ChunkedArray, name: str, path: Path) -> NDArray[Any]:
    if column.null_count:
        raise SourceError(f"{path}: column {name} has {column.null_count} nulls, required are none")
    wanted = RATINGS.field(name).type
    try:
        column = column if column.type == wanted else column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SourceError(f"{path}: column {name} is no {wanted}: {error}") from None
    array: NDArray[Any] = column.to_numpy()
    return frozen(array)


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Give a read-only view: compiled loops are compiled for one kind of input."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def title_bounds(path: Path) -> tuple[int, int] | None:
    """Least and greatest title_id of a partition; None when it has no rows.

    The file's footer knows them as a rule; else the column is read.
    """
    bounds = _footer_bounds(path)
    if bounds is not None:
        return bounds
    (titles,) = read_columns(path, ["title_id"])
    return (int(titles.min()), int(titles.max())) if titles.size else None


def _footer_bounds(path: Path) -> tuple[int, int] | None:
    from pyarrow import parquet

    try:
        about = parquet.read_metadata(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {error}") from None
    if "title_id" not in about.schema.names:
        raise SourceError(f"{path} has no column 'title_id', expected {', '.join(RATINGS.names)}")
    place = about.schema.names.index("title_id")
    groups = (about.row_group(index) for index in range(about.num_row_groups))
    known = [group.column(place).statistics for group in groups if group.num_rows]
    if not known or any(each is None or not each.has_min_max for each in known):
        return None
    try:
        return int(min(each.min for each in known)), int(max(each.max for each in known))
    except (TypeError, ValueError):
        return None  # no integers: reading the column says what is wrong
