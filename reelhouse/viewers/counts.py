"""Ratings per cluster and title, in one pass over the blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.threads import available_threads, map_threads
from reelhouse.viewers.blocks import KernelBlock
from reelhouse.viewers.counting_kernels import count_titles


@dataclass(frozen=True)
class ClusterCounts:
    """What the users of each cluster rated.

    Attributes
    ----------
    sizes : ndarray of shape (n_clusters,), int64, users
    counts : ndarray of shape (n_clusters, n_titles), int32, ratings
    sums : ndarray of shape (n_clusters, n_titles), float64, of the ratings' values
    """

    sizes: NDArray[np.int64]
    counts: NDArray[np.integer[Any]]
    sums: NDArray[np.float64]

    @property
    def n_clusters(self) -> int:
        """Number of clusters, empty ones too."""
        return len(self.sizes)


def count_ratings(
    blocks: Iterable[KernelBlock], *, n_clusters: int, n_titles: int, n_threads: int | None = None
) -> ClusterCounts:
    """Count ratings by cluster and title.

    Parameters
    ----------
    blocks
        Read once, one at a time.
    n_threads : int or None
        None: one per core. The sums are the same to the last bit for any number: a cluster's
        users are added up by one thread, in their order.
    """
    threads = n_threads if n_threads is not None else available_threads()
    sizes = np.zeros(n_clusters, dtype=np.int64)
    counts = np.zeros((n_clusters, n_titles), dtype=np.int32)
    sums = np.zeros((n_clusters, n_titles), dtype=np.float64)
    for block in blocks:
        sizes += np.bincount(block.labels[block.labels >= 0], minlength=n_clusters)

        def add(users: NDArray[np.int64], block: KernelBlock = block) -> None:
            count_titles(block.indptr, block.indices, block.data, block.labels, users, counts, sums)

        map_threads(add, _by_clusters(block, n_clusters, threads), threads)
    return ClusterCounts(sizes, counts, sums)


def _by_clusters(block: KernelBlock, n_clusters: int, n_pieces: int) -> list[NDArray[np.int64]]:
    """Users in pieces of about as many ratings each, no cluster in two pieces."""
    placed = np.flatnonzero(block.labels >= 0)
    lengths = np.diff(block.indptr)[placed]
    ratings = np.bincount(block.labels[placed], weights=lengths, minlength=n_clusters)
    piece_of = np.zeros(n_clusters, dtype=np.int64)
    filled = np.zeros(max(1, n_pieces))
    # The largest first, each to the piece that has least.
    for cluster in np.argsort(-ratings, kind="stable"):
        piece_of[cluster] = filled.argmin()
        filled[piece_of[cluster]] += ratings[cluster]
    pieces = piece_of[block.labels[placed]]
    return [placed[pieces == piece] for piece in range(len(filled))]
