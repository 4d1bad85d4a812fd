"""Compiled loops over a partition's ratings.

Rows of a partition are sorted by user and title, so that a user is a run of equal `users`. A title
is met as its *code*, `titles[i] - lowest`: a position in the lookup arrays. All loops release the
interpreter's lock and write only into arrays that their caller made for them.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.interactions.partitions import FloatArray, IntArray


@numba.njit(nogil=True, cache=True)
def count_raters(
    users: IntArray,
    titles: IntArray,
    lowest: int,
    kept: NDArray[np.bool_],
    min_user_ratings: int,
    counts: IntArray,
) -> None:
    """Count the raters of each kept title among users who rated enough kept titles.

    Parameters
    ----------
    users, titles : ndarray of shape (n_ratings,), int32
        Equal users stand together.
    lowest : int
        Title of code 0.
    kept : ndarray of shape (n_codes,), bool
    min_user_ratings : int
    counts : ndarray of shape (n_codes,), int32
        Added to.
    """
    n = users.shape[0]
    start = 0
    while start < n:
        user = users[start]
        stop = start
        n_kept = 0
        while stop < n and users[stop] == user:
            n_kept += kept[titles[stop] - lowest]
            stop += 1
        if n_kept >= min_user_ratings:
            for i in range(start, stop):
                code = titles[i] - lowest
                counts[code] += kept[code]
        start = stop


@numba.njit(nogil=True, cache=True)
def cut_rows(
    users: IntArray,
    titles: IntArray,
    ratings: FloatArray,
    lowest: int,
    column_of: IntArray,
    min_user_ratings: int,
    indptr: IntArray,
    user_ids: IntArray,
    indices: IntArray,
    data: FloatArray,
) -> tuple[int, int, int]:
    """Cut a partition into the rows of a CSR matrix; dropped titles and users are left out.

    Parameters
    ----------
    users, titles, ratings : ndarray of shape (n_ratings,)
        Sorted by user and title, no pair twice.
    lowest : int
        Title of code 0.
    column_of : ndarray of shape (n_codes,), int32
        Column of each code; -1 drops the title.
    min_user_ratings : int
        At least 1.
    indptr : ndarray of shape (n_ratings + 1,), int32
    user_ids, indices, data : ndarray of shape (n_ratings,)
        Written from the start; longer than needed.

    Returns
    -------
    tuple of (n_rows, n_stored, bad)
        `bad` is the start of the first user who is out of order, or whose titles are; -1 when all
        is well.
    """
    n = users.shape[0]
    rows = stored = start = 0
    indptr[0] = 0
    while start < n:
        user = users[start]
        first, stop = stored, start
        unsorted = start > 0 and user < users[start - 1]
        before = np.int64(titles[start]) - 1
        while stop < n and users[stop] == user:
            title = np.int64(titles[stop])
            unsorted |= title <= before
            before = title
            # Unsigned: no look whether the position counts from the end.
            column = column_of[np.uintp(title - lowest)]
            # Written in any case, and written over by the next one if the title is dropped.
            indices[np.uintp(stored)] = column
            data[np.uintp(stored)] = ratings[stop]
            stored += column >= 0
            stop += 1
        if unsorted:
            return rows, stored, start
        if stored - first >= min_user_ratings:
            user_ids[rows] = user
            rows += 1
            indptr[rows] = stored
        else:
            stored = first
        start = stop
    return rows, stored, -1


@numba.njit(nogil=True, cache=True)
def sum_columns(
    indices: IntArray,
    data: FloatArray,
    counts: IntArray,
    sums: NDArray[np.float64],
    small: NDArray[np.int8],
) -> bool:
    """Count and sum the ratings of each column, and try to hold them as int8.

    Parameters
    ----------
    indices, data : ndarray of shape (n_stored,)
    counts, sums : ndarray of shape (n_titles,)
        Added to.
    small : ndarray of shape (n_stored,), int8
        Written.

    Returns
    -------
    bool
        Whether `small` holds the ratings as they are; never where one is not finite.
    """
    different = 0
    for i in range(indices.shape[0]):
        column = np.uintp(indices[i])
        rating = data[i]
        counts[column] += 1
        sums[column] += rating
        # What int8 cannot hold must not be converted: the result is undefined.
        held = rating >= np.float32(-128) and rating <= np.float32(127)
        small[i] = np.int8(rating if held else np.float32(0))
        different += np.float32(small[i]) != rating
    return different == 0


@numba.njit(nogil=True, cache=True)
def transform_rows(
    indptr: IntArray,
    indices: IntArray,
    values: FloatArray,
    by_user: bool,
    offsets: FloatArray,
    factors: FloatArray,
    average_length: float,
    k1: float,
    b: float,
    unit: bool,
) -> None:
    """Centre, weight and scale the rows of a CSR matrix, in place.

    Parameters
    ----------
    indptr, indices
        Where the values of each row stand, and their columns.
    values : ndarray of shape (n_stored,), float32
        Changed.
    by_user : bool
        Subtract from each row the mean of its values.
    offsets, factors : ndarray of shape (n_titles,), float32
        What is subtracted from the values of a column, and what they are multiplied by.
    average_length : float
        Mean over the users of the sum of their values; above 0 turns BM25's saturation on.
    k1, b : float
        Parameters of BM25.
    unit : bool
        Bring each row to length 1.
    """
    for row in range(indptr.shape[0] - 1):
        start, stop = indptr[row], indptr[row + 1]
        # Sums in float64: a row may have thousands of values.
        total = 0.0
        for i in range(start, stop):
            total += values[i]
        mean = total / max(stop - start, 1) if by_user else 0.0
        saturation = k1 * (1.0 - b + b * total / average_length) if average_length > 0.0 else 0.0
        squares = 0.0
        for i in range(start, stop):
            column = np.uintp(indices[i])
            value = values[i] - mean - offsets[column]
            if average_length > 0.0:
                value *= (k1 + 1.0) / (saturation + value)
            value *= factors[column]
            squares += value * value
            values[i] = value
        scale = 1.0 / np.sqrt(squares) if unit and squares > 0.0 else 1.0
        for i in range(start, stop):
            values[i] *= scale
