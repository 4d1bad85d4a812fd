"""Factors of users and titles by least squares over all pairs, seen or not.

References
----------
Hu, Y., Koren, Y. and Volinsky, C. (2008). Collaborative filtering for implicit feedback datasets.
    ICDM.
Rendle, S., Krichene, W., Zhang, L. and Koren, Y. (2022). Revisiting the performance of iALS on
    item recommendation benchmarks. RecSys (the loss, and regularization by frequency).
Takács, G., Pilászy, I. and Tikk, D. (2011). Applications of the conjugate gradient method for
    implicit feedback collaborative filtering. RecSys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import Arrays, Progress, RankingModel
from reelhouse.models.kernels_layers import add_dense
from reelhouse.models.ranking.folding import Folding
from reelhouse.models.ranking.histories import learned_from, mean_one, prior_of, weighed_rows
from reelhouse.models.rating.factors import required
from reelhouse.models.training import Training, ranking_judge
from reelhouse.recommend.rated import RatedTitles


@dataclass
class IALS(RankingModel):
    """A pair that was seen should score 1, and all pairs, a little, 0.

    A user is folded in by solving for the user's factors. Memory beside the history: its weights
    by user, a copy by title (8 bytes for each pair seen), and the factors.

    Parameters
    ----------
    n_factors : int
    unseen_weight : float
        Above 0: of a pair that was not seen; one that was weighs 1 more.
    regularization, power : float
        A row of factors is held down by regularization * (n_seen + unseen_weight * n_all) **
        power. Regularization is above 0, the power 0 to 1.
    activity : float
        What a user saw who saw m titles weighs m ** -activity, 1 on average: who saw everything
        says little about what belongs together. 0 is the method of the papers.
    steps : int or None
        An epoch takes so many steps of conjugate gradients from where the factors stand; None:
        it solves for them exactly, which takes longer the more factors there are.
    epochs : int
        Each does so for all users, then for all titles.
    patience : int
        Epochs without a better value on the validation split, after which it stops.
    seed : int

    Attributes
    ----------
    title_factors_ : ndarray of shape (n_titles, n_factors), float32
    prior_ : ndarray of shape (n_titles,), float32
    """

    name: ClassVar[str] = "ials"
    family: ClassVar[str] = "matrix factorization"

    n_factors: int = 64
    unseen_weight: float = 0.2
    regularization: float = 0.3
    power: float = 0.5
    activity: float = 0.25
    steps: int | None = 3
    epochs: int = 10
    patience: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("unseen_weight", self.unseen_weight, 1e-6)
        required("regularization", self.regularization, 1e-6)
        required("power", self.power, 0, 1)
        required("activity", self.activity, 0, 1)
        if self.steps is not None:
            required("steps", self.steps, 1)
        required("epochs", self.epochs, 1)

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        history = learned_from(known, self.name)
        by_user = weighed_rows(history, weights_by_activity(history, self.activity))
        by_title = by_user.T.tocsr()
        self.prior_: FloatArray = prior_of(known)
        users = np.zeros((by_user.shape[0], self.n_factors), dtype=np.float32)
        self._take(_first_factors(known.n_titles, self.n_factors, self.seed))

        def step(epoch: int) -> None:
            self._learn_rows(by_user, self.title_factors_, self._unseen, users)
            titles = self.title_factors_.copy()
            self._learn_rows(by_title, users, self._folding.unseen(users), titles)
            self._take(titles)

        training = Training(
            self.epochs, step, lambda: self.title_factors_, self._take,
            ranking_judge(self, validation), self.patience, progress=progress,
        )  # fmt: skip
        self.curve_, self.epochs_ = training.run()

    def _learn_rows(
        self, history: sparse.csr_matrix, factors: FloatArray, unseen: FloatArray, out: FloatArray
    ) -> None:
        if self.steps is None:
            self._folding.solve(history, factors, unseen, out)
        else:
            self._folding.improve(history, factors, unseen, out, self.steps)

    @property
    def _folding(self) -> Folding:
        return Folding(self.unseen_weight, self.regularization, self.power)

    def _take(self, title_factors: FloatArray) -> None:
        """Have these factors, and what scoring makes of them."""
        self.title_factors_ = title_factors
        self._unseen = self._folding.unseen(title_factors)
        self._columns = np.ascontiguousarray(title_factors.T)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        users = np.empty((history.shape[0], self.n_factors), dtype=np.float32)
        self._folding.solve(mean_one(history), self.title_factors_, self._unseen, users)
        scores = np.tile(self.prior_, (history.shape[0], 1))
        add_dense(users, self._columns, scores)
        return scores

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {"title_factors": self.title_factors_, "prior": self.prior_}

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        self.prior_ = arrays["prior"]
        self._take(arrays["title_factors"])
        self.curve_, self.epochs_ = [], 0

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return self.title_factors_.size


def _first_factors(n_titles: int, n_factors: int, seed: int) -> FloatArray:
    """Small random factors, whose rows are about 0.1 long whatever their number."""
    drawn = np.random.default_rng(seed).standard_normal((n_titles, n_factors), dtype=np.float32)
    factors: FloatArray = drawn * np.float32(0.1 / np.sqrt(n_factors))
    return factors


def weights_by_activity(history: sparse.csr_matrix, activity: float) -> NDArray[np.float64]:
    """Weight of each user, of shape (n_users,), such that all that was seen weighs 1 on average."""
    seen = np.diff(history.indptr)
    weights = seen.astype(np.float64) ** -activity
    found: NDArray[np.float64] = weights * (seen.sum() / (weights @ seen))
    return found
