"""How well ranked lists find the titles that were held out.

A held-out title counts as relevant whatever its rating. A place that holds no title (-1) is a miss.

References
----------
Järvelin, K. and Kekäläinen, J. (2002). Cumulated gain-based evaluation of IR techniques. ACM
    TOIS 20 (NDCG).
Voorhees, E. M. (1999). The TREC-8 question answering track report (reciprocal rank).
Liang, D. et al. (2018). Variational autoencoders for collaborative filtering. WWW (Recall whose
    denominator is capped at the cut-off).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import EvaluationError

FloatArray = NDArray[np.float64]

# Places held in memory at once while lists are looked up or summed.
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Hits:
    """Which places of each user's list hold a title that was held out for that user.

    Users with nothing held out take no part: no list of theirs could be right.

    Attributes
    ----------
    user_index : ndarray of shape (n_users,), int64, ascending
        Rows of the users who take part.
    at : ndarray of shape (n_users, n), bool
    n_held_out : ndarray of shape (n_users,), int64, positive
    """

    user_index: NDArray[np.int64]
    at: NDArray[np.bool_]
    n_held_out: NDArray[np.int64]


def find_hits(titles: NDArray[np.integer], held_out: sparse.csr_matrix) -> Hits:
    """Look the recommended titles up among the held-out ones.

    Parameters
    ----------
    titles : ndarray of shape (n_users, n)
        Columns of `held_out`, the best first; -1 where a list ends early.
    held_out : csr_matrix of shape (n_users, n_titles)

    Raises
    ------
    EvaluationError
        The numbers of users differ, a title is no column, a list repeats a title, or no user has
        anything held out.
    """
    n_users, n_titles = held_out.shape
    if titles.ndim != 2 or titles.shape[0] != n_users:
        raise EvaluationError(
            f"titles has shape {titles.shape}, expected one row for each of {n_users} users"
        )
    counts = np.diff(held_out.indptr).astype(np.int64)
    user_index = np.flatnonzero(counts)
    if user_index.size == 0:
        raise EvaluationError(f"none of {n_users} users has a title held out, expected at least 1")
    at = np.empty((user_index.size, titles.shape[1]), dtype=np.bool_)
    for rows in blocks(user_index.size, titles.shape[1]):
        users = user_index[rows]
        require_lists(titles[users], n_titles)
        at[rows] = _are_in(titles[users], held_out[users])
    return Hits(user_index, at, counts[user_index])


def precision(hits: Hits, k: int) -> FloatArray:
    """Share of the first `k` places that are hits, per user.

    Parameters
    ----------
    hits : Hits
    k : int
        The cut-off, at most the length of the lists.

    Returns
    -------
    ndarray of shape (n_users,)

    Raises
    ------
    EvaluationError
        `k` is not between 1 and the length of the lists; so for every metric here.
    """
    return n_hits(hits, k) / k


def recall(hits: Hits, k: int) -> FloatArray:
    """Share of all held-out titles that are in the first `k` places, per user.

    A user with more than `k` held-out titles cannot reach 1.
    """
    return n_hits(hits, k) / hits.n_held_out


def capped_recall(hits: Hits, k: int) -> FloatArray:
    """Share of the hits that `k` places could hold, per user: denominator min(k, held-out).

    What Liang et al. (2018) call Recall@k; 1 is always within reach.
    """
    return n_hits(hits, k) / np.minimum(k, hits.n_held_out)


def ndcg(hits: Hits, k: int) -> FloatArray:
    """Discounted hits of the first `k` places over those of the best order, per user.

    A hit at place r is worth 1 / log2(r + 1).
    """
    _require_cut_off(hits, k)
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(discounts)[np.minimum(k, hits.n_held_out) - 1]
    found: FloatArray = _row_sums(hits, k, discounts) / best
    return found


def average_precision(hits: Hits, k: int) -> FloatArray:
    """Mean of the precisions at each hit of the first `k` places, per user; its mean is MAP@k.

    The denominator is min(k, held-out), so that 1 is within reach; trec_eval's `map_cut` divides
    by all held-out titles instead.
    """
    _require_cut_off(hits, k)
    found = np.empty(hits.n_held_out.size)
    for rows in blocks(found.size, k):
        at = hits.at[rows, :k]
        precisions = np.cumsum(at, axis=1) / np.arange(1, k + 1)
        found[rows] = (precisions * at).sum(axis=1)
    return found / np.minimum(k, hits.n_held_out)


def reciprocal_rank(hits: Hits, k: int) -> FloatArray:
    """One over the place of the first hit, 0 without one in `k` places, per user."""
    _require_cut_off(hits, k)
    at = hits.at[:, :k]
    return np.where(at.any(axis=1), 1.0 / (at.argmax(axis=1) + 1), 0.0)


def hit_rate(hits: Hits, k: int) -> FloatArray:
    """1 where one of the first `k` places is a hit, else 0, per user."""
    return (n_hits(hits, k) > 0).astype(np.float64)


def n_hits(hits: Hits, k: int) -> NDArray[np.int64]:
    """Hits in the first `k` places, per user."""
    _require_cut_off(hits, k)
    found: NDArray[np.int64] = hits.at[:, :k].sum(axis=1)
    return found


def blocks(n_users: int, width: int) -> Iterator[slice]:
    """Cut users into blocks whose arrays of `width` columns fit into bounded memory."""
    step = max(1, _BLOCK // max(width, 1))
    for start in range(0, n_users, step):
        yield slice(start, min(start + step, n_users))


def require_lists(titles: NDArray[np.integer], n_titles: int) -> None:
    """Refuse lists with titles that are no columns, or that hold one twice.

    Raises
    ------
    EvaluationError
        It names the first such row.
    """
    ordered = np.sort(titles, axis=1)
    outside = (ordered < -1) | (ordered >= n_titles)
    if outside.any():
        row, place = np.argwhere(outside)[0]
        raise EvaluationError(
            f"row {row} recommends title {ordered[row, place]}, expected -1 to {n_titles - 1}"
        )
    twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
    if twice.any():
        row, place = np.argwhere(twice)[0]
        raise EvaluationError(
            f"row {row} recommends title {ordered[row, place]} twice, expected each title once"
        )


def _are_in(titles: NDArray[np.integer], held_out: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Whether each title is stored in its row; at least one entry must be."""
    n_rows, n_titles = held_out.shape
    # User and title as one number: then one sorted array holds all that is to be found.
    rows = np.arange(n_rows, dtype=np.int64)[:, np.newaxis] * n_titles
    stored = np.repeat(rows.ravel(), np.diff(held_out.indptr)) + held_out.indices
    stored.sort()
    wanted = rows + titles
    places = np.minimum(np.searchsorted(stored, wanted), stored.size - 1)
    found: NDArray[np.bool_] = (stored[places] == wanted) & (titles >= 0)
    return found


def _row_sums(hits: Hits, k: int, weights: FloatArray) -> FloatArray:
    sums = np.empty(hits.n_held_out.size)
    for rows in blocks(sums.size, k):
        sums[rows] = hits.at[rows, :k] @ weights
    return sums


def _require_cut_off(hits: Hits, k: int) -> None:
    if not 1 <= k <= hits.at.shape[1]:
        raise EvaluationError(
            f"cut-off {k} of lists of {hits.at.shape[1]} titles, expected 1 to the length"
        )
