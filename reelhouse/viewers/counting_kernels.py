"""Compiled loops over the ratings of labelled users.

Layout: CSR rows are users (`indptr` int64, `indices` int32 the titles, `data` float32 the
ratings); tables over clusters are (n_clusters, n_titles), C order, so that a user's ratings touch
one row of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@numba.njit(nogil=True, cache=True)
def count_titles(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    labels: NDArray[np.int32],
    users: NDArray[np.int64],
    counts: NDArray[np.int32],
    sums: NDArray[np.float64],
) -> None:
    """Add the ratings of some users to their clusters' rows.

    Parameters
    ----------
    users : ndarray of shape (n_some,), rows of the block whose label is not negative
    counts : ndarray of shape (n_clusters, n_titles), added to
    sums : ndarray of shape (n_clusters, n_titles), added to
    """
    for row in users:
        count = counts[labels[row]]
        total = sums[labels[row]]
        for at in range(indptr[row], indptr[row + 1]):
            count[indices[at]] += 1
            total[indices[at]] += data[at]


@numba.njit(nogil=True, cache=True)
def count_slots(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    labels: NDArray[np.int32],
    chosen: NDArray[np.uint8],
    first: int,
    last: int,
    found: NDArray[np.int32],
) -> None:
    """Count each user's ratings among the titles that are chosen for the user's cluster.

    Parameters
    ----------
    chosen : ndarray of shape (n_clusters, n_titles), 1 for a chosen title
    first, last : int
        Rows to work on, `last` excluded.
    found : ndarray of shape (n_users,), written at those rows
    """
    for row in range(first, last):
        label = labels[row]
        n = 0
        if label >= 0:
            here = chosen[label]
            for at in range(indptr[row], indptr[row + 1]):
                n += here[indices[at]]
        found[row] = n


@numba.njit(nogil=True, cache=True)
def sum_genres(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    genres: NDArray[np.uint8],
    first: int,
    last: int,
    counts: NDArray[np.int32],
    sums: NDArray[np.float64],
) -> None:
    """Count and add up each user's ratings of up to eight genres.

    Parameters
    ----------
    genres : ndarray of shape (n_titles,), bit g is set for a title of genre g
    counts, sums : ndarray of shape (n_users, n_genres), zeros, written at rows first to last
    """
    n_genres = counts.shape[1]
    for row in range(first, last):
        for at in range(indptr[row], indptr[row + 1]):
            bits = genres[indices[at]]
            if bits:
                for genre in range(n_genres):
                    if bits >> genre & 1:
                        counts[row, genre] += 1
                        sums[row, genre] += data[at]
