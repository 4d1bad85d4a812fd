"""The interaction matrix in figures: its size, and how ratings spread over users and titles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.interactions.stored import Interactions
from reelhouse.schema import PROFILE

# Up to here each distinct rating is a bin of its own; beyond, as many bins of equal width.
_MOST_VALUES = 30


def profile(interactions: Interactions) -> pa.Table:
    """Profile the stored matrix, block by block.

    Returns
    -------
    pa.Table of schema `PROFILE`
        Section `matrix`: users, titles, ratings, density (share of the cells that are rated), mean
        rating, ratings read. Sections `ratings per user` and `ratings per title`: minimum, first
        quartile, median, mean, third quartile, maximum, and `bin` rows, where `value` counts the
        users or titles with `lower` to `upper` ratings; bins double in width. Section `rating
        values`: `bin` rows, one for each distinct rating, or 30 of equal width when there are more.
    """
    # A user cannot rate more titles than there are: counts of counts stay as short as that.
    users_with = np.zeros(interactions.n_titles + 1, dtype=np.int64)
    values = _Values(*interactions.rating_range)
    for index in range(interactions.n_blocks):
        matrix = interactions.load(index).matrix
        users_with += np.bincount(np.diff(matrix.indptr), minlength=users_with.size)
        values.add(matrix.data)
    titles_with = np.bincount(interactions.title_counts)
    figures = [
        *_matrix_figures(interactions),
        *_spread("ratings per user", users_with),
        *_spread("ratings per title", titles_with),
        *values.bins(),
    ]
    return pa.Table.from_pylist([figure.row() for figure in figures], schema=PROFILE)


@dataclass(frozen=True)
class _Figure:
    section: str
    name: str
    value: float
    lower: float | None = None
    upper: float | None = None

    def row(self) -> dict[str, Any]:
        return {
            "section": self.section,
            "name": self.name,
            "lower": self.lower,
            "upper": self.upper,
            "value": float(self.value),
        }


def _matrix_figures(interactions: Interactions) -> Iterator[_Figure]:
    cells = interactions.n_users * interactions.n_titles
    for name, value in (
        ("users", interactions.n_users),
        ("titles", interactions.n_titles),
        ("ratings", interactions.n_ratings),
        ("density", interactions.n_ratings / cells),
        ("mean rating", interactions.mean_rating),
        ("ratings read", interactions.n_read),
    ):
        yield _Figure("matrix", name, value)


def _spread(section: str, holders: NDArray[np.int64]) -> Iterator[_Figure]:
    """Describe counts of which `holders[n]` are n: exact, without a list of them."""
    total = int(holders.sum())
    greatest = int(np.flatnonzero(holders)[-1])
    yield _Figure(section, "minimum", _quantile(holders, 0.0))
    yield _Figure(section, "first quartile", _quantile(holders, 0.25))
    yield _Figure(section, "median", _quantile(holders, 0.5))
    yield _Figure(section, "mean", float(holders @ np.arange(holders.size)) / total)
    yield _Figure(section, "third quartile", _quantile(holders, 0.75))
    yield _Figure(section, "maximum", greatest)
    lower = 1
    while lower <= greatest:
        upper = 2 * lower - 1
        yield _Figure(section, "bin", int(holders[lower : upper + 1].sum()), lower, upper)
        lower = upper + 1


def _quantile(holders: NDArray[np.int64], share: float) -> float:
    """Quantile of counts of which `holders[n]` are n, between two of them by their distance."""
    up_to = np.cumsum(holders)
    place = share * (int(up_to[-1]) - 1)
    below = int(np.searchsorted(up_to, np.floor(place), side="right"))
    above = int(np.searchsorted(up_to, np.ceil(place), side="right"))
    return below + (above - below) * (place % 1)


class _Values:
    """Counts ratings by value: each distinct one while they are few, and by bins of equal width."""

    def __init__(self, lowest: float, highest: float) -> None:
        self.edges = np.linspace(lowest, highest, _MOST_VALUES + 1)
        self.in_bins = np.zeros(_MOST_VALUES, dtype=np.int64)
        self.distinct: dict[float, int] | None = {}

    def add(self, ratings: NDArray[np.generic]) -> None:
        """Take in the ratings of one block."""
        some, counts = _distinct(ratings)
        self.in_bins += np.histogram(some, bins=self.edges, weights=counts)[0].astype(np.int64)
        if self.distinct is not None:
            for value, count in zip(some.tolist(), counts.tolist(), strict=True):
                self.distinct[value] = self.distinct.get(value, 0) + count
            # Too many: forget them, or they would grow with the data.
            self.distinct = self.distinct if len(self.distinct) <= _MOST_VALUES else None

    def bins(self) -> Iterator[_Figure]:
        """Give the bins, in ascending order."""
        if self.distinct is not None:
            for value in sorted(self.distinct):
                yield _Figure("rating values", "bin", self.distinct[value], value, value)
            return
        for lower, upper, count in zip(self.edges, self.edges[1:], self.in_bins, strict=False):
            yield _Figure("rating values", "bin", int(count), float(lower), float(upper))


def _distinct(ratings: NDArray[np.generic]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    if ratings.dtype == np.int8:
        # One pass without sorting: the 256 values that there can be.
        counts = np.bincount(ratings.view(np.uint8), minlength=256)
        values = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float64)
        return values[counts > 0], counts[counts > 0]
    distinct, counts = np.unique(ratings, return_counts=True)
    return distinct.astype(np.float64), counts
