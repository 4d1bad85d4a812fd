"""Compiled loops over pairs of titles: likeness by who saw both, scores by what is like."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.recommend.kernels_ranking import best_of_row, offer, settle


@numba.njit(nogil=True, cache=True)
def nearest_columns(
    first: int,
    last: int,
    row_starts: NDArray[np.int64],
    row_columns: IntArray,
    row_values: FloatArray,
    column_starts: NDArray[np.int64],
    column_rows: IntArray,
    column_values: FloatArray,
    lengths: FloatArray,
    shrinkage: float,
    neighbours: IntArray,
    similarities: FloatArray,
) -> None:
    """Find the columns of a matrix that are likest to each column, by shrunk cosine.

    One column at a time: there is a row of sums, never a matrix of pairs.

    Parameters
    ----------
    first, last : int
        Columns whose neighbours are written.
    row_starts, row_columns, row_values
        The matrix by rows.
    column_starts, column_rows, column_values
        The same by columns.
    lengths : ndarray of shape (n_columns,), float32
        Euclidean length of each column.
    shrinkage : float
        The cosine is multiplied by common / (common + shrinkage).
    neighbours, similarities : ndarrays of shape (n_columns, n_neighbours)
        Written, the likest first, ties by lower column; left as they are where there are fewer.
    """
    n_columns = lengths.shape[0]
    sums = np.zeros(n_columns, np.float64)
    common = np.zeros(n_columns, np.int64)
    met = np.empty(n_columns, np.int64)
    for column in range(first, last):
        n_met = 0
        for i in range(column_starts[column], column_starts[column + 1]):
            row, value = column_rows[i], column_values[i]
            for j in range(row_starts[row], row_starts[row + 1]):
                other = row_columns[j]
                if common[other] == 0:
                    met[n_met] = other
                    n_met += 1
                common[other] += 1
                sums[other] += value * row_values[j]
        size = 0
        for other in met[:n_met]:
            if other != column and sums[other] > 0.0:
                cosine = sums[other] / (lengths[column] * lengths[other])
                shrunk = np.float32(cosine * common[other] / (common[other] + shrinkage))
                size = offer(similarities[column], neighbours[column], size, shrunk, other)
            sums[other] = 0.0
            common[other] = 0
        settle(similarities[column], neighbours[column], size)


@numba.njit(nogil=True, cache=True, inline="always")
def _add_neighbours(
    row: FloatArray,
    columns: IntArray,
    weights: FloatArray,
    neighbours: IntArray,
    similarities: FloatArray,
) -> None:
    total = np.float32(0.0)
    for weight in weights:
        total += weight
    for at in range(columns.shape[0]):
        share = weights[at] / total
        column = columns[at]
        for place in range(neighbours.shape[1]):
            other = neighbours[column, place]
            if other < 0:
                break
            row[other] += share * similarities[column, place]


@numba.njit(nogil=True, cache=True)
def scores_of_neighbours(
    indptr: NDArray[np.int64],
    indices: IntArray,
    data: FloatArray,
    neighbours: IntArray,
    similarities: FloatArray,
    prior: FloatArray,
    block: FloatArray,
) -> None:
    """Score all titles for a block of users: the weighted mean of likeness to what they saw.

    Parameters
    ----------
    indptr, indices, data
        History of the block.
    neighbours : ndarray of shape (n_titles, n_neighbours), int32
        -1 where there are fewer.
    similarities : ndarray of the same shape, float32
    prior : ndarray of shape (n_titles,), float32
        What each title has to begin with.
    block : ndarray of shape (n_users, n_titles), float32
        Written.
    """
    for user in range(block.shape[0]):
        start, stop = indptr[user], indptr[user + 1]
        block[user] = prior
        _add_neighbours(
            block[user], indices[start:stop], data[start:stop], neighbours, similarities
        )


@numba.njit(nogil=True, cache=True)
def best_of_neighbours(
    first: int,
    last: int,
    indptr: NDArray[np.int64],
    indices: IntArray,
    data: FloatArray,
    neighbours: IntArray,
    similarities: FloatArray,
    prior: FloatArray,
    titles: IntArray,
    scores: FloatArray,
) -> None:
    """Find the best unseen titles of users; as `scores_of_neighbours`, with one row of scores."""
    row = np.empty(prior.shape[0], np.float32)
    for user in range(first, last):
        start, stop = indptr[user], indptr[user + 1]
        row[:] = prior
        _add_neighbours(row, indices[start:stop], data[start:stop], neighbours, similarities)
        for seen in indices[start:stop]:
            row[seen] = -np.inf
        best_of_row(row, titles[user], scores[user])


def starts_of(matrix: Any) -> NDArray[np.int64]:
    """Where the rows of a CSR matrix, or the columns of a CSC one, start."""
    starts: NDArray[np.int64] = matrix.indptr.astype(np.int64)
    return starts
