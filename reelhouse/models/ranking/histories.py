"""What the models that rank take from a history, and how they complain of one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import RecommendationError
from reelhouse.recommend.on_ratings import PRIOR
from reelhouse.recommend.rated import RatedTitles


def learned_from(known: RatedTitles, name: str) -> sparse.csr_matrix:
    """History of the users who saw something, weights of each brought to a mean of 1.

    Raises
    ------
    RecommendationError
        When nobody saw anything.
    """
    if known.history.nnz == 0:
        raise RecommendationError(f"{name} is given 0 seen titles, required is at least 1")
    somebody = np.diff(known.history.indptr) > 0
    return mean_one(known.history if somebody.all() else known.history[np.flatnonzero(somebody)])


def mean_one(history: sparse.csr_matrix) -> sparse.csr_matrix:
    """Weights of each row brought to a mean of 1: only their proportions say anything."""
    counts = np.diff(history.indptr)
    totals = np.asarray(history.sum(axis=1, dtype=np.float64)).ravel()
    scales = np.divide(counts, totals, out=np.ones(counts.size), where=totals > 0)
    return weighed_rows(history, scales)


def weighed_rows(history: sparse.csr_matrix, weights: NDArray[np.floating]) -> sparse.csr_matrix:
    """Multiply each row by its weight; what was seen is shared, not copied."""
    each = np.repeat(weights.astype(np.float32), np.diff(history.indptr))
    return sparse.csr_matrix(
        (history.data * each, history.indices, history.indptr.astype(np.int64)),
        shape=history.shape,
    )


def prior_of(known: RatedTitles) -> FloatArray:
    """What orders titles that are otherwise equal: their popularity, shape (n_titles,)."""
    prior: FloatArray = (PRIOR * known.popularity).astype(np.float32)
    return prior
