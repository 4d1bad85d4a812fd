"""Centroids as whole numbers of steps, for the coarse look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.coarse_sums import GROUP, column_order, stride_for
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.kernels_coarse import STEPS, coarse_nearest, measure_spread, write_steps
from reelhouse.clustering.rows import Rows, aligned_zeros, in_pieces

#: Most clusters: wider rows of the table would not stay in the cache.
MAX_CLUSTERS = 128
#: Bytes of the table that many rows meet one after the other: they stay in the cache.
_BYTES_AT_ONCE = 1_300_000
#: Rows that do: the more, the less often the table is read; but their sums want to stay, too.
_ROWS_AT_ONCE = 2048
_SMALLEST_STEP = np.float32(1e-30)
#: Rows that one call places, in the same room.
_ROWS_PER_PIECE = 8_192
_FEATURES_PER_PIECE = 2048
#: Whole numbers wrap around beyond this.
_WRAP = 2.0**31 - 1


@dataclass(frozen=True)
class Coarse:
    """Centroids as `coarse_nearest` reads them.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features), float32
    bias : ndarray of shape (n_clusters,), float64
    table : ndarray of shape (n_features, stride), int16
    steps, coarse_bias : ndarray of shape (width,), float32
    whole : bool
        Whether the table is laid out for rows of whole numbers.
    """

    centers: FloatArray
    bias: NDArray[np.float64]
    table: NDArray[np.int16]
    steps: FloatArray
    coarse_bias: FloatArray
    whole: bool

    @classmethod
    def of(
        cls,
        centers: FloatArray,
        bias: NDArray[np.float64],
        *,
        whole: bool,
        n_threads: int | None,
        spare: NDArray[np.int16] | None = None,
    ) -> Self:
        """Lay centroids out.

        Parameters
        ----------
        centers : ndarray of shape (n_clusters, n_features), float32
        bias : ndarray of shape (n_clusters,), float64
        whole : bool
            Whether the rows to come are whole numbers.
        n_threads : int or None
        spare : ndarray or None
            A table of centroids of that shape and kind that nobody needs any more; written over.
        """
        n_clusters, n_features = centers.shape
        width = -(-n_clusters // GROUP) * GROUP
        middles = np.empty(n_features)
        pieces = np.zeros((-(-n_features // _FEATURES_PER_PIECE), n_clusters))
        in_pieces(
            lambda first, last: _measure(centers, first, last, middles, pieces),
            len(pieces), n_threads, work=centers.size, rows_per_piece=1,
        )  # fmt: skip
        steps = np.zeros(width, np.float32)
        steps[:n_clusters] = pieces.max(axis=0) / STEPS
        # Smaller ones could not be divided by.
        steps[steps > 0] = np.maximum(steps[steps > 0], _SMALLEST_STEP)
        coarse_bias = np.full(width, -np.inf, np.float32)
        coarse_bias[:n_clusters] = bias
        table = spare
        if table is None:
            table = aligned_zeros((n_features, stride_for(width)), np.int16)
        order = np.array(column_order(width, whole=whole), np.int64)
        in_pieces(
            lambda first, last: write_steps(centers, middles, steps, order, table, first, last),
            n_features, n_threads, work=centers.size, rows_per_piece=_FEATURES_PER_PIECE,
        )  # fmt: skip
        return cls(centers, bias, table, steps, coarse_bias, whole)

    def labels(self, rows: Rows, n_threads: int | None) -> IntArray:
        """Nearest centroid of each row, ndarray of shape (n,), int32."""
        labels = np.zeros(rows.n, np.int32)
        width = self.steps.size
        like = (0.0,) * width
        step = float(self.steps.max())
        rounding_of_bias = 2.0**-21 * float(np.abs(self.bias).max(initial=0.0))
        features = max(_BYTES_AT_ONCE // (2 * self.table.shape[1]), 1)
        longest = _WRAP / STEPS if self.whole else np.inf

        def place(first: int, last: int) -> None:
            room = (max(min(last - first, _ROWS_AT_ONCE), 1), width)
            sums = np.empty(room, np.int32 if self.whole else np.float32)
            coarse_nearest(
                rows.indptr, rows.indices, rows.data, rows.numbers,
                longest,
                self.table, self.steps, self.coarse_bias, step, rounding_of_bias, features,
                self.centers, self.bias, sums, first, last, labels, like,
            )  # fmt: skip

        in_pieces(place, rows.n, n_threads, work=rows.work * width, rows_per_piece=_ROWS_PER_PIECE)
        return labels


def _measure(
    centers: FloatArray,
    first: int,
    last: int,
    middles: NDArray[np.float64],
    largest: NDArray[np.float64],
) -> None:
    """Measure some pieces of the features, each into a row of its own."""
    for piece in range(first, last):
        start = piece * _FEATURES_PER_PIECE
        stop = min(start + _FEATURES_PER_PIECE, centers.shape[1])
        measure_spread(centers, start, stop, middles, largest[piece])
