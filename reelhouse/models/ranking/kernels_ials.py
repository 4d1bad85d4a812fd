"""Compiled least squares over all titles of a user, those not seen counting a little.

As in `reelhouse.models.rating.kernels_als`, but what is not there counts, too: its share of the
equations is the same for all rows and summed once.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.rating.kernels_als import padded_width
from reelhouse.models.rating.kernels_gram import (
    GATHERED,
    add_outer_products,
    factorize,
    solve_lower,
    solve_upper,
)


@numba.njit(nogil=True, cache=True)
def sum_outer_products(factors: FloatArray, sums: FloatArray) -> None:
    """Add the outer products of all rows with themselves to a matrix.

    Parameters
    ----------
    factors : ndarray of shape (n_rows, n_factors), float32
    sums : ndarray of shape (padded(n_factors), padded(n_factors)), float32
        Changed on and above the diagonal, below it in part.
    """
    buffer = np.zeros((GATHERED, sums.shape[0]), np.float32)
    for start in range(0, factors.shape[0], GATHERED):
        n_rows = min(GATHERED, factors.shape[0] - start)
        buffer[:n_rows, : factors.shape[1]] = factors[start : start + n_rows]
        add_outer_products(buffer, n_rows, sums)


@numba.njit(nogil=True, cache=True)
def solve_implicit(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    others: IntArray,
    weights: FloatArray,
    other_factors: FloatArray,
    unseen: FloatArray,
    regularization: FloatArray,
    factors: FloatArray,
) -> None:
    """Solve the factors of the rows first to last - 1, each by Cholesky's factorization.

    Parameters
    ----------
    starts, others, weights
        CSR arrays of what was seen.
    other_factors : ndarray of shape (n_columns, n_factors), float32
    unseen : ndarray of shape (padded(n_factors), padded(n_factors)), float32
        What all columns add to the equations of each row.
    regularization : ndarray of shape (n_rows,), float32
        Above 0: added to the diagonal of each row's equations.
    factors : ndarray of shape (n_rows, n_factors), float32
        Written; 0 for a row without columns.
    """
    n = factors.shape[1]
    width = padded_width(n)
    buffer = np.zeros((GATHERED, width), np.float32)
    matrix = np.empty((width, width), np.float32)
    scratch = np.empty((width, width), np.float32)
    right = np.empty(width, np.float32)
    for row in range(first, last):
        start, stop = starts[row], starts[row + 1]
        if start == stop:
            factors[row] = np.float32(0.0)
            continue
        matrix[:] = unseen
        right[:] = np.float32(0.0)
        for begin in range(start, stop, GATHERED):
            n_rows = min(GATHERED, stop - begin)
            for k in range(n_rows):
                weight, one = weights[begin + k], other_factors[others[begin + k]]
                share, into = np.sqrt(weight), buffer[k]
                for f in range(n):
                    right[f] += weight * one[f]
                    into[f] = share * one[f]
            add_outer_products(buffer, n_rows, matrix)
        for i in range(n):
            matrix[i, i] += regularization[row]
        factorize(matrix, n, scratch)
        solve_lower(matrix, n, right)
        solve_upper(matrix, n, right)
        factors[row] = right[:n]
