"""Compiled Gibbs sampling of a factorization machine whose features are those of two sides.

A rating's features are those of its user and those of its title. What the ratings say about a
feature of a side is summed by row of that side first, so that a sweep costs the ratings and the
features of either side once, not the features of every rating.

References
----------
Rendle, S. (2013). Scaling factorization machines to relational data. PVLDB 6.
Freudenthaler, C., Schmidt-Thieme, L. and Rendle, S. (2011). Bayesian factorization machines. NIPS
workshop on sparse representation and low-rank approximation.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import IntArray

Doubles = NDArray[np.float64]

#: Columns of what is known of a row of a side; together one line of the cache.
COUNT = 0
"""Ratings of the row."""
OTHERS = 1
"""Sum, over these, of the other side's product of features and factor."""
SQUARES = 2
"""Sum of its square."""
ERRORS = 3
"""Sum of the errors."""
WEIGHTED = 4
"""Sum of the errors times the other side's product."""
PRODUCT = 5
"""The row's own product of features and factor."""
MOVED = 6
"""What was added to that since errors were last settled."""
SHIFTED = 7
"""What was added to the row's predictions apart from `MOVED` times the other side's product."""
N_KNOWN = 8


@numba.njit(nogil=True, cache=True)
def collect(
    rows: IntArray, others: IntArray, errors: Doubles, products: Doubles, known: Doubles
) -> None:
    """Sum what the ratings say by row of a side, and forget what moved.

    Parameters
    ----------
    rows, others : ndarray of shape (n_ratings,), int32
        Row of this side and of the other.
    errors : ndarray of shape (n_ratings,), float64
        Rating less prediction.
    products : ndarray of shape (n_others, N_KNOWN), float64
        What is known of the other side.
    known : ndarray of shape (n_rows, N_KNOWN), float64
        Changed; count and product are kept.
    """
    for row in range(known.shape[0]):
        known[row, OTHERS : WEIGHTED + 1] = 0.0
        known[row, MOVED:] = 0.0
    for at in range(rows.shape[0]):
        of, other = known[rows[at]], products[others[at], PRODUCT]
        of[OTHERS] += other
        of[SQUARES] += other * other
        of[ERRORS] += errors[at]
        of[WEIGHTED] += errors[at] * other


@numba.njit(nogil=True, cache=True)
def settle(
    rows: IntArray, others: IntArray, errors: Doubles, products: Doubles, known: Doubles
) -> None:
    """Take from the errors what moved on one side; parameters as of `collect`."""
    for at in range(rows.shape[0]):
        of = known[rows[at]]
        errors[at] -= of[SHIFTED] + of[MOVED] * products[others[at], PRODUCT]


@numba.njit(nogil=True, cache=True)
def draw_factor(
    starts: NDArray[np.int64],
    rows: IntArray,
    values: Doubles,
    group_of: IntArray,
    means: Doubles,
    precisions: Doubles,
    alpha: float,
    noise: Doubles,
    known: Doubles,
    factor: Doubles,
) -> None:
    """Draw one factor of each feature of a side, one after the other.

    Parameters
    ----------
    starts, rows, values
        CSC arrays of the features of the side's rows.
    group_of : ndarray of shape (n_features,), int32
    means, precisions : ndarray of shape (n_groups,), float64
        Of the prior of each group of features.
    alpha : float
        Precision of a rating.
    noise : ndarray of shape (n_features,), float64
        Standard normal.
    known : ndarray of shape (n_rows, N_KNOWN), float64
        Changed.
    factor : ndarray of shape (n_features,), float64
        Changed; the prior's mean for a feature that no rating has.
    """
    for feature in range(factor.shape[0]):
        start, stop = starts[feature], starts[feature + 1]
        old = factor[feature]
        squares = products = 0.0
        for at in range(start, stop):
            of, x = known[rows[at]], values[at]
            rest = of[PRODUCT] - x * old
            squares += x * x * (rest * (of[COUNT] * rest + 2.0 * of[OTHERS]) + of[SQUARES])
            products += x * (rest * of[ERRORS] + of[WEIGHTED])
        group = group_of[feature]
        new = _drawn(squares, products, old, means[group], precisions[group], alpha, noise[feature])
        change = new - old
        factor[feature] = new
        for at in range(start, stop):
            of, x = known[rows[at]], values[at]
            rest = of[PRODUCT] - x * old
            step = change * x
            of[ERRORS] -= step * (of[COUNT] * rest + of[OTHERS])
            of[WEIGHTED] -= step * (rest * of[OTHERS] + of[SQUARES])
            of[PRODUCT] += step
            of[MOVED] += step
            of[SHIFTED] += step * rest


@numba.njit(nogil=True, cache=True)
def draw_weights(
    starts: NDArray[np.int64],
    rows: IntArray,
    values: Doubles,
    group_of: IntArray,
    means: Doubles,
    precisions: Doubles,
    alpha: float,
    noise: Doubles,
    known: Doubles,
    weights: Doubles,
) -> None:
    """Draw the weight of each feature of a side; parameters as of `draw_factor`."""
    for feature in range(weights.shape[0]):
        start, stop = starts[feature], starts[feature + 1]
        old = weights[feature]
        squares = products = 0.0
        for at in range(start, stop):
            of, x = known[rows[at]], values[at]
            squares += x * x * of[COUNT]
            products += x * of[ERRORS]
        group = group_of[feature]
        new = _drawn(squares, products, old, means[group], precisions[group], alpha, noise[feature])
        weights[feature] = new
        for at in range(start, stop):
            of, step = known[rows[at]], (new - old) * values[at]
            of[ERRORS] -= step * of[COUNT]
            of[SHIFTED] += step


@numba.njit(nogil=True, cache=True, inline="always")
def _drawn(
    squares: float,
    products: float,
    old: float,
    mean: float,
    precision: float,
    alpha: float,
    noise: float,
) -> Any:
    """Draw a parameter, given the sums of what multiplies it squared and times the errors."""
    if squares == 0.0:
        return mean
    total = alpha * squares + precision
    middle = (alpha * (products + old * squares) + precision * mean) / total
    return middle + noise / np.sqrt(total)
