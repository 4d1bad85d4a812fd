"""timeSVD++: SVD++ whose biases change with time.

Of the paper's model the parts that change the biases are taken: a title's by stretches of time, a
user's by a drift and by single days. Its factors that change with time are left out: on users who
give all their ratings within days they learned nothing that lasts.

References
----------
Koren, Y. (2009). Collaborative filtering with temporal dynamics. KDD '09.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.errors import RecommendationError
from reelhouse.models.base import Arrays, Progress
from reelhouse.models.rating.factors import FactorModel, required
from reelhouse.models.rating.kernels_time import find_slots, learn_users_in_time
from reelhouse.models.rating.sgd import SGDSettings, damping
from reelhouse.models.rating.svdpp import ImplicitSide
from reelhouse.models.ratings import Ratings

#: Power of the time since a user's mean day: the paper's beta.
_POWER = 0.4


@dataclass
class TimeSVDpp(SGDSettings, FactorModel):
    """SVD++ with biases of titles by stretch of time, and of users by drift and by day.

    Without days it predicts what does not depend on them, and of a day that was not learned from
    all but that day's bias.

    Parameters
    ----------
    n_bins : int
        Stretches of time of equal length.
    bin_regularization : float
        What a title has of n ratings in a stretch of time is shrunk by so much / sqrt(n) at each
        of them.
    time_regularization : float
        The same, of what a user has by drift or on one day.

    Other parameters are those of `SGDSettings`.

    Attributes
    ----------
    span_ : ndarray of shape (2,), float32
        First and last day.
    title_bins_ : ndarray of shape (n_titles, n_bins), float32
    mean_days_, drifts_ : ndarray of shape (n_users,), float32
    day_starts_ : ndarray of shape (n_users + 1,), int64
        Where the days of each user start among all.
    days_ : ndarray of shape (n_user_days,), int32
    day_biases_ : ndarray of shape (n_user_days,), float32
    """

    name: ClassVar[str] = "timesvd++"

    epochs: int = 20
    learning_rate: float = 0.015
    decay: float = 0.95
    regularization: float = 1.7
    n_bins: int = 5
    bin_regularization: float = 60.0
    time_regularization: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        required("n_bins", self.n_bins, 1)
        required("bin_regularization", self.bin_regularization, 0)
        required("time_regularization", self.time_regularization, 0)

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        order = np.lexsort((train.titles, train.users))
        days = _required_days(train)[order]
        users = train.users[order]
        self._start_time(users, days, train)
        rng = np.random.default_rng(self.seed)
        side = ImplicitSide(train, self.n_factors, self.regularization, rng)
        bins, deviations = self._bins(days), self._deviations(users, days)
        slots = find_slots(users, _whole(days), self.day_starts_, self.days_)

        dampings = (
            damping(self._counts(train.titles[order], bins), self.bin_regularization),
            damping(np.diff(side.starts), self.time_regularization),
            damping(np.bincount(slots, minlength=self.days_.size), self.time_regularization),
        )

        def step(epoch: int) -> None:
            learn_users_in_time(
                rng.permutation(train.n_users), side.starts, side.matrix.indices,
                side.matrix.data, bins, deviations, slots, train.mean, self.rate(epoch),
                self.bias_regularization, *dampings, side.user_damping,
                side.title_damping, self.user_biases_, self.title_biases_, self.title_bins_,
                self.drifts_, self.day_biases_, side.own, side.title_factors, side.implicit,
            )  # fmt: skip
            side.tell(self)

        self._train(step, self.epochs, validation, progress)

    def _start_time(self, users: IntArray, days: FloatArray, train: Ratings) -> None:
        """Find the span, each user's mean day and days; all that changes with time is 0."""
        n_of_users = np.maximum(np.bincount(users, minlength=train.n_users), 1)
        totals = np.bincount(users, weights=days, minlength=train.n_users)
        of_users = np.unique(np.stack([users, _whole(days)], axis=1), axis=0)
        self.span_: FloatArray = np.array([days.min(), days.max()], dtype=np.float32)
        self.mean_days_: FloatArray = (totals / n_of_users).astype(np.float32)
        self.days_: IntArray = np.ascontiguousarray(of_users[:, 1])
        self.day_starts_: NDArray[np.int64] = np.searchsorted(
            of_users[:, 0], np.arange(train.n_users + 1)
        ).astype(np.int64)
        self.day_biases_: FloatArray = np.zeros(self.days_.size, dtype=np.float32)
        self.drifts_: FloatArray = np.zeros(train.n_users, dtype=np.float32)
        self.title_bins_: FloatArray = np.zeros((train.n_titles, self.n_bins), dtype=np.float32)

    def _counts(self, titles: IntArray, bins: IntArray) -> NDArray[np.int64]:
        """Ratings of each title in each stretch of time, shape (n_titles, n_bins)."""
        n_titles = self.title_bins_.shape[0]
        places = titles.astype(np.int64) * self.n_bins + bins
        return np.bincount(places, minlength=n_titles * self.n_bins).reshape(n_titles, -1)

    def _bins(self, days: FloatArray) -> IntArray:
        """Stretch of each day; days before the first and after the last belong to these."""
        first, last = self.span_.astype(np.float64)
        share = (days - first) / max(last - first, 1e-9)
        bins: IntArray = np.clip(share * self.n_bins, 0, self.n_bins - 1).astype(np.int32)
        return bins

    def _deviations(self, users: IntArray, days: FloatArray) -> FloatArray:
        """Share of the span since each user's mean day, to the power of 0.4, with its sign."""
        first, last = self.span_.tolist()
        share = (days - self.mean_days_[users]) / max(last - first, 1.0)
        deviations: FloatArray = (np.sign(share) * np.abs(share) ** _POWER).astype(np.float32)
        return deviations

    def _shifts(
        self, users: IntArray, titles: IntArray, days: NDArray[np.number] | None
    ) -> NDArray[np.float64]:
        if days is None:
            return np.empty(0)
        if days.size != users.size:
            raise RecommendationError(f"there are {days.size} days, required are {users.size}")
        when = days.astype(np.float32)
        shifts = self.title_bins_[titles, self._bins(when)].astype(np.float64)
        shifts += self.drifts_[users] * self._deviations(users, when)
        slots = find_slots(users, _whole(when), self.day_starts_, self.days_)
        shifts[slots >= 0] += self.day_biases_[slots[slots >= 0]]
        return shifts

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {
            **super().arrays(),
            "span": self.span_,
            "title_bins": self.title_bins_,
            "mean_days": self.mean_days_,
            "drifts": self.drifts_,
            "day_starts": self.day_starts_,
            "days": self.days_,
            "day_biases": self.day_biases_,
        }

    learned: ClassVar[tuple[str, ...]] = (
        *FactorModel.learned, "title_bins", "drifts", "day_biases",
    )  # fmt: skip

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned, those of what users rated included."""
        return super().n_parameters + int(self.title_factors_.size)


def _required_days(train: Ratings) -> FloatArray:
    if train.days is None:
        raise RecommendationError(f"{TimeSVDpp.name} requires the days of ratings, none are given")
    return train.days


def _whole(days: FloatArray) -> IntArray:
    return np.floor(days).astype(np.int32)
