"""Average rating per genre of a sample of users, for the scatter of two genres and a third."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from reelhouse.errors import ClusteringError
from reelhouse.settings import Seed, Settings
from reelhouse.threads import available_threads, map_threads
from reelhouse.viewers.blocks import KernelBlock
from reelhouse.viewers.counting_kernels import sum_genres
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.preferences import genre_counts
from reelhouse.viewers.titles import Titles

#: Average rating of each user for each chosen genre.
TASTES = pa.schema(
    [
        pa.field("user_id", pa.int32(), nullable=False),
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("axis", pa.string(), nullable=False),  # x | y | size
        pa.field("genre", pa.string(), nullable=False),
        pa.field("mean_rating", pa.float64(), nullable=False),
        pa.field("n_ratings", pa.int32(), nullable=False),
    ]
)

_AXES = ("x", "y", "size")


class TasteSettings(Settings):
    """The genre scatter: which genres and which users."""

    genres: tuple[str, ...] = Field(default=(), max_length=3)
    """Up to three genres: across, up, and the marker's size. Empty: the two common genres whose
    average ratings differ most from cluster to cluster, and the most rated of the others."""

    min_genre_share: float = Field(default=0.05, ge=0, le=1)
    """Share of all ratings that a genre needs to be chosen automatically."""

    min_ratings: PositiveInt = 5
    """Ratings of each of the genres that a user needs to be shown."""

    n_users: PositiveInt = 3_000
    """Most users shown: a sample of all who have enough ratings."""

    seed: Seed = 0
    """Seed of the sample."""


def choose_genres(
    counts: ClusterCounts, titles: Titles, settings: TasteSettings
) -> tuple[str, ...]:
    """Genres of the scatter: across, up, size.

    Returns
    -------
    tuple of up to three str
        Fewer where there are fewer genres.

    Raises
    ------
    ClusteringError
        A genre that the settings name is none of these titles'.
    """
    if settings.genres:
        unknown = [genre for genre in settings.genres if genre not in titles.genres]
        if unknown:
            raise ClusteringError(
                f"genre {unknown[0]!r} is asked for, expected one of {', '.join(titles.genres)}"
            )
        return settings.genres
    by_genre = genre_counts(counts, titles)
    totals = by_genre.counts.sum(axis=0)
    most_first = np.argsort(-totals, kind="stable").tolist()
    common = [
        genre
        for genre in most_first
        if totals[genre] >= settings.min_genre_share * counts.counts.sum(dtype=np.int64)
    ]
    common = common if len(common) >= 3 else most_first[:3]
    pair = _most_contrary(by_genre, common)
    third = [genre for genre in common if genre not in pair][:1]
    return tuple(titles.genres[genre] for genre in [*pair, *third])


def _most_contrary(by_genre: ClusterCounts, common: list[int]) -> list[int]:
    """The two genres whose gap in mean rating varies most over the clusters' users."""
    if len(common) < 3:
        return common
    with np.errstate(invalid="ignore"):
        means = by_genre.sums / by_genre.counts
    known = ~np.isnan(means[:, common]).any(axis=1)
    if known.sum() < 2:
        return common[:2]
    weights = by_genre.sizes[known] / by_genre.sizes[known].sum()
    best, widest = common[:2], 0.0
    for one, other in combinations(common, 2):
        gap = means[known, one] - means[known, other]
        spread = float(weights @ (gap - weights @ gap) ** 2)
        # Wider by more than rounding, so that the order of the sums does not decide.
        if spread > widest * (1 + 1e-9):
            best, widest = [one, other], spread
    return best


class GenreTastes:
    """Collects the genre means of a seeded sample of users, block after block.

    A user is in the sample when the hash of seed and id is among the smallest of those with
    enough ratings: the sample depends neither on the blocks nor on their order.

    Parameters
    ----------
    titles : Titles
    genres : sequence of up to three str
    settings : TasteSettings
    n_threads : int or None
        None: one per core; the result does not depend on it.
    """

    def __init__(
        self,
        titles: Titles,
        genres: tuple[str, ...],
        settings: TasteSettings,
        n_threads: int | None = None,
    ) -> None:
        self._genres, self._settings = genres, settings
        self._threads = n_threads if n_threads is not None else available_threads()
        member = titles.has_genre()
        self._bits = np.zeros(len(titles.names), dtype=np.uint8)
        for bit, genre in enumerate(genres):
            self._bits |= member[titles.genres.index(genre)].astype(np.uint8) << np.uint8(bit)
        n = len(genres)
        self._hashes: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self._users: NDArray[np.int32] = np.zeros((0, 2), np.int32)
        self._counts: NDArray[np.int32] = np.zeros((0, n), np.int32)
        self._sums: NDArray[np.float64] = np.zeros((0, n), np.float64)

    def add(self, block: KernelBlock) -> None:
        """Look at the users of one block."""
        if not self._genres:
            return
        n_users = len(block.labels)
        counts = np.zeros((n_users, len(self._genres)), dtype=np.int32)
        sums = np.zeros(counts.shape, dtype=np.float64)
        cuts = np.linspace(0, n_users, self._threads + 1).astype(np.int64).tolist()

        def add(piece: tuple[int, int]) -> None:
            first, last = piece
            sum_genres(
                block.indptr, block.indices, block.data, self._bits, first, last, counts, sums
            )

        map_threads(add, pairwise(cuts), self._threads)
        enough = (counts >= self._settings.min_ratings).all(axis=1) & (block.labels >= 0)
        some = np.flatnonzero(enough)
        self._keep(
            _hash(block.user_ids[some], self._settings.seed),
            np.stack([block.user_ids[some], block.labels[some]], axis=1),
            counts[some],
            sums[some],
        )

    def _keep(
        self,
        hashes: NDArray[np.uint64],
        users: NDArray[np.int32],
        counts: NDArray[np.int32],
        sums: NDArray[np.float64],
    ) -> None:
        every = np.concatenate([self._hashes, hashes])
        order = np.argsort(every, kind="stable")[: self._settings.n_users]
        self._hashes = every[order]
        self._users = np.concatenate([self._users, users])[order]
        self._counts = np.concatenate([self._counts, counts])[order]
        self._sums = np.concatenate([self._sums, sums])[order]

    def table(self, cluster_ids: NDArray[np.int32] | None = None) -> pa.Table:
        """One row per user and genre.

        Returns
        -------
        Table of schema TASTES
            By user id and axis.
        """
        order = np.argsort(self._users[:, 0])
        labels = self._users[order, 1]
        n = len(self._genres)
        ids = labels if cluster_ids is None else cluster_ids[labels]

        def every(values: tuple[str, ...]) -> pa.Array:
            return pa.array(list(values[:n]) * len(order), pa.string())

        columns: dict[str, Any] = {
            "user_id": np.repeat(self._users[order, 0], n),
            "cluster_id": np.repeat(ids, n),
            "axis": every(_AXES),
            "genre": every(self._genres),
            "mean_rating": (self._sums[order] / self._counts[order]).ravel(),
            "n_ratings": self._counts[order].ravel(),
        }
        return pa.table(columns, schema=TASTES)


def _hash(user_ids: NDArray[np.int32], seed: int) -> NDArray[np.uint64]:
    """Spread ids over 64 bits; no two ids share a hash (splitmix64, Steele et al. 2014)."""
    start = np.uint64((seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**64)
    mixed = user_ids.astype(np.uint32).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result
