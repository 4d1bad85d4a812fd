"""Bayesian probabilistic matrix factorization by Gibbs sampling.

Beside the paper's, the precision of the ratings has a prior and is drawn too, so that it need not
be set.

References
----------
Salakhutdinov, R. and Mnih, A. (2008). Bayesian probabilistic matrix factorization using Markov
chain Monte Carlo. ICML '08.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.models.base import Progress
from reelhouse.models.rating.factors import FactorModel, random_factors
from reelhouse.models.rating.kernels_bpmf import draw_rows
from reelhouse.models.rating.kernels_gram import GATHERED, normal_equations, padded
from reelhouse.models.rating.samples import GibbsSettings, Sample, Samples
from reelhouse.models.ratings import Ratings

#: Rows that one thread draws at a time.
_ROWS_PER_PIECE = 256
#: Sweeps between two looks at the validation split.
_EVERY = 10


@dataclass
class BPMF(GibbsSettings, FactorModel):
    """Factors without biases, averaged over samples instead of chosen.

    Parameters are those of `GibbsSettings`.
    """

    name: ClassVar[str] = "bpmf"

    def _fit(self, train: Ratings, validation: Ratings | None, progress: Progress | None) -> None:
        rng = np.random.default_rng(self.seed)
        users = Side(train.by_user, self.n_factors, rng)
        titles = Side(train.by_title, self.n_factors, rng)
        samples = Samples()
        no_biases = self.user_biases_, self.title_biases_
        noise = Noise()

        def step(epoch: int) -> None:
            users.draw(titles.factors, train.mean, noise.precision, rng)
            titles.draw(users.factors, train.mean, noise.precision, rng)
            noise.draw(float(titles.errors.sum()), train.n_ratings, rng)
            latest = Sample(train.mean, *no_biases, users.factors.copy(), titles.factors.copy())
            if self.is_kept(epoch):
                samples.kept.append(latest)
            if epoch == self.epochs or (validation is not None and epoch % _EVERY == 0):
                samples.tell(self, latest)

        self._train(step, self.epochs, validation, progress, patience=5, every=_EVERY)


class Noise:
    """How far ratings are from their prediction: a precision with a Gamma(1/2, 1/2) prior."""

    def __init__(self) -> None:
        self.precision = 1.0

    def draw(self, squared_error: float, n_ratings: int, rng: np.random.Generator) -> None:
        """Draw the precision, given the squared error of all ratings."""
        self.precision = rng.gamma((1 + n_ratings) / 2, 2.0 / (1.0 + squared_error))


class Side:
    """Users or titles: their factors, and the normal distribution that these are from.

    Parameters
    ----------
    matrix : csr_matrix of shape (n_rows, n_columns)
        Ratings.
    """

    def __init__(self, matrix: sparse.csr_matrix, n_factors: int, rng: np.random.Generator) -> None:
        self._matrix = matrix
        self._starts: NDArray[np.int64] = matrix.indptr.astype(np.int64)
        n_ratings = np.diff(self._starts)
        self._known = np.flatnonzero(n_ratings).astype(np.int32)
        self.factors = random_factors(n_ratings.size, n_factors, n_ratings, rng)
        self.errors = np.zeros(n_ratings.size)

    def draw(self, others: FloatArray, mean: float, alpha: float, rng: np.random.Generator) -> None:
        """Draw the distribution, given the factors, and the factors, given it and the others'."""
        prior_mean, prior_precision = self._draw_prior(rng)
        noise = rng.standard_normal(self.factors.shape, dtype=np.float32)
        in_pieces(
            lambda first, last: draw_rows(
                first, last, self._starts, self._matrix.indices, self._matrix.data, mean, others,
                alpha, prior_mean, prior_precision, noise, self.factors, self.errors,
            ),
            self.errors.size, None, work=self._matrix.nnz * others.shape[1] ** 2,
            rows_per_piece=_ROWS_PER_PIECE,
        )  # fmt: skip

    def _draw_prior(self, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw mean and precision: normal-Wishart, as the paper has them (its equation 14)."""
        n, n_factors = self._known.size, self.factors.shape[1]
        total, products = self._moments()
        precision = draw_wishart(
            np.eye(n_factors) + products - np.outer(total, total) / (n + _PRIOR_WEIGHT),
            n + n_factors,
            rng,
        )
        upper = np.linalg.cholesky(precision * (n + _PRIOR_WEIGHT)).T
        drawn = total / (n + _PRIOR_WEIGHT)
        drawn = drawn + np.linalg.solve(upper, rng.standard_normal(n_factors))
        return drawn.astype(np.float32), precision.astype(np.float32)

    def _moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sum of the factors of rows with ratings, and of their outer products."""
        n_factors = self.factors.shape[1]
        width = padded(n_factors)
        buffer = np.zeros((GATHERED, width), dtype=np.float32)
        gram = np.empty((width, width), dtype=np.float32)
        sums, unused = np.empty((2, width), dtype=np.float32)
        targets = np.zeros(self._known.size, dtype=np.float32)
        normal_equations(self._known, targets, self.factors, buffer, gram, sums, unused)
        upper = np.triu(gram[:n_factors, :n_factors]).astype(np.float64)
        return sums[:n_factors].astype(np.float64), upper + np.triu(upper, 1).T


#: How many rows at 0 the prior of the mean is worth: the paper's beta.
_PRIOR_WEIGHT = 2.0


def draw_wishart(
    inverse_scale: NDArray[np.float64], degrees: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a precision matrix by Bartlett's decomposition.

    Parameters
    ----------
    inverse_scale : ndarray of shape (n, n)
        Positive definite.
    degrees : int
        At least n.
    """
    n = inverse_scale.shape[0]
    draw = np.tril(rng.standard_normal((n, n)), -1)
    draw[np.diag_indices(n)] = np.sqrt(rng.chisquare(degrees - np.arange(n)))
    # With inverse_scale = L @ L.T, a factor of its inverse is the transposed inverse of L.
    factor = np.linalg.solve(np.linalg.cholesky(inverse_scale).T, draw)
    return factor @ factor.T
