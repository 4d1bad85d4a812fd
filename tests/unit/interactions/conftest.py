from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.schema import RATINGS

#: user, title, rating
Rating = tuple[int, int, float]
WriteParts = Callable[[Sequence[Sequence[Rating]]], list[Path]]

#: Two partitions with one without rows between them; titles 10, 20, 30 and 40.
#:
#:            10  20  30  40
#: user 1      5   3
#: user 4      4       1   2
#: user 2      1
#: user 9      2   3       4
SMALL: Sequence[Sequence[Rating]] = (
    ((1, 10, 5), (1, 20, 3), (4, 10, 4), (4, 30, 1), (4, 40, 2)),
    (),
    ((2, 10, 1), (9, 10, 2), (9, 20, 3), (9, 40, 4)),
)


def ratings_table(rows: Sequence[Rating]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    dates = pa.nulls(len(rows), pa.date32())
    return pa.table([pa.array(c) for c in columns] + [dates], names=RATINGS.names).cast(RATINGS)


@pytest.fixture
def write_ratings(tmp_path: Path) -> WriteParts:
    """Writes a partition of ratings for each list of rows, as they are given."""

    def write(parts: Sequence[Sequence[Rating]]) -> list[Path]:
        paths = [tmp_path / f"part-{index:05d}.parquet" for index in range(len(parts))]
        for path, rows in zip(paths, parts, strict=True):
            pq.write_table(ratings_table(rows), path)
        return paths

    return write


@pytest.fixture
def small(write_ratings: WriteParts) -> list[Path]:
    return write_ratings(SMALL)
