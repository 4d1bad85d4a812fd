"""Compiled steps of conjugate gradients towards the least squares of `kernels_ials`.

The equations of a row are never written down: they are multiplied with a vector by going through
what the row saw, which costs a row of n columns n times the factors, not their square.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.rating.kernels_pairs import IN_VECTORS, product

#: A row of which no more than this is left to explain, squared, is done.
_NOTHING = np.float32(1e-20)


@numba.njit(nogil=True, cache=True)
def improve_implicit(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    others: IntArray,
    weights: FloatArray,
    other_factors: FloatArray,
    unseen: FloatArray,
    regularization: FloatArray,
    steps: int,
    factors: FloatArray,
) -> None:
    """Improve the factors of the rows first to last - 1; see `solve_implicit`.

    Parameters
    ----------
    unseen : ndarray of shape (n_factors, n_factors), float32
        All of it, symmetric.
    steps : int
    factors : ndarray of shape (n_rows, n_factors), float32
        Where rows start from; changed, to 0 for a row without columns.
    """
    space = np.empty((3, factors.shape[1]), np.float32)
    for row in range(first, last):
        start, stop = starts[row], starts[row + 1]
        if start == stop:
            factors[row] = np.float32(0.0)
        else:
            _improve_row(
                others[start:stop], weights[start:stop], other_factors, unseen,
                regularization[row], steps, space, factors[row],
            )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def _improve_row(
    others: IntArray,
    weights: FloatArray,
    factors: FloatArray,
    unseen: FloatArray,
    regularization: np.float32,
    steps: int,
    space: FloatArray,
    x: FloatArray,
) -> None:
    left, along, image = space[0], space[1], space[2]
    _multiply(others, weights, factors, unseen, regularization, x, image)
    _subtract_from_targets(others, weights, factors, image, left)
    along[:] = left
    size = product(left, left)
    for _ in range(steps):
        if size <= _NOTHING:
            break
        _multiply(others, weights, factors, unseen, regularization, along, image)
        pace = np.float32(size / product(along, image))
        for f in range(x.shape[0]):
            x[f] += pace * along[f]
            left[f] -= pace * image[f]
        before, size = size, product(left, left)
        turn = np.float32(size / before)
        for f in range(x.shape[0]):
            along[f] = left[f] + turn * along[f]


@numba.njit(nogil=True, cache=True)
def _subtract_from_targets(
    others: IntArray, weights: FloatArray, factors: FloatArray, image: FloatArray, out: FloatArray
) -> None:
    """Write the right side of the equations, less a vector."""
    for f in range(out.shape[0]):
        out[f] = -image[f]
    for k in range(others.shape[0]):
        row = factors[others[k]]
        for f in range(out.shape[0]):
            out[f] += weights[k] * row[f]


@numba.njit(nogil=True, cache=True)
def _multiply(
    others: IntArray,
    weights: FloatArray,
    factors: FloatArray,
    unseen: FloatArray,
    regularization: np.float32,
    x: FloatArray,
    out: FloatArray,
) -> None:
    """Write the matrix of the equations times a vector."""
    for f in range(x.shape[0]):
        out[f] = regularization * x[f]
    for g in range(x.shape[0]):
        row = unseen[g]
        for f in range(x.shape[0]):
            out[f] += x[g] * row[f]
    _add_seen(others, weights, factors, x, out)


@numba.njit(nogil=True, cache=True, fastmath=IN_VECTORS)
def _add_seen(
    others: IntArray, weights: FloatArray, factors: FloatArray, x: FloatArray, out: FloatArray
) -> None:
    """Add the factors of what was seen, each times its weight and its product with a vector."""
    # Four at a time: the sum along one row need not wait for that of the one before.
    whole = others.shape[0] // 4 * 4
    for k in range(0, whole, 4):
        a, b = factors[others[k]], factors[others[k + 1]]
        c, d = factors[others[k + 2]], factors[others[k + 3]]
        p, q, r, s = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for f in range(x.shape[0]):
            p += a[f] * x[f]
            q += b[f] * x[f]
            r += c[f] * x[f]
            s += d[f] * x[f]
        p, q = p * weights[k], q * weights[k + 1]
        r, s = r * weights[k + 2], s * weights[k + 3]
        for f in range(x.shape[0]):
            out[f] += p * a[f] + q * b[f] + r * c[f] + s * d[f]
    for k in range(whole, others.shape[0]):
        a = factors[others[k]]
        p = product(a, x) * weights[k]
        for f in range(x.shape[0]):
            out[f] += p * a[f]
