"""Reading the columns of stored titles that features are made of."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from reelhouse.errors import SourceError
from reelhouse.features.fields import FIELDS

_COLUMNS = ("title", *FIELDS)


def read_part(path: Path) -> pa.Table:
    """Return the columns of a stored partition of titles that features use.

    Raises
    ------
    SourceError
        The file is missing, no Parquet file, or lacks a column.
    """
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            missing = [field for field in _COLUMNS if field not in file.schema_arrow.names]
            if missing:
                raise SourceError(f"{path} has no column {missing[0]!r}, expected {list(_COLUMNS)}")
            return file.read(columns=list(_COLUMNS))
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {error}") from None
