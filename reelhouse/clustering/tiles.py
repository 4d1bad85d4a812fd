"""Centroids in tiles, for scores in single precision of any number of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.kernels_products import (
    WIDTH,
    all_scores,
    nearest_centroids,
    used_columns,
)
from reelhouse.clustering.kernels_sums import write_tiles
from reelhouse.clustering.rows import Rows, aligned_zeros, in_pieces


@dataclass(frozen=True)
class Tiles:
    """Centroids as `nearest_centroids` reads them.

    Attributes
    ----------
    tiles : ndarray of shape (n_tiles, n_features, WIDTH), float32
    bias : ndarray of shape (n_tiles, WIDTH), float32
        Minus infinity where the last tile has no centroid.
    n_clusters : int
    """

    tiles: FloatArray
    bias: FloatArray
    n_clusters: int

    @classmethod
    def of(cls, centers: FloatArray, bias: NDArray[np.float64], n_threads: int | None) -> Self:
        """Lay centroids out.

        Parameters
        ----------
        centers : ndarray of shape (n_clusters, n_features), float32
        bias : ndarray of shape (n_clusters,), float64
        n_threads : int or None
        """
        n_clusters, n_features = centers.shape
        n_tiles = -(-n_clusters // WIDTH)
        tiles = aligned_zeros((n_tiles, n_features, WIDTH), np.float32)
        in_pieces(
            lambda first, last: write_tiles(centers, tiles, first, last),
            n_features, n_threads, work=centers.size, rows_per_piece=4096,
        )  # fmt: skip
        biases = np.full((n_tiles, WIDTH), -np.inf, dtype=np.float32)
        biases.reshape(-1)[:n_clusters] = bias
        return cls(tiles, biases, n_clusters)

    def nearest(
        self, rows: Rows, n_threads: int | None, *, second: bool
    ) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
        """Centroid of the highest score of each row, that score, and the same of the next.

        Returns
        -------
        tuple of (labels, scores, second labels, second scores), each of shape (n,)
            The last two have shape (0,) when not asked for.
        """
        labels, best = np.zeros(rows.n, np.int32), np.full(rows.n, -np.inf, np.float32)
        others = rows.n if second else 0
        second_labels = np.full(others, -1, np.int32)
        second_best = np.full(others, -np.inf, np.float32)
        like = (0.0,) * used_columns(self.n_clusters)
        in_pieces(
            lambda first, last: nearest_centroids(
                rows.indptr, rows.indices, rows.data, rows.numbers, self.tiles, self.bias,
                first, last, labels, best, second_labels, second_best, second, like,
            ),
            rows.n, n_threads, work=rows.work * self.n_clusters,
        )  # fmt: skip
        return labels, best, second_labels, second_best

    def scores(self, rows: Rows, n_threads: int | None) -> FloatArray:
        """Score of each row at each centroid, ndarray of shape (n, n_clusters), float32."""
        scores = np.empty((rows.n, self.n_clusters), np.float32)
        in_pieces(
            lambda first, last: all_scores(
                rows.indptr, rows.indices, rows.data, rows.numbers, self.tiles, self.bias,
                first, last, scores,
            ),
            rows.n, n_threads, work=rows.work * self.n_clusters,
        )  # fmt: skip
        return scores
