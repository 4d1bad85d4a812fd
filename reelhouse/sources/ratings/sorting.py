"""One bucket of records, sorted by user and title and settled into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.sources.ratings.bucket_kernels import KEPT, settle, sort_by_digit, survey
from reelhouse.sources.ratings.run_kernels import count_users, place_by_user, runs_as_columns
from reelhouse.sources.ratings.spill_kernels import unpack
from reelhouse.sources.ratings.spilled import Pieces, Records, SpillIndex

#: Bits that a pass of the radix sort looks at. With more, records go to more places than the cache
#: has room for, which costs more than a second pass.
_MOST_BITS = 11
_USER, _TITLE = 0, 1
#: Users that may get places of their own, 8 bytes for each.
_MOST_USERS = 2**18


@dataclass(frozen=True)
class Dropped:
    """Records that are not kept.

    Attributes
    ----------
    records : ndarray of shape (n, 4), int32
        User (of the bucket), title, row (as uint32), rating and day.
    fates : ndarray of shape (n,), uint8
        REFUSED or REPEATED.
    """

    records: Records
    fates: NDArray[np.uint8]


@dataclass(frozen=True)
class Settled:
    """What a bucket holds; the arrays are views of memory that the next bucket overwrites.

    Attributes
    ----------
    users, titles, days : ndarray of shape (n_ratings,), int32
        Days since 1970-01-01, or `NO_DAY`.
    ratings : ndarray of shape (n_ratings,), float32
    n_users, n_undated : int
    rating_range : tuple of float, or None without ratings
    day_range : tuple of int, or None where no rating has a date
    dropped : Dropped
    """

    users: NDArray[np.int32]
    titles: NDArray[np.int32]
    ratings: NDArray[np.float32]
    days: NDArray[np.int32]
    n_users: int
    n_undated: int
    rating_range: tuple[float, float] | None
    day_range: tuple[int, int] | None
    dropped: Dropped


_NOTHING_DROPPED = Dropped(np.zeros((0, 4), dtype=np.int32), np.zeros(0, dtype=np.uint8))


class RefusedTables:
    """Which records hold a refused value.

    Parameters
    ----------
    hundredths, days, titles : ndarray of int64
        The refused values, ascending.

    Attributes
    ----------
    any : bool
        Whether any value is refused.
    """

    def __init__(
        self, hundredths: NDArray[np.int64], days: NDArray[np.int64], titles: NDArray[np.int64]
    ) -> None:
        self._ratings, self._days = _short_table(hundredths), _short_table(days)
        self._titles = titles.astype(np.int32)
        self.any = bool(hundredths.size or days.size or titles.size)

    def mark(self, records: Records) -> NDArray[np.bool_]:
        """Mark records; an array of length 0 when nothing is refused at all."""
        if not self.any:
            return np.zeros(0, dtype=bool)
        values = records[:, 3]
        marks: NDArray[np.bool_] = self._ratings[values & 0xFFFF]
        marks |= self._days[(values >> 16) & 0xFFFF]
        if self._titles.size:
            marks |= np.isin(records[:, _TITLE], self._titles)
        return marks


def _short_table(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Look-up by the low 16 bits of an int16."""
    table = np.zeros(2**16, dtype=bool)
    table[values & 0xFFFF] = True
    return table


class RemainingTitles:
    """How many ratings of each title are left; all threads note here what they drop.

    Parameters
    ----------
    titles : ndarray of shape (n_titles,), int32
        All there are, ascending.
    counts : ndarray of shape (n_titles,), int64
        Ratings of each before anything is dropped.
    """

    def __init__(self, titles: NDArray[np.int32], counts: NDArray[np.int64]) -> None:
        self._titles, self._counts = titles, counts.copy()
        self._lock = Lock()

    def drop(self, titles: NDArray[np.int32]) -> None:
        """Note the titles of dropped ratings."""
        held, counts = np.unique(titles, return_counts=True)
        with self._lock:
            self._counts[np.searchsorted(self._titles, held)] -= counts

    def count(self) -> int:
        """Titles of which there are ratings."""
        return int((self._counts > 0).sum())


