"""Factors of users and titles, learned from pairs of a title seen and one not seen.

References
----------
Rendle, S., Freudenthaler, C., Gantner, Z. and Schmidt-Thieme, L. (2009). BPR: Bayesian
personalized ranking from implicit feedback. UAI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import RecommendationError
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import Arrays, Progress, RankingModel
from reelhouse.models.kernels_layers import add_dense
from reelhouse.models.ranking.histories import learned_from, mean_one
from reelhouse.models.ranking.kernels_bpr import fold_in, learn_pairs
from reelhouse.models.rating.factors import required
from reelhouse.models.training import Training, ranking_judge
from reelhouse.recommend.rated import RatedTitles

#: Pairs drawn at a time.
_DRAWN = 1 << 20
#: Titles drawn for each title seen, until one is met that was not seen.
_TRIES = 4


@dataclass
class BPR(RankingModel):
    """A title seen should score above one drawn at random.

    Learned step by step in one thread, since steps of several overwrite each other in an order
    that no seed decides. A user is folded in by the same steps, in which titles stay as they are
    and the random titles are the same for every user. Weights of a history do not count while it
    is learned from.

    Parameters
    ----------
    n_factors : int
    learning_rate : float
        Above 0.
    regularization : float
        Weight of the squares of the factors and biases that take part in a step.
    fold_rounds : int
        How often each title of a new user is compared with a random one; 2 or more.
    epochs : int
        Each draws as many titles seen as there are, at random.
    patience, every : int
        Every so many epochs it is judged on the validation split, and after so many judgements
        without a better value it stops.
    seed : int

    Attributes
    ----------
    title_factors_ : ndarray of shape (n_titles, n_factors), float32
    title_biases_ : ndarray of shape (n_titles,), float32
        What orders titles for somebody of whom nothing is known.
    """

    name: ClassVar[str] = "bpr"
    family: ClassVar[str] = "matrix factorization"

    n_factors: int = 64
    learning_rate: float = 0.05
    regularization: float = 0.01
    fold_rounds: int = 40
    epochs: int = 60
    patience: int = 4
    every: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("learning_rate", self.learning_rate, 1e-9)
        required("regularization", self.regularization, 0)
        required("fold_rounds", self.fold_rounds, 2)
        required("epochs", self.epochs, 1)

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        history = learned_from(known, self.name)
        rng = np.random.default_rng(self.seed)
        users = _drawn_factors(rng, history.shape[0], self.n_factors)
        titles = _drawn_factors(rng, known.n_titles, self.n_factors)
        # Nobody's likes move a title that nobody saw; it should not be known by what was drawn.
        titles[known.n_raters == 0] = 0.0
        self._take((titles, np.zeros(known.n_titles, dtype=np.float32)))
        rows = np.repeat(np.arange(history.shape[0], dtype=np.int32), np.diff(history.indptr))

        def step(epoch: int) -> None:
            for first in range(0, history.nnz, _DRAWN):
                n = min(_DRAWN, history.nnz - first)
                learn_pairs(
                    rng.integers(history.nnz, size=n),
                    rng.integers(known.n_titles, size=(n, _TRIES), dtype=np.int32),
                    rows, history.indptr, history.indices, np.float32(self.learning_rate),
                    np.float32(self.regularization), users, self.title_factors_,
                    self.title_biases_,
                )  # fmt: skip
            if not np.isfinite(self.title_factors_).all():
                raise RecommendationError(
                    f"{self.name} diverged in epoch {epoch}: a learning rate below "
                    f"{self.learning_rate:g} is required"
                )

        training = Training(
            self.epochs, step, lambda: (self.title_factors_.copy(), self.title_biases_.copy()),
            self._take, ranking_judge(self, validation), self.patience, self.every, progress,
        )  # fmt: skip
        self.curve_, self.epochs_ = training.run()

    def _take(self, learned: tuple[FloatArray, FloatArray]) -> None:
        self.title_factors_, self.title_biases_ = learned

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        rows = mean_one(history)
        users = np.empty((rows.shape[0], self.n_factors), dtype=np.float32)
        fold_in(
            rows.indptr, rows.indices, rows.data, self.fold_rounds,
            np.float32(self.learning_rate), np.float32(self.regularization),
            self.title_factors_, self.title_biases_, users,
        )  # fmt: skip
        scores = np.tile(self.title_biases_, (rows.shape[0], 1))
        add_dense(users, np.ascontiguousarray(self.title_factors_.T), scores)
        return scores

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {"title_factors": self.title_factors_, "title_biases": self.title_biases_}

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        self._take((arrays["title_factors"], arrays["title_biases"]))
        self.curve_, self.epochs_ = [], 0

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return self.title_factors_.size + self.title_biases_.size


def _drawn_factors(rng: np.random.Generator, n_rows: int, n_factors: int) -> FloatArray:
    factors: FloatArray = 0.1 * rng.standard_normal((n_rows, n_factors), dtype=np.float32)
    return factors
