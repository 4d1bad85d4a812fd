"""Compiled coordinate descent on non-negative factors, row by row."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.rating.kernels_als import longest_row


@numba.njit(nogil=True, cache=True)
def descend_rows(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    others: IntArray,
    values: FloatArray,
    other_factors: FloatArray,
    regularization: float,
    factors: FloatArray,
) -> None:
    """Bring each factor of the rows first to last - 1 to its best value that is not negative.

    Parameters
    ----------
    starts, others, values
        CSR arrays of the ratings.
    other_factors : ndarray of shape (n_columns, n_factors), float32
    regularization : float
        Times the number of a row's ratings, it weighs the square of its factors.
    factors : ndarray of shape (n_rows, n_factors), float32
        Changed; rows without ratings are not.
    """
    errors = np.empty(longest_row(first, last, starts), np.float32)
    for row in range(first, last):
        start, stop = starts[row], starts[row + 1]
        own = factors[row]
        for at in range(start, stop):
            total = values[at]
            other = other_factors[others[at]]
            for f in range(own.shape[0]):
                total -= own[f] * other[f]
            errors[at - start] = total
        weight = np.float32(regularization * (stop - start))
        for f in range(own.shape[0]):
            squares, products = weight, np.float32(0.0)
            for at in range(start, stop):
                factor = other_factors[others[at], f]
                squares += factor * factor
                products += factor * (errors[at - start] + own[f] * factor)
            if squares > 0.0:
                new = max(products / squares, np.float32(0.0))
                for at in range(start, stop):
                    errors[at - start] -= (new - own[f]) * other_factors[others[at], f]
                own[f] = new
