"""What the models of biases and factors have in common: what they learn, and how they predict."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.errors import RecommendationError
from reelhouse.models.base import Arrays, Progress, RatingModel, checked_pairs
from reelhouse.models.rating.kernels_pairs import predict_pairs
from reelhouse.models.ratings import Ratings
from reelhouse.models.training import Training, rating_judge


class FactorModel(RatingModel):
    """Predicts the mean, a bias of the user, one of the title, and the product of their factors.

    A subclass is a dataclass of its settings and says in `_fit` how these are learned. One that
    knows more while it learns folds it into these before it predicts.

    Attributes
    ----------
    mean_ : ndarray of shape (1,), float64
    bounds_ : ndarray of shape (2,), float32
        Lowest and highest rating learned from.
    user_biases_, title_biases_ : ndarray of shape (n_users,) and (n_titles,), float32
    user_factors_ : ndarray of shape (n_users, n_factors), float32
    title_factors_ : ndarray of shape (n_titles, n_factors), float32
    """

    family: ClassVar[str] = "matrix factorization"
    learned: ClassVar[tuple[str, ...]] = (
        "mean", "user_biases", "title_biases", "user_factors", "title_factors",
    )  # fmt: skip
    """Arrays that count as parameters."""
    mean_: NDArray[np.float64]
    bounds_: FloatArray
    user_biases_: FloatArray
    title_biases_: FloatArray
    user_factors_: FloatArray
    title_factors_: FloatArray

    def fit(
        self,
        train: Ratings,
        *,
        validation: Ratings | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from ratings; see `RatingModel.fit`.

        Raises
        ------
        RecommendationError
            When learning diverges.
        """
        self.curve_, self.epochs_ = [], 0
        self.mean_ = np.array([train.mean])
        self.bounds_ = np.array(train.bounds, dtype=np.float32)
        self._clear(train, 0)
        self._fit(train, validation, progress)
        return self

    @abstractmethod
    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        """Learn; mean and bounds are known, biases are 0, and there are no factors."""

    def predict(
        self,
        users: NDArray[np.integer],
        titles: NDArray[np.integer],
        days: NDArray[np.number] | None = None,
    ) -> FloatArray:
        """Predict ratings; see `RatingModel.predict`."""
        checked_pairs(users, titles, self.user_biases_.size, self.title_biases_.size)
        rows, columns = users.astype(np.int32), titles.astype(np.int32)
        low, high = self.bounds_.tolist()
        shifts = self._shifts(rows, columns, days)
        out = np.empty(rows.size, dtype=np.float32)
        in_pieces(
            lambda first, last: predict_pairs(
                first, last, rows, columns, float(self.mean_[0]), self.user_biases_,
                self.title_biases_, self.user_factors_, self.title_factors_, shifts, low, high, out,
            ),
            rows.size, None, work=rows.size * self.user_factors_.shape[1],
        )  # fmt: skip
        return out

    def _shifts(
        self, users: IntArray, titles: IntArray, days: NDArray[np.number] | None
    ) -> NDArray[np.float64]:
        """What is added to each prediction by its day, shape (n,); empty: nothing is."""
        return np.empty(0)

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {
            "mean": self.mean_,
            "bounds": self.bounds_,
            "user_biases": self.user_biases_,
            "title_biases": self.title_biases_,
            "user_factors": self.user_factors_,
            "title_factors": self.title_factors_,
        }

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        for name, array in arrays.items():
            setattr(self, f"{name}_", array)
        self.curve_, self.epochs_ = [], 0

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        arrays = self.arrays()
        return sum(arrays[name].size for name in self.learned)

    def _clear(self, train: Ratings, n_factors: int) -> None:
        self.user_biases_ = np.zeros(train.n_users, dtype=np.float32)
        self.title_biases_ = np.zeros(train.n_titles, dtype=np.float32)
        self.user_factors_ = np.zeros((train.n_users, n_factors), dtype=np.float32)
        self.title_factors_ = np.zeros((train.n_titles, n_factors), dtype=np.float32)

    def _train(
        self,
        step: Callable[[int], None],
        epochs: int,
        validation: Ratings | None,
        progress: Progress | None,
        *,
        patience: int = 3,
        every: int = 1,
    ) -> None:
        """Do epochs of `step`, which leaves the model ready to predict."""

        def checked_step(epoch: int) -> None:
            step(epoch)
            if not self._is_finite():
                raise RecommendationError(
                    f"{self.name} diverged in epoch {epoch}: a lower learning rate or more "
                    "regularization is required"
                )

        def put_back(kept: Arrays) -> None:
            for name, array in kept.items():
                setattr(self, f"{name}_", array)

        training = Training(
            epochs, checked_step, self._kept, put_back, rating_judge(self, validation),
            patience, every, progress,
        )  # fmt: skip
        self.curve_, self.epochs_ = training.run()

    def _kept(self) -> Arrays:
        return {name: array.copy() for name, array in self.arrays().items()}

    def _is_finite(self) -> bool:
        return all(np.isfinite(array).all() for array in self.arrays().values())


def random_factors(
    n_rows: int, n_factors: int, n_ratings: NDArray[np.integer], rng: np.random.Generator
) -> FloatArray:
    """Small random factors to begin with; 0 for rows without ratings, which never learn others.

    Parameters
    ----------
    n_ratings : ndarray of shape (n_rows,)
        How many each row has.

    Returns
    -------
    ndarray of shape (n_rows, n_factors), float32
        Normal with a deviation of 0.1.
    """
    factors = 0.1 * rng.standard_normal((n_rows, n_factors), dtype=np.float32)
    factors[n_ratings == 0] = 0.0
    return factors


def required(name: str, value: float, low: float, high: float = np.inf) -> None:
    """Raise a RecommendationError unless a setting lies within its bounds."""
    if not low <= value <= high:
        upper = "or more" if high == np.inf else f"to {high:g}"
        raise RecommendationError(f"{name} is {value:g}, required is {low:g} {upper}")
