"""What was found in an input of ratings, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelhouse.settings import Settings
from reelhouse.sources.ratings.layouts import Layout
from reelhouse.sources.ratings.spilled import SpillIndex

#: Names of a spill's files.
RECORDS, REFUSED_LINES = "records", "refused.arrow"


@dataclass(frozen=True)
class ValueCounts:
    """Distinct values of a column and how many rows hold each.

    Attributes
    ----------
    values : ndarray of shape (n_values,)
        Ascending: ratings as float64, dates as datetime64[D], titles as int32.
    counts : ndarray of shape (n_values,), int64
    """

    values: NDArray[np.generic]
    counts: NDArray[np.int64]


class RepeatedHeader(Settings):
    """A title whose header stands in the input more than once."""

    title_id: int

    source: str
    """File of the repeat."""

    row: int
    """Number of the file's first data row below it; behind the last one where there is none."""

    first_source: str
    """File of its first header."""


class RefusedValue(Settings):
    """A value that no row may hold."""

    value: float | date | int
    """A rating, a date or a title."""

    expectation: str
    """Name of the rule that it broke."""

    reason: str
    """In words, for quarantine."""


class RefusedValues(Settings):
    """Values that send every row that holds one to quarantine."""

    ratings: tuple[RefusedValue, ...] = ()
    """Ratings, in stars."""

    dates: tuple[RefusedValue, ...] = ()
    """Days."""

    titles: tuple[RefusedValue, ...] = ()
    """Title ids."""


@dataclass(frozen=True)
class RatingsSpill:
    """Ratings as they were read: in buckets of users on the scratch disk, their values counted.

    Attributes
    ----------
    uri : str
        Where they were read, without credentials.
    sha256 : str
        Of the stored bytes; for several files, of the lines that `sha256sum` prints for them.
    n_bytes : int
        As stored.
    layout : Layout
    n_rows : int
        Lines with data, good or bad: `n_read` + `n_quarantined`.
    n_read, n_quarantined, n_repaired : int
        Rows that could be read, that could not, and that could after all.
    reasons : dict from a kind of reason to the number of rows quarantined for it
    ratings, dates, titles : ValueCounts
        Of the rows that could be read; rows without a date are left out of `dates`.
    n_undated : int
    user_range : tuple of int
        Least and greatest user_id.
    repeated_headers : tuple of RepeatedHeader
        The first of them.
    n_repeated_headers, n_empty_headers, n_damaged_headers : int
        Headers of a title that had one, headers without rows, and headers without a readable title.
    sources : tuple of str
        The texts that were read, in order.
    first_rows : ndarray of shape (n_sources,), int64
        Rows of the input before each text.
    folder : Path
        Where the records are.
    index : SpillIndex
    """

    uri: str
    sha256: str
    n_bytes: int
    layout: Layout
    n_rows: int
    n_read: int
    n_quarantined: int
    n_repaired: int
    reasons: Mapping[str, int]
    ratings: ValueCounts
    dates: ValueCounts
    titles: ValueCounts
    n_undated: int
    user_range: tuple[int, int]
    repeated_headers: tuple[RepeatedHeader, ...]
    n_repeated_headers: int
    n_empty_headers: int
    n_damaged_headers: int
    sources: tuple[str, ...]
    first_rows: NDArray[np.int64] = field(repr=False)
    folder: Path
    index: SpillIndex = field(repr=False)

    @property
    def records(self) -> Path:
        """File of the records."""
        return self.folder / RECORDS

    @property
    def refused_lines(self) -> Path:
        """Arrow file of schema QUARANTINE: lines that could not be read, in order."""
        return self.folder / REFUSED_LINES

    @property
    def n_partitions(self) -> int:
        """Buckets of users."""
        return int(self.index.counts.shape[1])

    @property
    def counts(self) -> dict[str, ValueCounts]:
        """Distinct values by column."""
        return {"rating": self.ratings, "date": self.dates, "title_id": self.titles}

    def remove(self) -> None:
        """Delete what is on the scratch disk."""
        remove_spill(self.folder)


def remove_spill(folder: Path) -> None:
    """Delete the files of a spill, as many as there are."""
    for name in (RECORDS, REFUSED_LINES):
        (folder / name).unlink(missing_ok=True)


class RatingsPart(Settings):
    """One partition of ratings."""

    path: Path
    """Parquet of schema RATINGS, sorted by user and title."""

    n_ratings: int
    """Rows."""

    n_users: int
    """Users; none of them is in another partition."""


class RatingsSnapshot(Settings):
    """What an input of ratings was and where its rows are now."""

    uri: str
    """Where it was read from, without credentials."""

    sha256: str
    """Of the bytes as stored; for several files, of the lines that `sha256sum` prints for them."""

    n_bytes: int
    """As stored."""

    layout: str
    """Netflix Prize, MovieLens csv, MovieLens data, MovieLens dat or csv."""

    sources: tuple[str, ...]
    """The texts that were read, in order."""

    n_rows: int
    """Lines with data, good or bad: n_good + n_quarantined."""

    n_good: int
    """Rows of all parts."""

    n_quarantined: int
    """Rows that could not be read, hold a refused value, or repeat user and title."""

    n_repaired: int
    """Rows that could be read at the second look."""

    n_repeated: int
    """Rows quarantined since an earlier one has the same user and title."""

    n_undated: int
    """Good rows without a date."""

    n_users: int
    """Users of all parts."""

    n_titles: int
    """Distinct titles of all parts."""

    rating_range: tuple[float, float] | None
    """Least and greatest good rating; None without good rows."""

    date_range: tuple[date, date] | None
    """First and last date of good rows; None where none has one."""

    parts: tuple[RatingsPart, ...]
    """Partitions; some may have no rows."""

    quarantine: tuple[Path, ...]
    """Parquet files of schema QUARANTINE, at least one."""

    reasons: dict[str, int]
    """Kind of reason -> rows quarantined for it."""

    repeated_headers: tuple[RepeatedHeader, ...]
    """Titles with more than one header; the first of them."""

    n_repeated_headers: int
    """How many such headers there are."""

    n_empty_headers: int
    """Headers of titles without ratings below them."""

    n_damaged_headers: int
    """Headers without a readable title; the rows below them are quarantined."""
