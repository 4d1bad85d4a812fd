"""Spilled ratings become partitions: sorted by user and title, without what is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reelhouse.errors import SourceError
from reelhouse.schema import QUARANTINE, RATINGS
from reelhouse.sources.ratings.facts import (
    RatingsPart,
    RatingsSnapshot,
    RatingsSpill,
    RefusedValues,
)
from reelhouse.sources.ratings.field_kernels import NO_DAY
from reelhouse.sources.ratings.quarantine import DropCounts, Quarantine
from reelhouse.sources.ratings.sorting import BucketSorter, RefusedTables, RemainingTitles, Settled
from reelhouse.storage.tables import write_parts
from reelhouse.threads import available_threads

_LOG = logging.getLogger(__name__)
_ROWS_OF_QUARANTINE = 1_000_000
# Chosen by measurement: 7 bytes a rating, written in half the time of the default encoding. Sorted
# users are long runs, which lz4 makes nothing of in a third of the time of a dictionary. The bytes
# of sorted titles, first bytes by themselves, become as small as differences in less time, and are
# read in less. The days of a title's ratings are small as differences. A dictionary of ratings
# would save 3.6 bytes of each but take as long to build as the other columns together.
_ENCODING = {
    "compression": {"user_id": "lz4", "title_id": "lz4", "rating": "none", "date": "none"},
    "use_dictionary": False,
    "column_encoding": {
        "user_id": "PLAIN",
        "title_id": "BYTE_STREAM_SPLIT",
        "rating": "PLAIN",
        "date": "DELTA_BINARY_PACKED",
    },
    "write_statistics": ["user_id", "title_id"],
    # Pages that fit the second-level cache, looked at for their end once only.
    "write_batch_size": 65_536,
    "max_rows_per_page": 65_536,
}


class _Written(NamedTuple):
    """What one partition holds."""

    part: RatingsPart
    n_undated: int
    ratings: tuple[float, float] | None
    days: tuple[int, int] | None
    drops: DropCounts


def partition_ratings(
    spill: RatingsSpill,
    out: Path,
    *,
    refused: RefusedValues | None = None,
    n_threads: int | None = None,
    on_rows: Callable[[int, int], None] | None = None,
) -> RatingsSnapshot:
    """Write spilled ratings as partitions; a user is in one of them only.

    Of rows with the same user and title the first in the order of the input is kept. It and rows
    that hold a refused value go to quarantine. Each thread holds one partition at a time.

    Parameters
    ----------
    spill : RatingsSpill
        Its records stay where they are.
    out : Path
        Folder for ``part-00000.parquet`` ... of schema RATINGS and the folder
        ``quarantine.parquet``; made when absent, what an earlier run left is removed.
    refused : RefusedValues, optional
        Values that no row may hold.
    n_threads : int, optional
        One per core when not given. The result does not depend on it.
    on_rows : callable, optional
        Called with the number of rows partitioned so far and of all, now and then.

    Returns
    -------
    RatingsSnapshot

    Raises
    ------
    SourceError
        The spilled records are gone, or a partition cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("part-*.parquet"):
        stale.unlink()
    quarantine = Quarantine(spill, refused or RefusedValues())
    partitioning = _Partitioning(spill, out, quarantine, n_threads or available_threads())
    written = list(partitioning.run(on_rows or (lambda *_: None)))
    paths = write_parts(
        quarantine.tables(),
        out / "quarantine.parquet",
        QUARANTINE,
        rows_per_part=_ROWS_OF_QUARANTINE,
    )
    quarantine.clear()
    snapshot = _snapshot(spill, written, paths, partitioning.n_titles())
    _LOG.info(
        "%s: %d ratings of %d users in %d partitions, %d rows in quarantine",
        snapshot.uri,
        snapshot.n_good,
        snapshot.n_users,
        len(snapshot.parts),
        snapshot.n_quarantined,
    )
    return snapshot


