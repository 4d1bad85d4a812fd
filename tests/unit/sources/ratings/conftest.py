"""Ratings written as small files, and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.sources.ratings import (
    RatingsSnapshot,
    RatingsSpill,
    RefusedValues,
    partition_ratings,
    spill_ratings,
)

#: user, title, rating, date as ISO text or None
Row = tuple[int, int, float, str | None]


class Read(NamedTuple):
    """An input that was read and partitioned."""

    spill: RatingsSpill
    snapshot: RatingsSnapshot
    rows: list[Row]
    quarantine: list[dict[str, Any]]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """Row and reason of everything in quarantine."""
        return [(row["row"], row["reason"]) for row in self.quarantine]


ReadRatings = Callable[..., Read]


def stored_rows(snapshot: RatingsSnapshot) -> list[Row]:
    """All ratings of all partitions, in their order."""
    tables = [pq.read_table(part.path) for part in snapshot.parts]
    return [
        (
            row["user_id"],
            row["title_id"],
            row["rating"],
            None if row["date"] is None else row["date"].isoformat(),
        )
        for row in pa.concat_tables(tables).to_pylist()
    ]


@pytest.fixture
def read_ratings(tmp_path: Path) -> ReadRatings:
    """Reads a file, or text that it writes to one, and partitions it."""

    def read(
        source: Path | str | bytes, refused: RefusedValues | None = None, **options: Any
    ) -> Read:
        path = source
        if not isinstance(path, Path):
            text = source if isinstance(source, bytes) else str(source).encode()
            path = tmp_path / "ratings.txt"
            path.write_bytes(text)
        spill = spill_ratings(str(path), tmp_path / "scratch", **{"n_threads": 1, **options})
        threads = options.get("n_threads", 1)
        snapshot = partition_ratings(spill, tmp_path / "out", refused=refused, n_threads=threads)
        quarantine = [row for p in snapshot.quarantine for row in pq.read_table(p).to_pylist()]
        assert snapshot.n_good + snapshot.n_quarantined == snapshot.n_rows
        assert len(quarantine) == snapshot.n_quarantined
        rows = stored_rows(snapshot)
        assert len(rows) == snapshot.n_good
        return Read(spill, snapshot, rows, quarantine)

    return read
