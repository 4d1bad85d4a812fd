"""Layers of trained networks, compiled: a row's answer never depends on the rows beside it.

Each sum runs in one order, column after column, whatever the number of rows or threads; the
routines of a linear algebra library choose theirs by the shape of the matrix.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray


@numba.njit(nogil=True, cache=True)
def add_sparse(
    starts: IntArray, columns: IntArray, values: FloatArray, table: FloatArray, out: FloatArray
) -> None:
    """Add to each row the rows of a table that a sparse row names, times its values.

    Parameters
    ----------
    starts, columns, values
        A CSR matrix of shape (n_rows, n_inputs).
    table : ndarray of shape (n_inputs, n_outputs), float32
    out : ndarray of shape (n_rows, n_outputs), float32
    """
    for row in range(out.shape[0]):
        for place in range(starts[row], starts[row + 1]):
            weight, source = values[place], columns[place]
            for output in range(out.shape[1]):
                out[row, output] += weight * table[source, output]


@numba.njit(nogil=True, cache=True)
def add_dense(rows: FloatArray, table: FloatArray, out: FloatArray) -> None:
    """Add to each row the product of a dense row and a table.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_inputs), float32
    table : ndarray of shape (n_inputs, n_outputs), float32
    out : ndarray of shape (n_rows, n_outputs), float32
    """
    for row in range(out.shape[0]):
        for source in range(rows.shape[1]):
            weight = rows[row, source]
            for output in range(out.shape[1]):
                out[row, output] += weight * table[source, output]


@numba.njit(nogil=True, cache=True)
def tanh_in_place(rows: FloatArray) -> None:
    """Put the hyperbolic tangent in the place of each number."""
    for row in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            rows[row, column] = math.tanh(rows[row, column])


@numba.njit(nogil=True, cache=True)
def swish_in_place(rows: FloatArray) -> None:
    """Put x * sigmoid(x) in the place of each number."""
    for row in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            value = rows[row, column]
            rows[row, column] = value / (np.float32(1) + math.exp(-value))


@numba.njit(nogil=True, cache=True)
def normalize_in_place(
    rows: FloatArray, scale: FloatArray, shift: FloatArray, epsilon: float
) -> None:
    """Bring each row to mean 0 and variance 1, then scale and shift its columns."""
    n_columns = rows.shape[1]
    for row in range(rows.shape[0]):
        mean = 0.0
        for column in range(n_columns):
            mean += rows[row, column]
        mean /= n_columns
        variance = 0.0
        for column in range(n_columns):
            variance += (rows[row, column] - mean) ** 2
        factor = 1.0 / math.sqrt(variance / n_columns + epsilon)
        for column in range(n_columns):
            unit = (rows[row, column] - mean) * factor
            rows[row, column] = unit * scale[column] + shift[column]


@numba.njit(nogil=True, cache=True)
def attend(
    starts: IntArray, columns: IntArray, sources: FloatArray, source_logits: FloatArray,
    target_logits: FloatArray, slope: float, out: FloatArray,
) -> None:  # fmt: skip
    """Add to each row the rows of a table that it names, weighed by a softmax over them.

    Parameters
    ----------
    starts, columns
        Of a CSR matrix of shape (n_rows, n_inputs).
    sources : ndarray of shape (n_inputs, n_heads * width), float32
    source_logits : ndarray of shape (n_inputs, n_heads), float32
    target_logits : ndarray of shape (n_rows, n_heads), float32
    slope : float
        Of the leaky rectifier below 0.
    out : ndarray of shape (n_rows, n_heads * width), float32
    """
    n_heads = source_logits.shape[1]
    width = sources.shape[1] // n_heads
    for row in range(out.shape[0]):
        first, last = starts[row], starts[row + 1]
        weights = np.empty(last - first, dtype=np.float64)
        for head in range(n_heads):
            highest = -np.inf
            for at in range(last - first):
                logit = source_logits[columns[first + at], head] + target_logits[row, head]
                weights[at] = logit if logit > 0 else slope * logit
                highest = max(highest, weights[at])
            total = 0.0
            for at in range(last - first):
                weights[at] = math.exp(weights[at] - highest)
                total += weights[at]
            for at in range(last - first):
                weight = np.float32(weights[at] / total)
                for column in range(head * width, (head + 1) * width):
                    out[row, column] += weight * sources[columns[first + at], column]


@numba.njit(nogil=True, cache=True)
def pair_products(
    users: NDArray[np.int64], titles: NDArray[np.int64],
    user_rows: FloatArray, title_rows: FloatArray,
    out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Write the scalar product of each pair's two rows, summed in float64.

    Parameters
    ----------
    users, titles : ndarrays of shape (n,)
    user_rows : ndarray of shape (n_users, width), float32
    title_rows : ndarray of shape (n_titles, width), float32
    out : ndarray of shape (n,), float64
    """
    for pair in range(users.size):
        user, title = users[pair], titles[pair]
        total = 0.0
        for column in range(user_rows.shape[1]):
            total += np.float64(user_rows[user, column]) * title_rows[title, column]
        out[pair] = total


@numba.njit(nogil=True, cache=True)
def expected_levels(
    users: NDArray[np.int64], titles: NDArray[np.int64],
    user_rows: FloatArray, title_rows: FloatArray,
    coefficients: FloatArray, levels: NDArray[np.float64], out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Write the mean of the levels of each pair, by a softmax of bilinear forms.

    Parameters
    ----------
    users, titles : ndarrays of shape (n,)
    user_rows : ndarray of shape (n_bases, n_users, width), float32
        Users' vectors times each of the base matrices.
    title_rows : ndarray of shape (n_titles, width), float32
    coefficients : ndarray of shape (n_levels, n_bases), float32
        How much of each base is in the form of a level.
    levels : ndarray of shape (n_levels,), float64
    out : ndarray of shape (n,), float64
    """
    n_bases = user_rows.shape[0]
    forms = np.empty(n_bases, dtype=np.float64)
    logits = np.empty(levels.size, dtype=np.float64)
    for pair in range(users.size):
        for base in range(n_bases):
            forms[base] = 0.0
            for column in range(title_rows.shape[1]):
                forms[base] += (
                    np.float64(user_rows[base, users[pair], column])
                    * title_rows[titles[pair], column]
                )
        highest = -np.inf
        for level in range(levels.size):
            logits[level] = 0.0
            for base in range(n_bases):
                logits[level] += coefficients[level, base] * forms[base]
            highest = max(highest, logits[level])
        total, mean = 0.0, 0.0
        for level in range(levels.size):
            weight = math.exp(logits[level] - highest)
            total += weight
            mean += weight * levels[level]
        out[pair] = mean / total
