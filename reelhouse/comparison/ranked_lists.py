"""Lists of the best titles: from models, and from scores of several models added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.base import RankingModel
from reelhouse.recommend.base import NO_TITLE, Ranked
from reelhouse.recommend.blending import Weights, weighted_sum
from reelhouse.recommend.kernels_ranking import best_of_rows

#: Length of the lists.
N = 100


def lists_of(
    model: RankingModel, history: sparse.csr_matrix, left_out: sparse.csr_matrix | None
) -> NDArray[np.int32]:
    """The best titles of each user, without those left out.

    Returns
    -------
    ndarray of shape (n_users, at most N), int32
    """
    n = min(N, history.shape[1])
    if left_out is None:
        return model.recommend_users(history, n).titles
    # So many more that enough remain whichever fall away.
    more = int(np.diff(left_out.indptr).max(initial=0))
    longer = model.recommend_users(history, min(n + more, history.shape[1])).titles
    return without(longer, left_out, n)


def without(titles: IntArray, left_out: sparse.csr_matrix, n: int) -> NDArray[np.int32]:
    """The first n titles of each list that are not left out; -1 where a list ends early.

    Parameters
    ----------
    titles : ndarray of shape (n_users, m)
    left_out : csr_matrix of shape (n_users, n_titles)
    n : int
    """
    n_users, n_titles = left_out.shape
    first = np.arange(n_users, dtype=np.int64) * n_titles
    refused = np.repeat(first, np.diff(left_out.indptr)) + left_out.indices
    out = np.isin(first[:, None] + titles, refused) | (titles == NO_TITLE)
    order = np.argsort(out, axis=1, kind="stable")[:, :n]
    kept = np.where(out, NO_TITLE, titles)
    found: NDArray[np.int32] = np.take_along_axis(kept, order, axis=1).astype(np.int32)
    return found


def standardized(scores: FloatArray) -> FloatArray:
    """Scores of each user, less their mean, over their deviation: models of any scale add up.

    Parameters
    ----------
    scores : ndarray of shape (n_users, n_titles)
    """
    wide = scores.astype(np.float64)
    wide -= wide.mean(axis=1, keepdims=True)
    deviation = wide.std(axis=1, keepdims=True)
    found: FloatArray = (wide / np.where(deviation > 0, deviation, 1.0)).astype(np.float32)
    return found


def stacked_lists(
    scores: Sequence[FloatArray],
    weights: Weights,
    history: sparse.csr_matrix,
    left_out: sparse.csr_matrix | None,
) -> NDArray[np.int32]:
    """The best titles by the weighted sum of standardized scores.

    Parameters
    ----------
    scores : sequence of ndarrays of shape (n_users, n_titles)
    weights : ndarray of shape (n_models,), float32
    history : csr_matrix of shape (n_users, n_titles)
        What users saw; never in a list.
    left_out : csr_matrix of shape (n_users, n_titles), or None
        What else is never in a list.
    """
    total = weighted_sum([standardized(one) for one in scores], weights)
    seen = history if left_out is None else (history + left_out).tocsr()
    seen.sort_indices()
    found = Ranked.empty(total.shape[0], min(N, total.shape[1]))
    best_of_rows(total, 0, seen.indptr.astype(np.int64), seen.indices, found.titles, found.scores)
    return found.titles
