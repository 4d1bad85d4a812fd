"""Maximal marginal relevance: choosing one title after the other, by score and by being new."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.recommend.base import NO_TITLE, Ranked

#: Scores are rounded so that equal ones are a tie on every machine.
_DIGITS = 6


def rerank(
    pool: Ranked,
    listed: NDArray[np.int32],
    vectors: sparse.csr_matrix,
    share: float,
    n: int,
) -> Ranked:
    """Choose `n` titles of each user's pool.

    Parameters
    ----------
    pool : Ranked
    listed : ndarray of shape (n_listed,), int32, ascending
        All titles of the pool.
    vectors : csr_matrix of shape (n_listed, n_features)
        Of unit length.
    share : float, 0 to 1
        What likeness to titles chosen before counts.
    n
        Most titles per user.
    """
    found = Ranked.empty(pool.titles.shape[0], n)
    for user in range(pool.titles.shape[0]):
        titles = pool.titles[user][pool.titles[user] != NO_TITLE]
        if titles.size:
            likeness = _likeness(vectors[np.searchsorted(listed, titles)])
            scores = pool.scores[user][: titles.size]
            places, values = _choose(scores, likeness, titles, share, min(n, titles.size))
            # Equal values side by side go by column, as everywhere.
            order = np.lexsort((titles[places], -values))
            found.titles[user, : order.size] = titles[places][order]
            found.scores[user, : order.size] = values[order]
    return found


def _likeness(vectors: sparse.csr_matrix) -> NDArray[np.float64]:
    # In float64 and rounded: the same for a user alone and among others.
    wide = vectors.astype(np.float64)
    found: NDArray[np.float64] = (wide @ wide.T).toarray().round(_DIGITS)
    return found


def _choose(
    scores: FloatArray,
    likeness: NDArray[np.float64],
    titles: NDArray[np.int32],
    share: float,
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places of the chosen in the pool, and the values at which they were chosen."""
    highest = float(scores[0])
    relevance = scores.astype(np.float64) / highest if highest > 0 else np.zeros(scores.size)
    nearest = np.zeros(scores.size)
    free = np.ones(scores.size, dtype=np.bool_)
    places, values = np.empty(n, dtype=np.int64), np.empty(n)
    for taken in range(n):
        worth = ((1 - share) * relevance - share * nearest).round(_DIGITS)
        worth[~free] = -np.inf
        best = worth.max()
        # The pool is in order: of equals the first is the one with the better score.
        place = int(np.flatnonzero(worth == best)[0])
        places[taken], values[taken] = place, best
        free[place] = False
        nearest = np.maximum(nearest, likeness[place])
    return places, values
