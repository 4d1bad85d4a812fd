"""Compiled loops that find the best titles of users.

All release the interpreter's lock and write only into arrays that their caller made for them. The
best n are kept in a heap whose root is the worst of them: lower score, then higher column.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray

#: Scores that are compared with the worst of the best n at once; most runs hold none better.
_RUN = 64


@numba.njit(nogil=True, cache=True, inline="always")
def _worse(score: np.float32, column: int, other: np.float32, other_column: int) -> bool:
    return bool(score < other or (score == other and column > other_column))


@numba.njit(nogil=True, cache=True)
def _sink(scores: FloatArray, columns: IntArray, size: int) -> None:
    """Bring the root of a heap to its place."""
    score, column = scores[0], columns[0]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        right = child + 1
        if right < size and _worse(scores[right], columns[right], scores[child], columns[child]):
            child = right
        if not _worse(scores[child], columns[child], score, column):
            break
        scores[at], columns[at] = scores[child], columns[child]
        at = child
    scores[at], columns[at] = score, column


@numba.njit(nogil=True, cache=True)
def offer(scores: FloatArray, columns: IntArray, size: int, score: np.float32, column: int) -> int:
    """Offer a title to a heap; returns how many the heap then holds.

    Parameters
    ----------
    scores, columns : ndarrays of shape (n,)
        The heap; its first `size` are taken.
    """
    n = scores.shape[0]
    if size < n:
        at = size
        while at > 0:
            parent = (at - 1) // 2
            if not _worse(score, column, scores[parent], columns[parent]):
                break
            scores[at], columns[at] = scores[parent], columns[parent]
            at = parent
        scores[at], columns[at] = score, column
        return size + 1
    if n > 0 and _worse(scores[0], columns[0], score, column):
        scores[0], columns[0] = score, column
        _sink(scores, columns, size)
    return size


@numba.njit(nogil=True, cache=True)
def settle(scores: FloatArray, columns: IntArray, size: int) -> None:
    """Turn a heap into a list, the best first."""
    for last in range(size - 1, 0, -1):
        scores[0], scores[last] = scores[last], scores[0]
        columns[0], columns[last] = columns[last], columns[0]
        _sink(scores, columns, last)


@numba.njit(nogil=True, cache=True)
def best_of_row(row: FloatArray, columns: IntArray, scores: FloatArray) -> None:
    """Find the best of a row of scores; minus infinity is never taken.

    Parameters
    ----------
    row : ndarray of shape (n_titles,), float32
    columns, scores : ndarrays of shape (n,)
        Written: the best first; left as they are where there are fewer.
    """
    n, n_titles, size = columns.shape[0], row.shape[0], 0
    floor = np.float32(-np.inf)
    for start in range(0, n_titles, _RUN):
        stop = min(start + _RUN, n_titles)
        above = 0
        # Columns rise: of equal scores the earlier is there already and stays.
        for at in range(start, stop):
            above += row[at] > floor
        if above == 0:
            continue
        for at in range(start, stop):
            if row[at] > floor:
                size = offer(scores, columns, size, row[at], at)
                if size == n:
                    floor = scores[0]
    settle(scores, columns, size)


@numba.njit(nogil=True, cache=True)
def best_of_rows(
    block: FloatArray,
    first: int,
    indptr: NDArray[np.int64],
    indices: IntArray,
    columns: IntArray,
    scores: FloatArray,
) -> None:
    """Find the best unseen titles of a block of users.

    Parameters
    ----------
    block : ndarray of shape (n_block, n_titles), float32
        Scores; those of seen titles become minus infinity.
    first : int
        The user of its first row.
    indptr, indices
        Of the history of all users.
    columns, scores : ndarrays of shape (n_users, n)
        Written, see `best_of_row`.
    """
    for at in range(block.shape[0]):
        user = first + at
        for seen in indices[indptr[user] : indptr[user + 1]]:
            block[at, seen] = -np.inf
        best_of_row(block[at], columns[user], scores[user])


@numba.njit(nogil=True, cache=True)
def best_of_mixtures(
    first: int,
    last: int,
    indptr: NDArray[np.int64],
    indices: IntArray,
    lists: IntArray,
    weights: FloatArray,
    values: FloatArray,
    order: IntArray,
    columns: IntArray,
    scores: FloatArray,
) -> None:
    """Find the best unseen titles of users by a weighted sum of a few lists of values.

    Fagin's threshold algorithm: the lists are read from their best value down, all at the same
    pace; a title met for the first time is looked up in all of them. What has not been met is worth
    no more than the sum of the values reached, so the search ends, exactly, after a few hundred
    titles of many thousands.

    Parameters
    ----------
    first, last : int
        Users whose rows are written.
    indptr, indices
        Of the history of all users.
    lists : ndarray of shape (n_users, n_mixed), int32
    weights : ndarray of shape (n_users, n_mixed), float32
        The lists of each user and their weights, none below 0.
    values : ndarray of shape (n_lists, n_titles), float32
        None below 0.
    order : ndarray of shape (n_lists, n_titles), int32
        Titles of each list by falling value.
    columns, scores : ndarrays of shape (n_users, n)
        Written, see `best_of_row`.

    References
    ----------
    Fagin, R., Lotem, A. and Naor, M. (2003). Optimal aggregation algorithms for middleware.
    Journal of Computer and System Sciences 66.
    """
    n, n_titles, n_mixed = columns.shape[1], values.shape[1], lists.shape[1]
    # The number of the last user who met a title, seen or listed.
    met = np.full(n_titles, -1, np.int64)
    for user in range(first, last):
        for seen in indices[indptr[user] : indptr[user + 1]]:
            met[seen] = user
        heap, held, size = scores[user], columns[user], 0
        for place in range(n_titles):
            reached = np.float32(0.0)
            for mixed in range(n_mixed):
                one = lists[user, mixed]
                column = order[one, place]
                reached += weights[user, mixed] * values[one, column]
                if met[column] == user:
                    continue
                met[column] = user
                total = np.float32(0.0)
                # In the same order as `reached`, so that rounding keeps it an upper bound.
                for other in range(n_mixed):
                    total += weights[user, other] * values[lists[user, other], column]
                size = offer(heap, held, size, total, column)
            # An equal one might come, of a lower column.
            if n == 0 or (size == n and heap[0] > reached):
                break
        settle(heap, held, size)
