"""Compiled loops behind the next titles: products of sparse rows, and the best of each row.

Both release the interpreter's lock and write only into arrays that their caller made for them.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.recommend.kernels_ranking import offer, settle

#: Scores are whole numbers of millionths, so that equal likeness is a tie on every machine.
DIGITS = np.float32(1_000_000)
#: Entries of a row that are compared with the worst of the best together: most hold none better.
_RUN = 64


@numba.njit(nogil=True, cache=True)
def add_products(
    indptr: IntArray,
    indices: IntArray,
    data: FloatArray,
    done: NDArray[np.bool_],
    columns_indptr: IntArray,
    columns_indices: IntArray,
    columns_data: FloatArray,
    likeness: FloatArray,
) -> None:
    """Add the products of rows with other rows, which are given by feature, to what is there.

    Parameters
    ----------
    indptr, indices, data
        CSR arrays of shape (n, n_features).
    done : ndarray of shape (n_features,), bool
        Features that are left out.
    columns_indptr, columns_indices, columns_data
        CSC arrays of shape (m, n_features).
    likeness : ndarray of shape (n, m), float32
    """
    for row in range(indptr.shape[0] - 1):
        out = likeness[row]
        for at in range(indptr[row], indptr[row + 1]):
            feature, weight = indices[at], data[at]
            if done[feature]:
                continue
            for other in range(columns_indptr[feature], columns_indptr[feature + 1]):
                out[columns_indices[other]] += weight * columns_data[other]


@numba.njit(nogil=True, cache=True)
def likest(
    likeness: FloatArray,
    numbers: IntArray,
    others: IntArray,
    columns: IntArray,
    scores: FloatArray,
) -> None:
    """Find the columns of greatest likeness in each row, above 0 and of another title.

    Parameters
    ----------
    likeness : ndarray of shape (n, m), float32
    numbers, others : ndarrays of shape (n,) and (m,), int32
        Titles of the rows and columns; the columns' rise, which decides ties.
    columns : ndarray of shape (n, most), int32
        Written: the best first; left as they are where there are fewer.
    scores : ndarray of shape (n, most), float32
        Written: their likeness in millionths, whole.
    """
    n, most = likeness.shape[1], columns.shape[1]
    for row in range(likeness.shape[0]):
        alike, best, heap = likeness[row], columns[row], scores[row]
        size = 0
        # What cannot round to more than the worst of the best is passed over as it is.
        floor = np.float32(0.5)
        for start in range(0, n, _RUN):
            stop = min(start + _RUN, n)
            above = 0
            for column in range(start, stop):
                above += alike[column] * DIGITS > floor
            if above == 0:
                continue
            for column in range(start, stop):
                score = np.rint(alike[column] * DIGITS)
                if score > floor and others[column] != numbers[row]:
                    size = offer(heap, best, size, score, column)
                    if size == most:
                        floor = heap[0]
        settle(heap, best, size)
