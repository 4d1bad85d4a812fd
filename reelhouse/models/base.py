"""The one interface of all models: what they are made of, learn from, and answer.

A model is a dataclass of its settings; what it learned stands in attributes that end in `_`, all of
it in the arrays that `arrays` names, so that any model is saved without pickle. Models that predict
ratings are told apart from those that rank titles: few do both well.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import RecommendationError
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.ratings import Ratings
from reelhouse.recommend.on_ratings import RatingsRecommender, history_of
from reelhouse.recommend.rated import RatedTitles

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class CurvePoint:
    """What is known after one epoch.

    Attributes
    ----------
    epoch : int
        From 1.
    seconds : float
        Since fitting began, without what judging took.
    value : float or None
        On the validation split: RMSE (lower is better) or NDCG@100 (higher is better); None
        without such a split.
    """

    epoch: int
    seconds: float
    value: float | None


class Progress(Protocol):
    """Is told of every epoch; what it raises ends the fit (a tuner gives up this way)."""

    def __call__(self, point: CurvePoint, epochs: int) -> None:
        """Take note of an epoch of at most so many."""


class Model(ABC):
    """What all models have in common; a subclass is a dataclass of its settings.

    Attributes
    ----------
    curve_ : list of CurvePoint
        One for each epoch of the fit; empty for a model that is solved at once.
    epochs_ : int
        Epochs that the kept parameters come from; 0 for a model that is solved at once.
    """

    name: ClassVar[str]
    """What `--models` calls it."""
    family: ClassVar[str]
    """`baseline`, `matrix factorization`, `autoencoder` or `graph`."""
    curve_: list[CurvePoint]
    epochs_: int

    @abstractmethod
    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""

    @abstractmethod
    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """How many numbers were learned."""


class RatingModel(Model):
    """Predicts what a user would rate a title."""

    @abstractmethod
    def fit(
        self,
        train: Ratings,
        *,
        validation: Ratings | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from ratings.

        Parameters
        ----------
        validation : Ratings or None
            Of the same users and titles. Nothing is learned from it; it tells when to stop. None:
            all epochs are done.
        """

    @abstractmethod
    def predict(
        self,
        users: NDArray[np.integer],
        titles: NDArray[np.integer],
        days: NDArray[np.number] | None = None,
    ) -> FloatArray:
        """Predict ratings.

        Parameters
        ----------
        users, titles : ndarray of shape (n,)
            A user or title without ratings gets what is known of the other; a pair has the same
            answer alone as among others.
        days : ndarray of shape (n,) or None
            For models that know time.

        Returns
        -------
        ndarray of shape (n,), float32
            Finite, within the bounds of the ratings learned from.
        """


class RankingModel(Model, RatingsRecommender):
    """Ranks the titles that a user has not seen; a recommender like the others.

    A subclass learns in `_fit` and scores in `_score` users of whom it knows nothing but their
    history: none needs to have been learned from.
    """

    def fit(
        self,
        known: RatedTitles,
        *,
        validation: HeldOutUsers | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from what users saw.

        Parameters
        ----------
        validation : HeldOutUsers or None
            Other users, of the same titles. Nothing is learned from them; they tell when to stop.
            None: all epochs are done.
        """
        self.known = known
        self.curve_, self.epochs_ = [], 0
        self._fit(known, validation, progress)
        return self

    def _learn(self, known: RatedTitles) -> None:
        self._fit(known, None, None)

    @abstractmethod
    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        """Learn; see `fit`."""

    def reasons(self, liked: Sequence[int], column: int) -> list[str]:
        """Name the liked titles without which the score would fall most."""
        if not liked:
            return ["liked by many"]
        n_titles = self.known.n_titles
        everything = history_of(liked, n_titles)
        without = [history_of([one for one in liked if one != left], n_titles) for left in liked]
        scores = self.score_users(sparse.vstack([everything, *without], "csr"))[:, column]
        falls = scores[0] - scores[1:]
        telling = [at for at in np.argsort(-falls, kind="stable")[:2] if falls[at] > 0]
        if not telling:
            return ["liked by those whose taste is alike"]
        names = " and ".join(self.known.names.title(liked[at]) for at in telling)
        return [f"liked by those who like {names}"]


def checked_pairs(
    users: NDArray[np.integer], titles: NDArray[np.integer], n_users: int, n_titles: int
) -> None:
    """Raise a RecommendationError unless each pair is one of the users and titles learned from."""
    if users.shape != titles.shape:
        raise RecommendationError(f"there are {users.size} users and {titles.size} titles")
    for what, numbers, n in (("user", users, n_users), ("title", titles, n_titles)):
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < n:
            raise RecommendationError(
                f"a {what} of {numbers.min()} to {numbers.max()} is asked for, "
                f"the model learned 0 to {n - 1}"
            )
