"""Ratings for fitting and ratings for testing.

Whole users are held out by `reelhouse.evaluation.held_out_users`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import EvaluationError

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Where the ratings of either side stand; each rating is on one side, once.

    Attributes
    ----------
    train, test : ndarray of int64, ascending
        Positions in the arrays that were split.
    """

    train: IntArray
    test: IntArray


def random_split(n_ratings: int, *, share: float = 0.2, seed: int) -> Split:
    """Split ratings at random, whoever gave them.

    Parameters
    ----------
    n_ratings : int
    share : float
        Of the ratings, for testing; rounded to the nearest number of ratings.
    seed : int

    Raises
    ------
    EvaluationError
        A side would be empty.
    """
    n_test = _n_test(n_ratings, share)
    is_test = np.zeros(n_ratings, dtype=np.bool_)
    is_test[np.random.default_rng(seed).permutation(n_ratings)[:n_test]] = True
    return _split(is_test)


def temporal_split(times: NDArray[Any], *, share: float = 0.2) -> Split:
    """Split ratings at one moment for all users: what is tested lies after what was learned.

    Ratings of one moment stay together. The test side is therefore smaller than asked where the
    border falls into a moment, and larger only where the last moment alone is.

    Parameters
    ----------
    times : ndarray of shape (n_ratings,)
        Dates, or numbers that grow with time.
    share : float
        Of the ratings, for testing.

    Raises
    ------
    EvaluationError
        A side would be empty: all ratings are of one moment.
    """
    n_test = _n_test(times.size, share)
    ordered = np.sort(times)
    first = ordered[-n_test]
    if first == ordered[-n_test - 1]:
        # The moment lies across the border: it is learned from, unless it is the last one.
        later = np.searchsorted(ordered, first, side="right")
        first = ordered[later] if later < times.size else first
    is_test = times >= first
    if is_test.all():
        raise EvaluationError(
            f"{times.size} ratings have 1 moment ({first}), expected at least 2 to split by time"
        )
    return _split(is_test)


def leave_last_n(
    users: NDArray[np.integer], times: NDArray[Any], n: int = 1, *, seed: int
) -> Split:
    """Hold out each user's last ratings.

    A user with `n` ratings or fewer is learned from and not tested: nothing would be left to know
    them by.

    Parameters
    ----------
    users : ndarray of shape (n_ratings,)
        Who gave each rating.
    times : ndarray of shape (n_ratings,)
        When.
    n : int
        Ratings of each user that are held out.
    seed : int
        Decides between ratings that a user gave in the same moment.

    Raises
    ------
    EvaluationError
        `n` is not positive, or no user has more than `n` ratings.
    """
    if n < 1 or users.size != times.size:
        raise EvaluationError(
            f"n={n} with {users.size} users and {times.size} times, expected n >= 1 and as many "
            "users as times"
        )
    draw = np.random.default_rng(seed).permutation(users.size)
    order = np.lexsort((draw, times, users))
    _, starts, counts = np.unique(users[order], return_index=True, return_counts=True)
    from_end = np.repeat(starts + counts, counts) - np.arange(users.size)
    is_test = np.zeros(users.size, dtype=np.bool_)
    is_test[order] = (from_end <= n) & (np.repeat(counts, counts) > n)
    if not is_test.any():
        raise EvaluationError(f"no user has more than {n} ratings, expected at least one to test")
    return _split(is_test)


def _n_test(n_ratings: int, share: float) -> int:
    n_test = round(n_ratings * share)
    if not 0 < n_test < n_ratings:
        raise EvaluationError(
            f"share={share} of {n_ratings} ratings holds out {n_test}, expected 1 to "
            f"{n_ratings - 1}"
        )
    return n_test


def _split(is_test: NDArray[np.bool_]) -> Split:
    return Split(np.flatnonzero(~is_test), np.flatnonzero(is_test))
