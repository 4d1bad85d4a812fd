"""Whether recommendations lean to what is seen much anyway, more than users do.

References
----------
Abdollahpouri, H., Mansoury, M., Burke, R. and Mobasher, B. (2019). The unfairness of popularity
    bias in recommendation. RMSE workshop at RecSys (group average popularity and its shift).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.evaluation.ranking import FloatArray
from reelhouse.evaluation.variety import IntArray, list_means, mean_of_known

#: Share of the titles, the most seen ones, that are no long tail.
HEAD_SHARE = 0.2


@dataclass(frozen=True)
class PopularityBias:
    """How popular recommended titles are, beside what their users chose themselves.

    Attributes
    ----------
    recommended : float
        Mean over users of the mean popularity of their list; popularity is the share of the
        training users who have seen a title.
    history : float
        The same of the users' histories.
    long_tail : float
        Share of the recommended places that are outside the most seen fifth of the titles.
    """

    recommended: float
    history: float
    long_tail: float

    @property
    def shift(self) -> float:
        """Relative change: 0 where lists are as popular as histories, 1 where twice so."""
        return self.recommended / self.history - 1.0


def popularity_bias(
    titles: IntArray, history: sparse.csr_matrix, counts: IntArray, n_users: int
) -> PopularityBias:
    """Compare lists with the histories that they were made from.

    Parameters
    ----------
    titles : ndarray of shape (n_served, n)
        -1 where a list ends early.
    history : csr_matrix of shape (n_served, n_titles)
        Users without history or without a list take part in what they have.
    counts : ndarray of shape (n_titles,)
        Training users who have seen each title.
    n_users : int
        Training users.

    Raises
    ------
    EvaluationError
        No user has a list, or none has a history.
    """
    popularity = counts / n_users
    tail = long_tail(counts).astype(np.float64)
    return PopularityBias(
        mean_of_known(list_means(titles, popularity)),
        mean_of_known(_row_means(history, popularity)),
        float(tail[titles[titles >= 0]].mean()),
    )


def long_tail(counts: IntArray, *, head_share: float = HEAD_SHARE) -> NDArray[np.bool_]:
    """Titles outside the most seen ones; among equally seen titles those of later columns.

    >>> long_tail(np.array([1, 9, 1, 2, 1])).tolist()
    [True, False, True, True, True]

    Parameters
    ----------
    counts : ndarray of shape (n_titles,)
    head_share : float
        Share of the titles that are the head, rounded up.
    """
    n_head = int(np.ceil(head_share * counts.size))
    tail = np.ones(counts.size, dtype=np.bool_)
    tail[np.argsort(-counts, kind="stable")[:n_head]] = False
    return tail


def _row_means(history: sparse.csr_matrix, values: FloatArray) -> FloatArray:
    sizes = np.diff(history.indptr)
    seen = sparse.csr_matrix(
        (np.ones(history.indices.size), history.indices, history.indptr), shape=history.shape
    )
    means: FloatArray = np.where(sizes > 0, (seen @ values) / np.maximum(sizes, 1), np.nan)
    return means
