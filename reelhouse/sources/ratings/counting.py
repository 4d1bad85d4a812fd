"""Count the distinct values of ratings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from reelhouse.sources.ratings.facts import ValueCounts
from reelhouse.sources.ratings.field_kernels import NO_DAY

Counts = NDArray[np.int64]
_N_SHORTS = 2**16
#: Titles below are counted by position: memory is only touched where there are any.
_DENSE_TITLES = 2**20


class Counting:
    """Rows of each rating, day and title, of one thread.

    Attributes
    ----------
    ratings, days : ndarray of shape (65536,), int64
        Rows at the low 16 bits of the value in hundredths, or of the day.
    titles : ndarray of shape (1048576,), int64
        Rows of each title so small.
    greater_titles : dict from other titles to their rows
    """

    def __init__(self) -> None:
        self.ratings: Counts = np.zeros(_N_SHORTS, dtype=np.int64)
        self.days: Counts = np.zeros(_N_SHORTS, dtype=np.int64)
        self.titles: Counts = np.zeros(_DENSE_TITLES, dtype=np.int64)
        self.greater_titles: dict[int, int] = {}

    def add_titles(self, titles: NDArray[np.int32]) -> None:
        """Count the titles that are too great to be counted by position."""
        values, counts = np.unique(titles[titles >= _DENSE_TITLES], return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            self.greater_titles[value] = self.greater_titles.get(value, 0) + count


def distinct_values(
    countings: Iterable[Counting],
) -> tuple[ValueCounts, ValueCounts, ValueCounts, int]:
    """Sum up several threads' counts.

    Returns
    -------
    ratings, dates, titles : ValueCounts
    n_undated : int
    """
    total = Counting()
    for counting in countings:
        total.ratings += counting.ratings
        total.days += counting.days
        held = np.flatnonzero(counting.titles)
        total.titles[held] += counting.titles[held]
        for title, count in counting.greater_titles.items():
            total.greater_titles[title] = total.greater_titles.get(title, 0) + count
    ratings, n_ratings = _signed(total.ratings)
    days, n_days = _signed(total.days)
    dated = days != NO_DAY
    dates = ValueCounts(days[dated].astype("datetime64[D]"), n_days[dated])
    n_undated = int(n_days[~dated].sum())
    return ValueCounts(ratings / 100, n_ratings), dates, _titles(total), n_undated


def _signed(counts: Counts) -> tuple[Counts, Counts]:
    """Distinct int16 values, ascending, of counts that stand at their low 16 bits."""
    held = np.flatnonzero(counts)
    values = held.astype(np.uint16).view(np.int16).astype(np.int64)
    order = np.argsort(values)
    return values[order], counts[held][order]


def _titles(counting: Counting) -> ValueCounts:
    held = np.flatnonzero(counting.titles)
    greater = sorted(counting.greater_titles.items())
    values = np.concatenate([held, np.array([title for title, _ in greater], dtype=np.int64)])
    more = np.array([count for _, count in greater], dtype=np.int64)
    return ValueCounts(values.astype(np.int32), np.concatenate([counting.titles[held], more]))
