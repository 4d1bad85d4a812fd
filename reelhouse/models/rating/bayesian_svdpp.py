"""Bayesian SVD++, flipped: users by what they rated, titles by who rated them.

References
----------
Rendle, S., Zhang, L. and Koren, Y. (2019). On the difficulty of evaluating baselines: a study on
recommender systems. arXiv:1905.01395.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import FactorModel
from reelhouse.models.rating.machine import Machine
from reelhouse.models.rating.samples import GibbsSettings, Sample, Samples
from reelhouse.models.ratings import Ratings

#: Sweeps between two looks at the validation split.
_EVERY = 20


@dataclass
class BayesianSVDpp(GibbsSettings, FactorModel):
    """A Bayesian factorization machine on who rated what.

    The features of a user are the user and the titles they rated, those of a title are the title,
    the users who rated it and, where they are given, `Ratings.features`; n of a kind weigh
    1 / sqrt(n) each.

    Parameters are those of `GibbsSettings`.
    """

    name: ClassVar[str] = "bayesian-svd++"

    epochs: int = 500
    burn_in: int = 50
    n_samples: int = 200

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        rng = np.random.default_rng(self.seed)
        self._sample(flipped(train, self.n_factors, rng), validation, progress)

    def _sample(
        self, machine: Machine, validation: Ratings | None, progress: Progress | None
    ) -> None:
        samples = Samples()

        def step(epoch: int) -> None:
            machine.sweep()
            if self.is_kept(epoch):
                samples.kept.append(machine.sample())
            if epoch == self.epochs or (validation is not None and epoch % _EVERY == 0):
                self._tell(samples, machine.sample())

        self._train(step, self.epochs, validation, progress, patience=5, every=_EVERY)

    def _tell(self, samples: Samples, latest: Sample) -> None:
        samples.tell(self, latest)


def flipped(train: Ratings, n_factors: int, rng: np.random.Generator) -> Machine:
    """A machine on who rated what, and on what is known of the titles."""
    users = [_identity(train.n_users), implicit(train.by_user)]
    titles = [_identity(train.n_titles), implicit(train.by_title)]
    if train.features is not None:
        titles.append(train.features)
    return Machine(train, users, titles, n_factors, rng)


def implicit(ratings: sparse.csr_matrix) -> sparse.csr_matrix:
    """Which columns a row has a rating of, in rows of unit length."""
    n_ratings = np.diff(ratings.indptr)
    weights = np.repeat(1.0 / np.sqrt(np.maximum(n_ratings, 1)), n_ratings)
    return sparse.csr_matrix((weights, ratings.indices, ratings.indptr), shape=ratings.shape)


def _identity(n: int) -> sparse.csr_matrix:
    return sparse.csr_matrix(sparse.identity(n, format="csr"))
