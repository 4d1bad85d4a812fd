"""Compiled prediction of pairs from biases and factors."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray

#: Lets the compiler sum in vectors: in another order, but in the same one every time.
IN_VECTORS = {"reassoc", "nsz", "contract"}


@numba.njit(nogil=True, cache=True, fastmath=IN_VECTORS)
def product(left: FloatArray, right: FloatArray) -> Any:
    """Inner product of two rows of equal length."""
    total = np.float32(0.0)
    for f in range(left.shape[0]):
        total += left[f] * right[f]
    return total


@numba.njit(nogil=True, cache=True)
def predict_pairs(
    first: int,
    last: int,
    users: IntArray,
    titles: IntArray,
    mean: float,
    user_biases: FloatArray,
    title_biases: FloatArray,
    user_factors: FloatArray,
    title_factors: FloatArray,
    shifts: NDArray[np.float64],
    low: float,
    high: float,
    out: FloatArray,
) -> None:
    """Predict ratings of the pairs first to last - 1.

    Parameters
    ----------
    users, titles : ndarray of shape (n,), int32
    user_biases, title_biases : ndarray of shape (n_users,) and (n_titles,), float32
    user_factors, title_factors : ndarray of shape (n_users, n_factors) and (n_titles, n_factors)
    shifts : ndarray of shape (n,), float64
        Added to each pair's prediction; empty: nothing is.
    low, high : float
        Bounds of what is predicted.
    out : ndarray of shape (n,), float32
        Written.
    """
    for at in range(first, last):
        user, title = users[at], titles[at]
        # The biases in float64: they are small beside the mean.
        rating = mean + user_biases[user] + title_biases[title]
        rating += product(user_factors[user], title_factors[title])
        if shifts.size:
            rating += shifts[at]
        out[at] = np.float32(min(max(rating, low), high))


@numba.njit(nogil=True, cache=True)
def solve_biases(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    others: IntArray,
    values: FloatArray,
    mean: float,
    other_biases: FloatArray,
    regularization: float,
    biases: FloatArray,
) -> None:
    """Solve the biases of the rows first to last - 1, those of the columns given.

    Parameters
    ----------
    starts, others, values
        CSR arrays of the ratings.
    other_biases : ndarray of shape (n_columns,), float32
    regularization : float
        As many ratings that equal the mean are added.
    biases : ndarray of shape (n_rows,), float32
        Written; 0 for a row without ratings.
    """
    for row in range(first, last):
        total = 0.0
        for at in range(starts[row], starts[row + 1]):
            total += values[at] - mean - other_biases[others[at]]
        weight = starts[row + 1] - starts[row] + regularization
        biases[row] = np.float32(total / weight) if weight > 0 else np.float32(0.0)
