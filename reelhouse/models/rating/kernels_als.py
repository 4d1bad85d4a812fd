"""Compiled least squares: the bias and factors of each row, those of the columns given."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.rating.kernels_gram import (
    GATHERED,
    factorize,
    normal_equations,
    padded,
    solve_lower,
    solve_upper,
)
from reelhouse.models.rating.kernels_pairs import product

#: `padded`, for kernels.
padded_width = numba.njit(nogil=True, cache=True)(padded)


@numba.njit(nogil=True, cache=True)
def solve_rows(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    others: IntArray,
    values: FloatArray,
    mean: float,
    other_biases: FloatArray,
    other_factors: FloatArray,
    regularization: FloatArray,
    with_bias: bool,
    biases: FloatArray,
    factors: FloatArray,
) -> None:
    """Solve the rows first to last - 1, each by Cholesky's factorization of its equations.

    Parameters
    ----------
    starts, others, values
        CSR arrays of the ratings.
    other_biases, other_factors : ndarray of shape (n_columns,) and (n_columns, n_factors)
    regularization : ndarray of shape (n_rows,), float32
        Above 0: added to the diagonal of each row's equations.
    with_bias : bool
        False: biases stay as they are.
    biases, factors : ndarray of shape (n_rows,) and (n_rows, n_factors), float32
        Written; 0 for a row without ratings.
    """
    n = factors.shape[1]
    width = padded_width(n)
    buffer = np.zeros((GATHERED, width), np.float32)
    gram = np.zeros((width, width), np.float32)
    scratch = np.zeros((width, width), np.float32)
    sums, weighted = np.empty(width, np.float32), np.empty(width, np.float32)
    targets = np.empty(longest_row(first, last, starts), np.float32)
    for row in range(first, last):
        start, stop = starts[row], starts[row + 1]
        if start == stop:
            biases[row] = np.float32(0.0)
            factors[row] = np.float32(0.0)
            continue
        total = np.float32(0.0)
        for at in range(start, stop):
            target = np.float32(values[at] - mean - other_biases[others[at]])
            targets[at - start] = target
            total += target
        normal_equations(others[start:stop], targets, other_factors, buffer, gram, sums, weighted)
        weight = np.float32(stop - start) + regularization[row]
        if with_bias:
            _eliminate_bias(gram, weighted, sums, total, weight, n)
        for i in range(n):
            gram[i, i] += regularization[row]
        factorize(gram, n, scratch)
        solve_lower(gram, n, weighted)
        solve_upper(gram, n, weighted)
        factors[row] = weighted[:n]
        if with_bias:
            biases[row] = (total - product(sums[:n], weighted[:n])) / weight


@numba.njit(nogil=True, cache=True)
def _eliminate_bias(
    gram: FloatArray,
    weighted: FloatArray,
    sums: FloatArray,
    total: Any,
    weight: Any,
    n: int,
) -> None:
    """Express the bias by the factors in the equations of a row."""
    for i in range(n):
        share = sums[i] / weight
        weighted[i] -= share * total
        for j in range(i, n):
            gram[i, j] -= share * sums[j]


@numba.njit(nogil=True, cache=True)
def longest_row(first: int, last: int, starts: NDArray[np.int64]) -> int:
    """Most ratings of one of the rows first to last - 1."""
    longest = 0
    for row in range(first, last):
        longest = max(longest, int(starts[row + 1] - starts[row]))
    return longest