class BucketSorter:
    """Reads and sorts buckets, one after the other; each thread has one.

    Parameters
    ----------
    path : Path
        The spill file.
    index : SpillIndex
    refused : RefusedTables
    """

    def __init__(self, path: Path, index: SpillIndex, refused: RefusedTables) -> None:
        self._path, self._index, self._refused = path, index, refused
        n_most = max(int(index.sizes.max(initial=0)), 1)
        self._words = np.empty(index.largest_bucket(), dtype=np.int64)
        # Memory is taken when it is touched: that of records only for what `run_kernels` leave.
        self._placed = np.empty(n_most, dtype=np.int64)
        self._records: Records = np.empty((n_most, 4), dtype=np.int32)
        self._other: Records = np.empty((n_most, 4), dtype=np.int32)
        self._fates = np.empty(n_most, dtype=np.uint8)
        self._columns: tuple[Any, ...] = tuple(
            np.empty(n_most, dtype=kind) for kind in (np.int32, np.int32, np.float32, np.int32)
        )

    def settle(self, bucket: int) -> Settled:
        """Sort a bucket and keep the first good record of each user and title."""
        pieces = self._index.read(self._path, bucket, self._words)
        settled = None if self._refused.any else self._all_kept(pieces, bucket)
        return self._some_kept(pieces, bucket) if settled is None else settled

    def _all_kept(self, pieces: Pieces, bucket: int) -> Settled | None:
        """Settle a bucket whose titles ascend and whose records all stay; None for another one."""
        users = pieces.users()
        if len(users) > _MOST_USERS:
            return None
        n, n_buckets = int(pieces.counts.sum()), self._index.n_buckets
        packed, ends = pieces[:3], np.empty(len(users), dtype=np.int64)
        count_users(*packed, users.start, ends)
        if not place_by_user(*packed, users.start, ends, self._placed):
            return None
        first_id = users.start * n_buckets + bucket
        found: Any = runs_as_columns(self._placed, n, ends, n_buckets, first_id, *self._columns)
        n_repeats, *facts = found
        return None if n_repeats else self._settled(n, facts, _NOTHING_DROPPED)

    def _some_kept(self, pieces: Pieces, bucket: int) -> Settled:
        """Settle a bucket with its records in any order."""
        n = int(pieces.counts.sum())
        unpack(*pieces, self._records)
        records = self._sorted(n)
        marks = self._refused.mark(records[:n])
        into = (self._fates, *self._columns)
        found: Any = settle(records, n, self._index.n_buckets, bucket, marks, *into)
        kept, *facts = found
        fates = self._fates[:n]
        gone = np.flatnonzero(fates != KEPT) if kept < n else np.zeros(0, dtype=np.int64)
        return self._settled(kept, facts, Dropped(records[gone], fates[gone]))

    def _settled(self, kept: int, facts: Sequence[Any], dropped: Dropped) -> Settled:
        n_users, n_undated, low, high, first, last = facts
        users, titles, ratings, days = (column[:kept] for column in self._columns)
        return Settled(
            users,
            titles,
            ratings,
            days,
            n_users=n_users,
            n_undated=n_undated,
            rating_range=(float(low), float(high)) if kept else None,
            day_range=(first, last) if n_undated < kept else None,
            dropped=dropped,
        )

    def _sorted(self, n: int) -> Records:
        """Sort the records that were read; give the array that holds them then."""
        records, other = self._records, self._other
        if n == 0:
            return records
        low_user, high_user, low_title, high_title, titles_ascend, pairs_ascend = survey(records, n)
        if pairs_ascend:
            return records
        passes = [] if titles_ascend else _passes(_TITLE, low_title, high_title)
        for column, least, shift, bits in passes + _passes(_USER, low_user, high_user):
            places = np.empty(1 << bits, dtype=np.int64)
            words, out = records.view(np.int64), other.view(np.int64)
            sort_by_digit(records, words, n, column, least, shift, places, out)
            records, other = other, records
        return records


def _passes(column: int, least: int, greatest: int) -> list[tuple[int, int, int, int]]:
    """Column, least value, shift and bits of each pass of a radix sort, the lowest bits first."""
    n_bits = int(greatest - least).bit_length()
    n_passes = -(-n_bits // _MOST_BITS)
    if not n_passes:
        return []
    bits = -(-n_bits // n_passes)
    return [(column, int(least), number * bits, bits) for number in range(n_passes)]
