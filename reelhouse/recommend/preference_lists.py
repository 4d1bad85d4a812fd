"""Titles by the preference of groups of users, and the best titles of a mixture of groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.recommend.base import Ranked
from reelhouse.recommend.kernels_ranking import best_of_mixtures

#: Titles of which a user's search looks at about so many, for the sharing out of work.
_LOOKED_AT = 300
#: What `ViewerClusters` and the lists of a viewers run take by default: average users added to each
#: cluster, the power of the lift, and how fast the weight of a cluster falls with distance.
SHRINKAGE, EMPHASIS, SHARPNESS = 5.0, 1.2, 20.0


def preferred_shares(
    viewings: NDArray[np.floating[Any]],
    sizes: NDArray[np.integer[Any]],
    overall: NDArray[np.float64],
    *,
    shrinkage: float,
    emphasis: float,
) -> tuple[FloatArray, FloatArray]:
    """What groups of users, and in the last row all users, prefer.

    The share of a group that saw a title is drawn towards that of all by `shrinkage` average users;
    its lift is that share over the share of all, and the value is overall * lift ** emphasis.

    Parameters
    ----------
    viewings : ndarray of shape (n_groups, n_titles), float64
        By the users of each group, in units of an average one.
    sizes : ndarray of shape (n_groups,)
        Users of each group.
    overall : ndarray of shape (n_titles,), float64
        Viewings by an average user.

    Returns
    -------
    values : ndarray of shape (n_groups + 1, n_titles), float32
    lift : ndarray of shape (n_groups, n_titles), float32
        0 where nobody saw a title.
    """
    shares = (viewings + shrinkage * overall) / (sizes + shrinkage)[:, None]
    lift = np.divide(shares, overall, out=np.zeros_like(shares), where=overall > 0)
    values = np.vstack([overall * lift**emphasis, overall])
    return values.astype(np.float32), lift.astype(np.float32)


@dataclass(frozen=True)
class PreferenceLists:
    """What each group of users prefers.

    Attributes
    ----------
    values : ndarray of shape (n_groups, n_titles), float32
        None below 0.
    order : ndarray of shape (n_groups, n_titles), int32
        Titles of each group by falling value, ties by column.
    """

    values: FloatArray
    order: IntArray

    @classmethod
    def of(cls, values: FloatArray) -> Self:
        """Sort the titles of each group."""
        order = np.argsort(-values, axis=1, kind="stable").astype(np.int32)
        return cls(np.ascontiguousarray(values, dtype=np.float32), order)

    def rank(
        self, history: sparse.csr_matrix, groups: IntArray, weights: FloatArray, found: Ranked
    ) -> None:
        """Write the best unseen titles of each user by the weighted sum of its groups' values.

        Parameters
        ----------
        history : csr_matrix of shape (n_users, n_titles)
        groups, weights : ndarrays of shape (n_users, n_mixed)
            No weight below 0.
        found : Ranked
            Empty, of n_users rows.
        """
        indptr = history.indptr.astype(np.int64)
        in_pieces(
            lambda first, last: best_of_mixtures(
                first, last, indptr, history.indices, groups, weights, self.values, self.order,
                found.titles, found.scores,
            ),
            history.shape[0], None, work=history.nnz + history.shape[0] * _LOOKED_AT,
        )  # fmt: skip
