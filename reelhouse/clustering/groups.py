"""Rows by the cluster that they belong to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.kernels_sums import group_by_label, products_with_own
from reelhouse.clustering.rows import Rows, in_pieces


def grouped(labels: IntArray, n_labels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions by label: those of label c are order[starts[c]:starts[c + 1]], rising.

    Returns
    -------
    tuple of (starts, order), of shape (n_labels + 1,) and (n,)
    """
    starts, order = np.empty(n_labels + 1, np.int64), np.empty(labels.size, np.int64)
    group_by_label(labels, starts, order)
    return starts, order


def mass_by_label(
    labels: NDArray[np.integer], weights: NDArray[np.float64], n_labels: int
) -> NDArray[np.float64]:
    """Sum of the weights of each label, shape (n_labels,)."""
    # Without rows bincount counts in integers.
    return np.bincount(labels, weights=weights, minlength=n_labels).astype(np.float64)


def products_with_centroid(
    rows: Rows, labels: IntArray, centers: FloatArray, n_threads: int | None
) -> NDArray[np.float64]:
    """Product of each row with the centroid of its label, shape (n,), in double precision."""
    n_clusters = centers.shape[0]
    starts, order = grouped(labels, n_clusters)
    out = np.empty(rows.n)
    in_pieces(
        lambda first, last: products_with_own(
            rows.indptr, rows.indices, rows.data, rows.numbers, starts, order, first, last,
            centers, out,
        ),
        n_clusters, n_threads, work=rows.work, rows_per_piece=max(1, n_clusters // 64),
    )  # fmt: skip
    return out
