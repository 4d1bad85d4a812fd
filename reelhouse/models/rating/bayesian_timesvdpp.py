"""Bayesian timeSVD++, flipped: Bayesian SVD++ with biases that change with time.

References
----------
Rendle, S., Zhang, L. and Koren, Y. (2019). On the difficulty of evaluating baselines: a study on
recommender systems. arXiv:1905.01395.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.base import Progress
from reelhouse.models.rating.bayesian_svdpp import BayesianSVDpp, flipped
from reelhouse.models.rating.factors import required
from reelhouse.models.rating.linear_groups import LinearGroup
from reelhouse.models.rating.machine import Machine
from reelhouse.models.rating.samples import Sample, Samples
from reelhouse.models.rating.timed import TimedModel
from reelhouse.models.ratings import Ratings


@dataclass
class BayesianTimeSVDpp(BayesianSVDpp, TimedModel):
    """A Bayesian factorization machine on who rated what, with biases by time.

    How much these may weigh is drawn, too.

    Parameters
    ----------
    n_bins : int
        Stretches of time of equal length.

    Other parameters are those of `BayesianSVDpp`.
    """

    name: ClassVar[str] = "bayesian-timesvd++"

    n_bins: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        required("n_bins", self.n_bins, 1)

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        days = self._start_time(train)
        rng = np.random.default_rng(self.seed)
        machine = flipped(train, self.n_factors, rng)
        self._add_time(machine, train, days)
        self._sample(machine, validation, progress)

    def _add_time(self, machine: Machine, train: Ratings, days: FloatArray) -> None:
        when = self._when(train.users, days)
        ones = np.ones(train.n_ratings)
        places = train.titles.astype(np.int64) * self.n_bins + when.bins
        machine.linear += [
            LinearGroup(train.users, when.deviations, train.n_users),
            LinearGroup(when.slots, ones, self.day_biases_.size),
            LinearGroup(places, ones, self.title_bins_.size),
        ]

    def _tell(self, samples: Samples, latest: Sample) -> None:
        super()._tell(samples, latest)
        # In the order of `_add_time`.
        self.drifts_, self.day_biases_, title_bins = samples.mean_weights(latest)
        self.title_bins_ = title_bins.reshape(-1, self.n_bins)
