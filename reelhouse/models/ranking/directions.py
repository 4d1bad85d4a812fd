"""The directions in which a sparse matrix is largest."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray

_OVERSAMPLES = 16
_ITERATIONS = 7


def largest_directions(matrix: sparse.csr_matrix, n_directions: int, seed: int) -> FloatArray:
    """Right singular vectors of the largest singular values, by random projection.

    Parameters
    ----------
    matrix : csr_matrix of shape (n_rows, n_columns), float32
    n_directions : int
        No more than the matrix has come back.

    Returns
    -------
    ndarray of shape (n_found, n_columns), float32
        Rows of unit length; each has its largest entry above 0.

    References
    ----------
    Halko, N., Martinsson, P. G. and Tropp, J. A. (2011). Finding structure with randomness.
    SIAM Review 53.
    """
    # Not at the top: its import takes half a second.
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    # One thread: sums of several depend on how many there are.
    with threadpool_limits(1):
        _, strengths, found = randomized_svd(
            matrix.astype(np.float64), min(n_directions, *matrix.shape),
            n_oversamples=_OVERSAMPLES, n_iter=_ITERATIONS, random_state=seed,
        )  # fmt: skip
    # Directions in which there is nothing are whatever rounding left.
    found = found[strengths > 1e-9 * strengths[0]]
    largest = found[np.arange(found.shape[0]), np.abs(found).argmax(axis=1)]
    directions: FloatArray = np.ascontiguousarray(
        found * np.sign(largest)[:, None], dtype=np.float32
    )
    return directions
