"""Compiled loops over pairs of titles that the same users saw."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray

#: Rows and columns of a tile of a matrix that is read along both at once.
_TILE = 64


@numba.njit(nogil=True, cache=True)
def count_together(
    first: int,
    last: int,
    row_starts: NDArray[np.int64],
    row_columns: IntArray,
    row_values: FloatArray,
    column_starts: NDArray[np.int64],
    column_rows: IntArray,
    column_values: FloatArray,
    out: NDArray[np.floating],
) -> None:
    """Write rows of X.T @ X, on and above the diagonal.

    Each row of the answer is summed by one thread, user after user: nothing depends on threads.

    Parameters
    ----------
    first, last : int
        Titles whose rows are written.
    row_starts, row_columns, row_values
        X of shape (n_users, n_titles) by rows, columns ascending.
    column_starts, column_rows, column_values
        The same by columns.
    out : ndarray of shape (n_titles, n_titles)
        Zeros.
    """
    for title in range(first, last):
        row = out[title]
        for at in range(column_starts[title], column_starts[title + 1]):
            user, value = column_rows[at], column_values[at]
            # From the end: titles before this one lie below the diagonal.
            for other in range(row_starts[user + 1] - 1, row_starts[user] - 1, -1):
                column = row_columns[other]
                if column < title:
                    break
                row[column] += value * row_values[other]


@numba.njit(nogil=True, cache=True)
def scale_both_sides(
    first: int, last: int, scales: NDArray[np.floating], matrix: NDArray[np.floating]
) -> None:
    """Multiply entries on and above the diagonal by the scales of their row and column.

    Parameters
    ----------
    first, last : int
        Rows that are changed.
    scales : ndarray of shape (n,)
    matrix : ndarray of shape (n, n)
        Changed.
    """
    for i in range(first, last):
        for j in range(i, matrix.shape[0]):
            matrix[i, j] *= scales[i] * scales[j]


@numba.njit(nogil=True, cache=True)
def weights_of_inverse(
    diagonal: NDArray[np.floating], scales: NDArray[np.floating], matrix: NDArray[np.floating]
) -> None:
    """Turn an inverse P into weights: row i, column j becomes -s[i] P[i, j] / (P[j, j] s[j]).

    Parameters
    ----------
    diagonal : ndarray of shape (n,)
        Of the inverse.
    scales : ndarray of shape (n,)
    matrix : ndarray of shape (n, n)
        The inverse on and above its diagonal; becomes the weights, 0 on the diagonal.
    """
    n = matrix.shape[0]
    for top in range(0, n, _TILE):
        bottom = min(top + _TILE, n)
        for left in range(top, n, _TILE):
            right = min(left + _TILE, n)
            for i in range(top, bottom):
                for j in range(max(left, i + 1), right):
                    shared = -matrix[i, j]
                    ratio = scales[i] / scales[j]
                    matrix[i, j] = shared / diagonal[j] * ratio
                    matrix[j, i] = shared / (diagonal[i] * ratio)
        for i in range(top, bottom):
            matrix[i, i] = 0.0


@numba.njit(nogil=True, cache=True)
def mirror(matrix: NDArray[np.floating]) -> None:
    """Write below the diagonal what stands above it.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        Changed.
    """
    n = matrix.shape[0]
    for top in range(0, n, _TILE):
        for left in range(top, n, _TILE):
            for i in range(top, min(top + _TILE, n)):
                for j in range(max(left, i + 1), min(left + _TILE, n)):
                    matrix[j, i] = matrix[i, j]
