"""Whole users held out: how a recommender serves users whom it has never seen.

References
----------
Liang, D., Krishnan, R. G., Hoffman, M. D. and Jebara, T. (2018). Variational autoencoders for
    collaborative filtering. WWW (the protocol).
Marlin, B. (2004). Collaborative filtering: a machine learning perspective (strong
    generalization).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import EvaluationError

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class UserProtocol:
    """What counts as liked, who takes part, and how much of a held-out user is shown.

    Attributes
    ----------
    threshold : float
        A rating of at least this is a positive; all others are left out.
    min_positives : int
        Users with fewer take no part.
    min_training : int
        Titles with fewer positives of training users are left out, of the held-out users too.
    fold_in : float
        Share of a held-out user's titles that a recommender is shown.
    """

    threshold: float = 4.0
    min_positives: int = 5
    min_training: int = 1
    fold_in: float = 0.8


@dataclass(frozen=True)
class HeldOutUsers:
    """Users whom nothing is learned from.

    Attributes
    ----------
    user_index : ndarray of shape (n_users,), int64
        Their rows in the matrix that was split.
    fold_in : csr_matrix of shape (n_users, n_titles), float32
        What a recommender is shown: 1.0 for each positive.
    held_out : csr_matrix of shape (n_users, n_titles), float32
        What it should find. A row is empty where a user has too few titles to hold any out.
    """

    user_index: IntArray
    fold_in: sparse.csr_matrix
    held_out: sparse.csr_matrix


@dataclass(frozen=True)
class UserSplit:
    """Users to learn from, to choose settings with, and to test on; nobody is in two of them.

    Attributes
    ----------
    title_index : ndarray of shape (n_titles,), int64, ascending
        Column of each remaining title in the matrix that was split.
    user_index : ndarray of shape (n_train,), int64
        Rows of the training users in that matrix.
    train : csr_matrix of shape (n_train, n_titles), float32
        1.0 for each positive.
    validation, test : HeldOutUsers
    """

    title_index: IntArray
    user_index: IntArray
    train: sparse.csr_matrix
    validation: HeldOutUsers
    test: HeldOutUsers


def strong_generalization(
    ratings: sparse.csr_matrix,
    *,
    n_validation: int,
    n_test: int,
    seed: int,
    protocol: UserProtocol | None = None,
) -> UserSplit:
    """Hold out whole users, and of each a share of their titles.

    The protocol of Liang et al. (2018): ratings become positives; users with few positives are
    left out; the others are divided at random; only titles that training users liked remain; of
    a held-out user with at least `min_positives` of these, a random fifth (rounded down) is to be
    found from the rest. Held-out users who have fewer left have nothing held out.

    Parameters
    ----------
    ratings : csr_matrix of shape (n_users, n_titles)
        Ratings as stored values.
    n_validation, n_test : int
        Users held out to choose settings with, and to test on.
    seed : int
    protocol : UserProtocol or None
        None: that of the paper.

    Raises
    ------
    EvaluationError
        Fewer users have enough positives than would be held out and one to learn from.
    """
    protocol = protocol or UserProtocol()
    positives = _positives(ratings, protocol.threshold)
    users = np.flatnonzero(np.diff(positives.indptr) >= protocol.min_positives)
    if min(n_validation, n_test) < 0 or users.size <= n_validation + n_test:
        raise EvaluationError(
            f"{users.size} users have {protocol.min_positives} positives or more, expected more "
            f"than n_validation={n_validation} and n_test={n_test} together"
        )
    rng = np.random.default_rng(seed)
    users = rng.permutation(users)
    parts = np.split(users, [users.size - n_validation - n_test, users.size - n_test])
    learned, chosen, tested = (np.sort(part) for part in parts)
    train = positives[learned]
    counts = np.bincount(train.indices, minlength=train.shape[1])
    title_index = np.flatnonzero(counts >= protocol.min_training)
    return UserSplit(
        title_index,
        learned,
        _columns(train, title_index),
        _held_out(_columns(positives[chosen], title_index), chosen, protocol, rng),
        _held_out(_columns(positives[tested], title_index), tested, protocol, rng),
    )


def shown_at_most(users: HeldOutUsers, n: int, *, seed: int) -> HeldOutUsers:
    """Make beginners of held-out users: at most `n` titles are shown, all others are to be found.

    Parameters
    ----------
    users : HeldOutUsers
    n : int
        Titles that remain in each fold-in, drawn at random.
    seed : int
    """
    shown = users.fold_in
    rows = np.repeat(np.arange(shown.shape[0]), np.diff(shown.indptr))
    hidden = _drawn(shown.indptr, np.diff(shown.indptr) - n, np.random.default_rng(seed))
    return HeldOutUsers(
        users.user_index,
        _ones(rows[~hidden], shown.indices[~hidden], shown.shape),
        (users.held_out + _ones(rows[hidden], shown.indices[hidden], shown.shape)).tocsr(),
    )


def _positives(ratings: sparse.csr_matrix, threshold: float) -> sparse.csr_matrix:
    liked = ratings.data >= threshold
    rows = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))[liked]
    return _ones(rows, ratings.indices[liked], ratings.shape)


def _columns(matrix: sparse.csr_matrix, title_index: IntArray) -> sparse.csr_matrix:
    chosen = matrix[:, title_index]
    chosen.indices = chosen.indices.astype(np.int32, copy=False)
    return chosen


def _held_out(
    users: sparse.csr_matrix, user_index: IntArray, protocol: UserProtocol, rng: np.random.Generator
) -> HeldOutUsers:
    counts = np.diff(users.indptr)
    rows = np.repeat(np.arange(counts.size), counts)
    # The small number keeps 0.2 of 5 at 1, whatever 1 - 0.8 is in binary.
    n_hidden = np.floor((1 - protocol.fold_in) * counts + 1e-9).astype(np.int64)
    n_hidden[counts < protocol.min_positives] = 0
    hidden = _drawn(users.indptr, n_hidden, rng)
    return HeldOutUsers(
        user_index,
        _ones(rows[~hidden], users.indices[~hidden], users.shape),
        _ones(rows[hidden], users.indices[hidden], users.shape),
    )


def _drawn(
    indptr: NDArray[np.integer], n_drawn: NDArray[np.integer], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw so many entries of each row, all of them where there are not more."""
    counts = np.diff(indptr)
    rows = np.repeat(np.arange(counts.size), counts)
    # In a random order of each row's entries the first ones are drawn.
    order = np.lexsort((rng.random(rows.size), rows))
    place = np.arange(rows.size) - np.repeat(indptr[:-1], counts)
    drawn = np.zeros(rows.size, dtype=np.bool_)
    drawn[order] = place < np.repeat(n_drawn, counts)
    return drawn


def _ones(
    rows: NDArray[np.integer], columns: NDArray[np.integer], shape: tuple[int, int]
) -> sparse.csr_matrix:
    """A CSR matrix of 1.0 from rows in ascending order."""
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
    entries = (np.ones(rows.size, np.float32), columns.astype(np.int32), indptr.astype(np.int32))
    matrix = sparse.csr_matrix(entries, shape=shape)
    matrix.sort_indices()
    return matrix
