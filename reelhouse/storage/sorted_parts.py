"""A large table in the order of a key, written from pieces that are in order each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reelhouse.storage.tables import ROW_GROUP, write_table

#: Rows of a piece that are looked at together: few, so that a range is read without the rest.
_GROUP = 16_384


def write_piece(rows: pa.Table, path: Path) -> None:
    """Write a piece, sorted by its key, for `write_sorted`."""
    pq.write_table(rows, path, compression="lz4", row_group_size=_GROUP)


def write_sorted(
    pieces: Sequence[Path],
    target: Path,
    schema: pa.Schema,
    *,
    order: Sequence[str],
    first: Sequence[int],
    finish: Callable[[pa.Table], pa.Table] | None = None,
    row_group: int = ROW_GROUP,
) -> int:
    """Merge pieces into a table sorted by key: one file, or a folder of parts.

    A part is in memory at a time. A key's rows are all in one part.

    Parameters
    ----------
    pieces : sequence of Path
        Written by `write_piece`, each sorted by the key.
    target : Path
        Such as `recommendations.parquet`.
    schema : Schema
        Of the table.
    order : names of the columns to sort by, the key first
    first : sequence of int
        First key of each part, ascending; one: no folder.
    finish : callable or None
        Turns sorted rows of a part into rows of the schema.
    row_group : int
        Rows of each row group.

    Returns
    -------
    int
        Rows written.
    """
    rows = 0
    for number, (low, high) in enumerate(zip(first, [*first[1:], None], strict=True)):
        part = target if len(first) == 1 else target / f"part-{number:05d}.parquet"
        found = [_between(piece, order[0], low if number else None, high) for piece in pieces]
        table = pa.concat_tables(found).sort_by([(name, "ascending") for name in order])
        finished = finish(table) if finish else table
        rows += write_table(finished, part, schema, row_group=row_group)
    return rows


def _between(piece: Path, key: str, low: int | None, high: int | None) -> pa.Table:
    wanted = pa.compute.scalar(True)
    if low is not None:
        wanted &= pc.field(key) >= low
    if high is not None:
        wanted &= pc.field(key) < high
    return pq.read_table(piece, filters=wanted)
