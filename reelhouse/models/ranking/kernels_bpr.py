"""Compiled gradient steps that put a title seen above one not seen."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray

#: Multiplier and increment of Knuth's linear congruential generator modulo 2**64.
_MULTIPLIER = np.uint64(6364136223846793005)
_INCREMENT = np.uint64(1442695040888963407)
_SHIFT = np.uint64(33)


@numba.njit(nogil=True, cache=True, inline="always")
def _saw(columns: IntArray, title: int) -> bool:
    """Whether a title is among ascending columns."""
    low, high = 0, columns.shape[0]
    while low < high:
        middle = (low + high) // 2
        if columns[middle] < title:
            low = middle + 1
        else:
            high = middle
    return bool(low < columns.shape[0] and columns[low] == title)


@numba.njit(nogil=True, cache=True, inline="always")
def _pull(
    user: FloatArray, seen: int, other: int, factors: FloatArray, biases: FloatArray
) -> np.float32:
    """How far the pair is from its order: 1 where it is upside down, 0 where all is well."""
    gap = biases[seen] - biases[other]
    for f in range(user.shape[0]):
        gap += user[f] * (factors[seen, f] - factors[other, f])
    return np.float32(1.0 / (1.0 + math.exp(gap)))


@numba.njit(nogil=True, cache=True)
def learn_pairs(
    places: IntArray,
    drawn: IntArray,
    users: IntArray,
    starts: NDArray[np.int64],
    titles: IntArray,
    rate: np.float32,
    regularization: np.float32,
    user_factors: FloatArray,
    title_factors: FloatArray,
    title_biases: FloatArray,
) -> None:
    """Take a step for each of some titles seen, in order.

    Parameters
    ----------
    places : ndarray of shape (n,)
        Which of the titles seen, as they stand in the history.
    drawn : ndarray of shape (n, n_tries)
        Titles that each is compared with: the first that the user did not see. No step is taken
        where all were seen.
    users : ndarray of shape (nnz,), int32
    starts, titles
        CSR arrays of the history.
    rate, regularization : float
        Step width, and weight of the squares of what takes part.
    user_factors, title_factors : ndarray of shape (n, n_factors), float32
        Changed.
    title_biases : ndarray of shape (n_titles,), float32
        Changed.
    """
    for at in range(places.shape[0]):
        seen, row = titles[places[at]], users[places[at]]
        columns = titles[starts[row] : starts[row + 1]]
        other = -1
        for one in drawn[at]:
            if not _saw(columns, one):
                other = one
                break
        if other < 0:
            continue
        user = user_factors[row]
        pull = rate * _pull(user, seen, other, title_factors, title_biases)
        shrink = np.float32(1.0) - rate * regularization
        title_biases[seen] = title_biases[seen] * shrink + pull
        title_biases[other] = title_biases[other] * shrink - pull
        for f in range(user.shape[0]):
            mine, liked, left = user[f], title_factors[seen, f], title_factors[other, f]
            user[f] = mine * shrink + pull * (liked - left)
            title_factors[seen, f] = liked * shrink + pull * mine
            title_factors[other, f] = left * shrink - pull * mine


@numba.njit(nogil=True, cache=True)
def fold_in(
    starts: NDArray[np.int64],
    titles: IntArray,
    weights: FloatArray,
    rounds: int,
    rate: np.float32,
    regularization: np.float32,
    title_factors: FloatArray,
    title_biases: FloatArray,
    out: FloatArray,
) -> None:
    """Learn the factors of users alone; those of titles stay.

    Each user is compared with the same row of random titles, whoever else is asked about.

    Parameters
    ----------
    starts, titles, weights
        CSR arrays of the history; a weight makes a step longer.
    rounds : int
        How often each title seen is compared; the mean of the second half is taken.
    out : ndarray of shape (n_users, n_factors), float32
        Written; 0 for a user who saw nothing, or everything.
    """
    n_titles, n_factors = title_factors.shape
    user = np.empty(n_factors, np.float32)
    shrink = np.float32(1.0) - rate * regularization
    for row in range(out.shape[0]):
        columns = titles[starts[row] : starts[row + 1]]
        user[:] = np.float32(0.0)
        out[row] = np.float32(0.0)
        if columns.shape[0] == 0 or columns.shape[0] == n_titles:
            continue
        state = np.uint64(1)
        for turn in range(rounds):
            for at in range(columns.shape[0]):
                state = state * _MULTIPLIER + _INCREMENT
                other = int(state >> _SHIFT) % n_titles
                if _saw(columns, other):
                    continue
                seen = columns[at]
                pull = rate * weights[starts[row] + at]
                pull *= _pull(user, seen, other, title_factors, title_biases)
                for f in range(n_factors):
                    apart = title_factors[seen, f] - title_factors[other, f]
                    user[f] = user[f] * shrink + pull * apart
            if 2 * turn >= rounds:
                out[row] += user
        out[row] /= np.float32(rounds - (rounds + 1) // 2)
