"""Compiled loops over a partition's ratings.

Rows of a partition are sorted by user and title, so that a user is a run of equal `users`. A title
is met as its *code*, `titles[i] - lowest`: a position in the lookup arrays. All loops release the
interpreter's lock and write only into arrays that their caller made for them.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]

#: `centre` of `transform_rows`.
CENTRE_NONE, CENTRE_USER, CENTRE_TITLE = 0, 1, 2


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
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


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
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
    sums: NDArray[np.float64],
) -> tuple[int, int, bool, int]:
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
    indptr : ndarray of shape (n_ratings + 1,), int32
    user_ids, indices, data : ndarray of shape (n_ratings,)
        Written from the start; longer than needed.
    sums : ndarray of shape (n_titles,), float64
        Sum of the ratings of each column; added to.

    Returns
    -------
    tuple of (n_rows, n_stored, fits_int8, bad)
        `bad` is the first position that is out of order, repeated or not finite; -1 when all is
        well.
    """
    n = users.shape[0]
    rows = stored = start = 0
    whole = True
    indptr[0] = 0
    while start < n:
        user = users[start]
        if start > 0 and user < users[start - 1]:
            return rows, stored, whole, start
        stop = start
        first = stored
        while stop < n and users[stop] == user:
            rating = ratings[stop]
            if not np.isfinite(rating) or (stop > start and titles[stop] <= titles[stop - 1]):
                return rows, stored, whole, stop
            column = column_of[titles[stop] - lowest]
            if column >= 0:
                indices[stored] = column
                data[stored] = rating
                stored += 1
            stop += 1
        if stored - first >= min_user_ratings:
            for i in range(first, stored):
                rating = data[i]
                sums[indices[i]] += rating
                whole &= rating == np.floor(rating) and -128.0 <= rating <= 127.0
            user_ids[rows] = user
            rows += 1
            indptr[rows] = stored
        else:
            stored = first
        start = stop
    return rows, stored, whole, -1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def transform_rows(
    indptr: IntArray,
    indices: IntArray,
    values: FloatArray,
    centre: int,
    title_means: FloatArray,
    title_factors: FloatArray,
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
    centre : int
        CENTRE_NONE, CENTRE_USER or CENTRE_TITLE.
    title_means, title_factors : ndarray of shape (n_titles,), float32
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
        if centre == CENTRE_USER or average_length > 0.0:
            for i in range(start, stop):
                total += values[i]
        mean = total / max(stop - start, 1)
        saturation = k1 * (1.0 - b + b * total / average_length) if average_length > 0.0 else 0.0
        squares = 0.0
        for i in range(start, stop):
            column = indices[i]
            value = np.float64(values[i])
            if centre == CENTRE_USER:
                value -= mean
            elif centre == CENTRE_TITLE:
                value -= title_means[column]
            if average_length > 0.0:
                value *= (k1 + 1.0) / (saturation + value)
            value *= title_factors[column]
            squares += value * value
            values[i] = value
        if unit and squares > 0.0:
            scale = 1.0 / np.sqrt(squares)
            for i in range(start, stop):
                values[i] = values[i] * scale
