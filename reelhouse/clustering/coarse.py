"""Centroids as whole numbers of steps, for the coarse look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.kernels_coarse import STEPS, stride_for, width_for, write_steps
from reelhouse.clustering.rows import aligned_zeros, in_pieces


@dataclass(frozen=True)
class Coarse:
    """Centroids as `coarse_nearest` reads them.

    Attributes
    ----------
    table : ndarray of shape (n_features, stride), int16
    steps, bias : ndarray of shape (width,), float32
    step : float
        The largest step.
    like : tuple of `width` floats
    """

    table: NDArray[np.int16]
    steps: FloatArray
    bias: FloatArray
    step: float
    like: tuple[float, ...]

    @classmethod
    def of(cls, centers: FloatArray, bias: FloatArray, n_threads: int | None) -> Self:
        """Lay centroids out.

        Parameters
        ----------
        centers : ndarray of shape (n_clusters, n_features), float32
        bias : ndarray of shape (n_clusters,), float32
        """
        n_clusters, n_features = centers.shape
        width = width_for(n_clusters)
        steps = np.zeros(width, np.float32)
        steps[:n_clusters] = np.maximum(centers.max(axis=1), -centers.min(axis=1))
        steps /= np.float32(STEPS)
        biases = np.full(width, -np.inf, np.float32)
        biases[:n_clusters] = bias
        table = aligned_zeros((n_features, stride_for(n_clusters)), np.int16)
        in_pieces(
            lambda first, last: write_steps(centers, steps, table, first, last),
            n_features, n_threads, work=centers.size, rows_per_piece=2048,
        )  # fmt: skip
        return cls(table, steps, biases, float(steps.max()), (0.0,) * width)
