"""The one interface of all recommenders, and the shapes of what goes in and comes out.

A *history* is what users saw, a `scipy.sparse.csr_matrix` of shape (n_users, n_titles): rows are
users, columns titles, values float32, indices int32, no zero is stored. A value is the weight of
what was seen: a rating, or 1 where it only counts that it was liked. Within a row only the
proportions of the weights matter. "Liked titles" are a history of one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import RecommendationError

#: Stands in `Ranked.titles` where there is no title any more.
NO_TITLE = -1
#: `Recommendation.cluster_id` of a title without a cluster.
NO_CLUSTER = -1

#: What a recommender learns from: a published catalogue, or titles with ratings.
Known_contra = TypeVar("Known_contra", contravariant=True)


@dataclass(frozen=True)
class Ranked:
    """The best titles of each user: a row per user, the best first, ties by lower column.

    Attributes
    ----------
    titles : ndarray of shape (n_users, n), int32
        Columns of the history; `NO_TITLE` at the end of a row where fewer than n were found.
        Never a title of the user's history.
    scores : ndarray of shape (n_users, n), float32
        Finite, never rising along a row; 0 where there is no title. Only scores of the same
        recommender and user compare.
    """

    titles: NDArray[np.int32]
    scores: NDArray[np.float32]

    @classmethod
    def empty(cls, n_users: int, n: int) -> Self:
        """No title for anybody."""
        return cls(
            np.full((n_users, n), NO_TITLE, dtype=np.int32),
            np.zeros((n_users, n), dtype=np.float32),
        )

    def row(self, user: int) -> list[tuple[int, float]]:
        """Columns and scores of one user, the best first."""
        found = self.titles[user] != NO_TITLE
        return list(
            zip(self.titles[user][found].tolist(), self.scores[user][found].tolist(), strict=True)
        )


@dataclass(frozen=True)
class Recommendation:
    """One recommended title.

    Attributes
    ----------
    title_id, title : str
    score : float
        Finite; higher is better. Only scores of the same recommender compare.
    reasons : tuple of str
        Why, in words; at least one.
    cluster_id : int
        The title's cluster; `NO_CLUSTER` where titles have none.
    source : str
        Name of the recommender that found it.
    """

    title_id: str
    title: str
    score: float
    reasons: tuple[str, ...]
    cluster_id: int
    source: str


class Recommender(Protocol[Known_contra]):
    """Recommends titles from what somebody saw; the same question has the same answer."""

    name: ClassVar[str]
    """What `--strategy` calls it."""

    def fit(self, known: Known_contra) -> Self:
        """Learn; returns the recommender itself."""

    def recommend_users(self, history: sparse.csr_matrix, n: int = 10) -> Ranked:
        """Recommend to many users at once, in blocks of bounded memory.

        Parameters
        ----------
        history : csr_matrix of shape (n_users, n_titles)
            Of any users, not only those that were learned from. A user alone gets the very same
            answer as among others.
        n
            Most titles per user.

        Raises
        ------
        RecommendationError
            When the number of columns is not that of the titles learned, or a value is not a
            positive number.
        """

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend up to `n` titles to whoever likes these, with reasons.

        Fewer come back when fewer have a reason.

        Parameters
        ----------
        liked
            Names or title ids. A name that several works share means all of them.

        Raises
        ------
        UnknownTitleError
            When no title is given or one is unknown; the message gives near names.
        """

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""


def checked_history(history: sparse.csr_matrix, n_titles: int) -> sparse.csr_matrix:
    """Bring a history to the form that recommenders take: canonical CSR, float32, int32.

    Raises
    ------
    RecommendationError
        When the number of columns is not `n_titles`, or a value is not a positive number.
    """
    if history.shape[1] != n_titles:
        raise RecommendationError(
            f"the history has {history.shape[1]} titles, the recommender learned {n_titles}"
        )
    if not history.has_canonical_format:
        history = history.copy()
        history.sum_duplicates()
    values = history.data.astype(np.float32, copy=False)
    if values.size and not (values.min() > 0 and np.isfinite(values.max())):
        raise RecommendationError(
            "the history holds a weight that is not above 0 and finite; "
            "required is one for each title seen and none for the rest"
        )
    found = sparse.csr_matrix(
        (
            values,
            history.indices.astype(np.int32, copy=False),
            history.indptr.astype(np.int64, copy=False),
        ),
        shape=history.shape,
    )
    found.has_sorted_indices = found.has_canonical_format = True
    return found
