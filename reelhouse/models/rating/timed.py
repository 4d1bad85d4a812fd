"""What the models whose biases change with time have in common.

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
from reelhouse.models.base import Arrays
from reelhouse.models.rating.factors import FactorModel
from reelhouse.models.rating.kernels_time import find_slots
from reelhouse.models.ratings import Ratings

#: Power of the time since a user's mean day: the paper's beta.
_POWER = 0.4


@dataclass(frozen=True)
class When:
    """What is known of the day of each of some pairs.

    Attributes
    ----------
    bins : ndarray of shape (n,), int32
        Stretch of time.
    deviations : ndarray of shape (n,), float32
        Share of the span since the user's mean day, to the power of 0.4, with its sign.
    slots : ndarray of shape (n,), int32
        Place of the user's day among all days of users; -1 for one that was not learned from.
    """

    bins: IntArray
    deviations: FloatArray
    slots: IntArray


class TimedModel(FactorModel):
    """Adds what a title has in a stretch of time, and a user by drift and on one day.

    Without days it predicts what does not depend on them, and of a day that was not learned from
    all but that day's bias. A subclass has a setting `n_bins`: how many stretches of equal length
    there are.

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

    n_bins: int
    learned: ClassVar[tuple[str, ...]] = (
        *FactorModel.learned, "title_bins", "drifts", "day_biases",
    )  # fmt: skip

    def _start_time(self, train: Ratings) -> FloatArray:
        """Find the span, each user's mean day and days; all that changes with time is 0.

        Returns
        -------
        ndarray of shape (n_ratings,), float32
            The day of each rating.

        Raises
        ------
        RecommendationError
            When days are not known.
        """
        if train.days is None:
            raise RecommendationError(f"{self.name} requires the days of ratings, none are given")
        users, days = train.users, train.days
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
        return days

    def _when(self, users: IntArray, days: FloatArray) -> When:
        """Look up days; those before the first and after the last are of these stretches."""
        first, last = self.span_.tolist()
        span = max(last - first, 1.0)
        bins = np.clip((days - first) / span * self.n_bins, 0, self.n_bins - 1).astype(np.int32)
        # No further than learned from: what drifts would go on to drift for ever.
        share = np.clip((days - self.mean_days_[users]) / span, -1.0, 1.0)
        deviations = (np.sign(share) * np.abs(share) ** _POWER).astype(np.float32)
        slots = find_slots(users, _whole(days), self.day_starts_, self.days_)
        return When(bins, deviations, slots)

    def _shifts(
        self, users: IntArray, titles: IntArray, days: NDArray[np.number] | None
    ) -> NDArray[np.float64]:
        if days is None:
            return np.empty(0)
        if days.size != users.size:
            raise RecommendationError(f"there are {days.size} days, required are {users.size}")
        when = self._when(users, days.astype(np.float32))
        shifts = self.title_bins_[titles, when.bins].astype(np.float64)
        shifts += self.drifts_[users] * when.deviations
        known = when.slots >= 0
        shifts[known] += self.day_biases_[when.slots[known]]
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


def _whole(days: FloatArray) -> IntArray:
    return np.floor(days).astype(np.int32)
