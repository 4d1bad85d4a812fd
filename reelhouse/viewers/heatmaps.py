"""The densest corner of each cluster: its users and titles with most ratings, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import PositiveInt

from reelhouse.settings import Settings
from reelhouse.threads import available_threads, map_threads
from reelhouse.viewers.blocks import KernelBlock
from reelhouse.viewers.counting_kernels import count_slots
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.titles import Titles

FloatArray = NDArray[np.float32]

#: Cells of the densest users and titles, all cells of a cluster together.
HEATMAP = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("user_rank", pa.int32(), nullable=False),  # 1 has most ratings of these titles
        pa.field("user_id", pa.int32(), nullable=False),
        pa.field("title_rank", pa.int32(), nullable=False),  # 1 has most ratings in the cluster
        pa.field("title_id", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("rating", pa.float32()),  # null: not rated
    ]
)


class HeatmapSettings(Settings):
    """How much of a cluster a heatmap shows."""

    n_users: PositiveInt = 70
    """Users, those with most ratings of the titles shown."""

    n_titles: PositiveInt = 50
    """Titles, those with most ratings within the cluster."""

    min_users: PositiveInt = 10
    """Clusters with fewer users have no heatmap."""


@dataclass
class _Densest:
    """The users of one cluster that lead so far.

    Attributes
    ----------
    columns : ndarray of shape (n_shown,), titles by rank
    numbers : ndarray of shape (n_kept,), int32, ratings of these titles, most first
    user_ids : ndarray of shape (n_kept,), int32
    cells : ndarray of shape (n_kept, n_shown), float32, NaN where unrated
    """

    columns: NDArray[np.int64]
    numbers: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    user_ids: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    cells: FloatArray = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def best(
        self, numbers: NDArray[np.int32], user_ids: NDArray[np.int32], most: int
    ) -> NDArray[np.int64]:
        """Positions of the `most` best of some users, ties to the smaller id."""
        if len(self.numbers) == most:
            # Most users of a later block lose against those kept: they need not be sorted.
            chance = np.flatnonzero(numbers >= self.numbers[-1])
        else:
            chance = np.arange(len(numbers))
        order: NDArray[np.int64] = chance[np.lexsort((user_ids[chance], -numbers[chance]))]
        return order[:most]

    def merge(
        self,
        numbers: NDArray[np.int32],
        user_ids: NDArray[np.int32],
        cells: FloatArray,
        most: int,
    ) -> None:
        """Keep the `most` best of those kept and of new ones."""
        all_numbers = np.concatenate([self.numbers, numbers])
        all_ids = np.concatenate([self.user_ids, user_ids])
        all_cells = np.concatenate([self.cells, cells]) if self.cells.size else cells
        order = np.lexsort((all_ids, -all_numbers))[:most]
        self.numbers, self.user_ids, self.cells = (
            all_numbers[order],
            all_ids[order],
            all_cells[order],
        )


class DensestCells:
    """Collects the heatmap cells of all clusters, block after block.

    Parameters
    ----------
    counts : ClusterCounts
        Of the same blocks; says which titles are shown.
    titles : Titles
    settings : HeatmapSettings
    n_threads : int or None
        None: one per core; the result does not depend on it.
    """

    def __init__(
        self,
        counts: ClusterCounts,
        titles: Titles,
        settings: HeatmapSettings,
        n_threads: int | None = None,
    ) -> None:
        self._titles, self._settings = titles, settings
        self._threads = n_threads if n_threads is not None else available_threads()
        self._chosen = np.zeros(counts.counts.shape, dtype=np.uint8)
        self._clusters: dict[int, _Densest] = {}
        for cluster in np.flatnonzero(counts.sizes >= settings.min_users).tolist():
            columns = _most_rated(counts.counts[cluster], titles.title_ids, settings.n_titles)
            if len(columns):
                self._clusters[cluster] = _Densest(columns)
                self._chosen[cluster, columns] = 1

    def add(self, block: KernelBlock) -> None:
        """Look at the users of one block."""
        n_users = len(block.labels)
        found = np.zeros(n_users, dtype=np.int32)
        cuts = np.linspace(0, n_users, self._threads + 1).astype(np.int64).tolist()

        def count(piece: tuple[int, int]) -> None:
            first, last = piece
            count_slots(block.indptr, block.indices, block.labels, self._chosen, first, last, found)

        map_threads(count, pairwise(cuts), self._threads)
        order = np.argsort(block.labels, kind="stable")
        bounds = np.searchsorted(block.labels[order], np.arange(len(self._chosen) + 1))
        for cluster, densest in self._clusters.items():
            users = order[bounds[cluster] : bounds[cluster + 1]]
            best = densest.best(found[users], block.user_ids[users], self._settings.n_users)
            users = users[best]
            if len(users):
                cells = _cells(block, users, densest.columns)
                densest.merge(found[users], block.user_ids[users], cells, self._settings.n_users)

    def table(self, cluster_ids: NDArray[np.int32] | None = None) -> pa.Table:
        """All cells as rows.

        Returns
        -------
        Table of schema HEATMAP
            By cluster, user rank and title rank.
        """
        ids = cluster_ids if cluster_ids is not None else np.arange(len(self._chosen))
        found = sorted((int(ids[cluster]), kept) for cluster, kept in self._clusters.items())
        return pa.concat_tables([HEATMAP.empty_table(), *self._tables(found)])

    def _tables(self, found: list[tuple[int, _Densest]]) -> Iterator[pa.Table]:
        for cluster_id, kept in found:
            n_users, n_titles = kept.cells.shape
            names = pa.array([self._titles.names[column] for column in kept.columns])
            ratings = kept.cells.ravel()
            columns = {
                "cluster_id": np.full(ratings.size, cluster_id, np.int32),
                "user_rank": np.repeat(np.arange(1, n_users + 1, dtype=np.int32), n_titles),
                "user_id": np.repeat(kept.user_ids, n_titles),
                "title_rank": np.tile(np.arange(1, n_titles + 1, dtype=np.int32), n_users),
                "title_id": np.tile(self._titles.title_ids[kept.columns], n_users),
                "name": names.take(pa.array(np.tile(np.arange(n_titles), n_users))),
                "rating": pa.array(ratings, mask=np.isnan(ratings)),
            }
            yield pa.table(columns, schema=HEATMAP)


def _most_rated(
    counts: NDArray[np.integer[Any]], title_ids: NDArray[np.int32], most: int
) -> NDArray[np.int64]:
    """Columns of the titles with most ratings, ties to the smaller id; rated ones only."""
    rated = np.flatnonzero(counts)
    order: NDArray[np.int64] = rated[np.lexsort((title_ids[rated], -counts[rated]))]
    return order[:most]


def _cells(block: KernelBlock, users: NDArray[np.int64], columns: NDArray[np.int64]) -> FloatArray:
    """Ratings of some users and titles.

    Returns
    -------
    ndarray of shape (n_some_users, n_some_titles), float32, NaN where unrated
    """
    cells = np.full((len(users), len(columns)), np.nan, dtype=np.float32)
    by_column = np.argsort(columns)
    ordered = columns[by_column]
    for row, user in enumerate(users):
        span = slice(block.indptr[user], block.indptr[user + 1])
        at = np.minimum(np.searchsorted(ordered, block.indices[span]), len(columns) - 1)
        shown = ordered[at] == block.indices[span]
        cells[row, by_column[at[shown]]] = block.data[span][shown]
    return cells
