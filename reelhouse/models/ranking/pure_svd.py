"""A history projected on the directions in which all histories differ most.

References
----------
Cremonesi, P., Koren, Y. and Turrin, R. (2010). Performance of recommender algorithms on top-N
recommendation tasks. RecSys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import Arrays, Progress, RankingModel
from reelhouse.models.kernels_layers import add_dense, add_sparse
from reelhouse.models.ranking.directions import largest_directions
from reelhouse.models.ranking.histories import learned_from, mean_one, prior_of
from reelhouse.models.rating.factors import required
from reelhouse.recommend.rated import RatedTitles


@dataclass
class PureSVD(RankingModel):
    """What is missing from a history counts as 0; scored is the history's projection.

    Parameters
    ----------
    n_factors : int
        Directions; of a smaller matrix all it has.
    title_power : float
        Titles are divided by their popularity to half this power before directions are sought,
        and scores multiplied by it. 0 is the method of the paper.
    seed : int
        Of the search for directions.

    Attributes
    ----------
    sent_ : ndarray of shape (n_titles, n_found), float32
        What a title seen adds to the user's factors.
    directions_ : ndarray of shape (n_found, n_titles), float32
    prior_ : ndarray of shape (n_titles,), float32
    """

    name: ClassVar[str] = "pure-svd"
    family: ClassVar[str] = "matrix factorization"

    n_factors: int = 20
    title_power: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("title_power", self.title_power, 0, 1)

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        history = learned_from(known, self.name)
        scales = np.maximum(known.n_raters, 1) ** (-0.5 * self.title_power)
        scaled = sparse.csr_matrix(history @ sparse.diags_array(scales))
        found = largest_directions(scaled, self.n_factors, self.seed)
        self.sent_: FloatArray = np.ascontiguousarray((found * scales).T, dtype=np.float32)
        self.directions_: FloatArray = (found / scales).astype(np.float32)
        self.prior_: FloatArray = prior_of(known)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        rows = mean_one(history)
        users = np.zeros((rows.shape[0], self.sent_.shape[1]), dtype=np.float32)
        add_sparse(rows.indptr, rows.indices, rows.data, self.sent_, users)
        scores = np.tile(self.prior_, (rows.shape[0], 1))
        add_dense(users, self.directions_, scores)
        return scores

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {"sent": self.sent_, "directions": self.directions_, "prior": self.prior_}

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        self.sent_, self.directions_ = arrays["sent"], arrays["directions"]
        self.prior_ = arrays["prior"]
        self.curve_, self.epochs_ = [], 0

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return self.directions_.size