class _Partitioning:
    """The threads that write partitions, and the titles that they leave."""

    def __init__(
        self, spill: RatingsSpill, out: Path, quarantine: Quarantine, n_threads: int
    ) -> None:
        self._spill, self._out, self._quarantine = spill, out, quarantine
        self._n_threads = min(n_threads, spill.n_partitions)
        titles = spill.titles
        self._titles = RemainingTitles(titles.values.astype(np.int32), titles.counts)
        self._sorters: SimpleQueue[BucketSorter] = SimpleQueue()

    def run(self, on_rows: Callable[[int, int], None]) -> Iterator[_Written]:
        """Write all partitions; yield what they hold, in their order."""
        tables = RefusedTables(*self._quarantine.refused_codes())
        for _ in range(self._n_threads):
            sorter = BucketSorter(self._spill.records, self._spill.index, tables)
            self._sorters.put(sorter)
        rows = 0
        with ThreadPoolExecutor(self._n_threads, "partitions") as pool:
            for bucket, written in enumerate(
                pool.map(self._write, range(self._spill.n_partitions))
            ):
                rows += int(self._spill.index.sizes[bucket])
                on_rows(rows, int(self._spill.index.sizes.sum()))
                yield written

    def n_titles(self) -> int:
        """Distinct titles of all good rows."""
        return self._titles.count()

    def _write(self, bucket: int) -> _Written:
        sorter = self._sorters.get()
        try:
            settled = sorter.settle(bucket)
            path = self._out / f"part-{bucket:05d}.parquet"
            _write_part(settled, path)
            drops = self._quarantine.add(bucket, settled.dropped)
            self._titles.drop(settled.dropped.records[:, 1])
            part = RatingsPart(path=path, n_ratings=settled.users.size, n_users=settled.n_users)
            return _Written(part, settled.n_undated, settled.rating_range, settled.day_range, drops)
        finally:
            self._sorters.put(sorter)


def _write_part(settled: Settled, path: Path) -> None:
    columns = [
        _as_arrow(settled.users, pa.int32()),
        _as_arrow(settled.titles, pa.int32()),
        _as_arrow(settled.ratings, pa.float32()),
        _as_arrow(settled.days, pa.date32(), settled.days != NO_DAY if settled.n_undated else None),
    ]
    table = pa.Table.from_arrays(columns, schema=RATINGS)
    try:
        pq.write_table(table, path, row_group_size=max(table.num_rows, 1), **_ENCODING)
    except OSError as error:
        raise SourceError(f"{path} cannot be written: {error.strerror or error}") from error


def _as_arrow(
    values: NDArray[Any], kind: pa.DataType, valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    """An Arrow array over the same memory; `pa.array` would import pandas to ask it first."""
    bits = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(kind, values.size, [bits, pa.py_buffer(values)])


def _widest(ranges: Iterable[tuple[float, float] | None]) -> tuple[float, float] | None:
    known = [each for each in ranges if each is not None]
    if not known:
        return None
    return min(each[0] for each in known), max(each[1] for each in known)


def _snapshot(
    spill: RatingsSpill, written: list[_Written], quarantine: list[Path], n_titles: int
) -> RatingsSnapshot:
    drops = sum((each.drops for each in written), DropCounts())
    days = _widest(each.days for each in written)
    n_good = sum(each.part.n_ratings for each in written)
    return RatingsSnapshot(
        uri=spill.uri,
        sha256=spill.sha256,
        n_bytes=spill.n_bytes,
        layout=spill.layout.name,
        sources=spill.sources,
        n_rows=spill.n_rows,
        n_good=n_good,
        n_quarantined=spill.n_rows - n_good,
        n_repaired=spill.n_repaired,
        n_repeated=drops.n_repeated,
        n_undated=sum(each.n_undated for each in written),
        n_users=sum(each.part.n_users for each in written),
        n_titles=n_titles,
        rating_range=_widest(each.ratings for each in written),
        date_range=None if days is None else (_date(days[0]), _date(days[1])),
        parts=tuple(each.part for each in written),
        quarantine=tuple(quarantine),
        reasons=dict(sorted((DropCounts(dict(spill.reasons)) + drops).reasons.items())),
        repeated_headers=spill.repeated_headers,
        n_repeated_headers=spill.n_repeated_headers,
        n_empty_headers=spill.n_empty_headers,
        n_damaged_headers=spill.n_damaged_headers,
    )


def _date(day: float) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(day))
