"""timeSVD++: SVD++ whose biases change with time.

Of the paper's model the parts that change the biases are taken: a title's by stretches of time, a
user's by a drift and by single days. Its factors that change with time are left out, so that a pair
has one product of factors on all days.

References
----------
Koren, Y. (2009). Collaborative filtering with temporal dynamics. KDD '09.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import required
from reelhouse.models.rating.kernels_time import learn_users_in_time
from reelhouse.models.rating.sgd import SGDSettings, damping
from reelhouse.models.rating.svdpp import ImplicitSide
from reelhouse.models.rating.timed import TimedModel
from reelhouse.models.ratings import Ratings


@dataclass
class TimeSVDpp(SGDSettings, TimedModel):
    """SVD++ with biases of titles by stretch of time, and of users by drift and by day.

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
        days = self._start_time(train)
        rng = np.random.default_rng(self.seed)
        side = ImplicitSide(train, self.n_factors, self.regularization, rng)
        order = np.lexsort((train.titles, train.users))
        when = self._when(train.users[order], days[order])
        n_in_bins = np.zeros(self.title_bins_.shape, dtype=np.int64)
        np.add.at(n_in_bins, (train.titles[order], when.bins), 1)
        dampings = (
            damping(n_in_bins, self.bin_regularization),
            damping(np.diff(side.starts), self.time_regularization),
            damping(np.bincount(when.slots), self.time_regularization),
        )

        def step(epoch: int) -> None:
            learn_users_in_time(
                rng.permutation(train.n_users), side.starts, side.matrix.indices,
                side.matrix.data, when.bins, when.deviations, when.slots, train.mean,
                self.rate(epoch), self.bias_regularization, *dampings, side.user_damping,
                side.title_damping, self.user_biases_, self.title_biases_, self.title_bins_,
                self.drifts_, self.day_biases_, side.own, side.title_factors, side.implicit,
            )  # fmt: skip
            side.tell(self)

        self._train(step, self.epochs, validation, progress)

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned, those of what users rated included."""
        return super().n_parameters + int(self.title_factors_.size)
