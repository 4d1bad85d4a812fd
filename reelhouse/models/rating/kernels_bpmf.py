"""Compiled Gibbs sampling of factors, all those of a row at a time."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.rating.kernels_als import longest_row, padded_width
from reelhouse.models.rating.kernels_gram import (
    GATHERED,
    factorize,
    normal_equations,
    solve_lower,
    solve_upper,
)
from reelhouse.models.rating.kernels_pairs import product


@numba.njit(nogil=True, cache=True)
def draw_rows(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    others: IntArray,
    values: FloatArray,
    mean: float,
    other_factors: FloatArray,
    alpha: float,
    prior_mean: FloatArray,
    prior_precision: FloatArray,
    noise: FloatArray,
    factors: FloatArray,
    errors: NDArray[np.float64],
) -> None:
    """Draw the factors of the rows first to last - 1 from what is likely, given the columns'.

    Parameters
    ----------
    starts, others, values
        CSR arrays of the ratings.
    mean : float
        Taken from each rating.
    other_factors : ndarray of shape (n_columns, n_factors), float32
    alpha : float
        Precision of a rating.
    prior_mean : ndarray of shape (n_factors,), float32
    prior_precision : ndarray of shape (n_factors, n_factors), float32
    noise : ndarray of shape (n_rows, n_factors), float32
        Standard normal.
    factors : ndarray of shape (n_rows, n_factors), float32
        Written; the prior's mean for a row without ratings.
    errors : ndarray of shape (n_rows,), float64
        Written: squared error of each row's ratings.
    """
    n = factors.shape[1]
    width = padded_width(n)
    buffer = np.zeros((GATHERED, width), np.float32)
    gram = np.zeros((width, width), np.float32)
    scratch = np.zeros((width, width), np.float32)
    sums, weighted = np.empty(width, np.float32), np.empty(width, np.float32)
    targets = np.empty(longest_row(first, last, starts), np.float32)
    prior = np.zeros(n, np.float32)
    for i in range(n):
        prior[i] = product(prior_precision[i], prior_mean)
    scale = np.float32(alpha)
    for row in range(first, last):
        start, stop = starts[row], starts[row + 1]
        errors[row] = 0.0
        if start == stop:
            factors[row] = prior_mean
            continue
        for at in range(start, stop):
            targets[at - start] = np.float32(values[at] - mean)
        normal_equations(others[start:stop], targets, other_factors, buffer, gram, sums, weighted)
        _add_prior(gram, weighted, scale, prior_precision, prior)
        factorize(gram, n, scratch)
        solve_lower(gram, n, weighted)
        for i in range(n):
            weighted[i] += noise[row, i]
        solve_upper(gram, n, weighted)
        factors[row] = weighted[:n]
        for at in range(start, stop):
            error = targets[at - start] - product(factors[row], other_factors[others[at]])
            errors[row] += error * error


@numba.njit(nogil=True, cache=True)
def _add_prior(
    gram: FloatArray, weighted: FloatArray, scale: Any, precision: FloatArray, prior: FloatArray
) -> None:
    """Weigh the equations of a row, and add those of the prior."""
    for i in range(prior.shape[0]):
        weighted[i] = weighted[i] * scale + prior[i]
        for j in range(i, prior.shape[0]):
            gram[i, j] = gram[i, j] * scale + precision[i, j]
