"""Titles predicted from all other titles by least squares, in closed form.

References
----------
Steck, H. (2019). Embarrassingly shallow autoencoders for sparse data. WWW.
Steck, H. (2020). Autoencoders that don't overfit towards the identity. NeurIPS.
Park, S., Lee, J. and Lee, J. (2025). Why is normalization necessary for linear recommenders? SIGIR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.rows import in_pieces
from reelhouse.errors import RecommendationError
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import Progress
from reelhouse.models.ranking.histories import learned_from, prior_of
from reelhouse.models.ranking.kernels_cooccurrence import (
    scale_both_sides,
    weights_of_inverse,
)
from reelhouse.models.ranking.title_weights import TitleWeights, gram_of
from reelhouse.models.rating.factors import required
from reelhouse.recommend.rated import RatedTitles


@dataclass
class EASE(TitleWeights):
    """A weight for each pair of titles, none for a title and itself.

    Memory is one matrix of shape (n_titles, n_titles), inverted in its place: float32 for more
    than 8192 titles (1.2 GiB for 17,770), and below that float64, since it costs little.

    Parameters
    ----------
    l2 : float
        Above 0: added to the squares of each title.
    title_power : float
        Titles are first divided by the square root of their popularity to this power, and
        predictions multiplied by it: above 0 the weights of rare titles are held down less. 0 is
        the method of the paper.
    """

    name: ClassVar[str] = "ease"
    family: ClassVar[str] = "autoencoder"

    l2: float = 200.0
    title_power: float = 0.0

    def __post_init__(self) -> None:
        # Without any, what always was seen together has no weights of its own.
        required("l2", self.l2, 1e-3)
        required("title_power", self.title_power, 0, 1)

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        history = learned_from(known, self.name)
        gram = gram_of(history)
        squares = np.maximum(np.diagonal(gram), 1.0)
        scales = (squares / squares.mean()) ** (-0.5 * self.title_power)
        if self.title_power:
            in_pieces(
                lambda first, last: scale_both_sides(first, last, scales, gram),
                known.n_titles, None, work=gram.size,
            )  # fmt: skip
        gram.flat[:: known.n_titles + 1] += self._penalties(np.diagonal(gram))
        invert_in_place(gram)
        weights_of_inverse(np.diagonal(gram).copy(), scales, gram)
        self.weights_ = gram.astype(np.float32, copy=False)
        self.prior_ = prior_of(known)

    def _penalties(self, squares: NDArray[np.floating]) -> NDArray[np.floating] | float:
        """What is added to the squares of each title, of shape (n_titles,) or one for all."""
        return self.l2


@dataclass
class EDLAE(EASE):
    """EASE learned to fill in titles that were dropped at random, on average over all drops.

    Parameters
    ----------
    l2, title_power
        See `EASE`.
    dropout : float
        Share of titles dropped, below 1: each title is held down by dropout / (1 - dropout) times
        its squares.
    """

    name: ClassVar[str] = "edlae"

    dropout: float = 0.33

    def __post_init__(self) -> None:
        super().__post_init__()
        required("dropout", self.dropout, 0, 0.99)

    def _penalties(self, squares: NDArray[np.floating]) -> NDArray[np.floating]:
        return squares * (self.dropout / (1 - self.dropout)) + self.l2


def invert_in_place(matrix: NDArray[np.floating]) -> None:
    """Invert a positive definite matrix, given and returned on and above its diagonal.

    Parameters
    ----------
    matrix : ndarray of shape (n, n), float32 or float64, C-contiguous

    Raises
    ------
    RecommendationError
        When rounding left the matrix not positive definite.
    """
    # Not at the top: its import takes long.
    from scipy.linalg import lapack
    from threadpoolctl import threadpool_limits

    single = matrix.dtype == np.float32
    factorize, invert = (lapack.spotrf, lapack.spotri) if single else (lapack.dpotrf, lapack.dpotri)
    # Transposed it is as LAPACK has it, so that nothing is copied. One thread: sums of several
    # depend on how many there are.
    with threadpool_limits(1):
        _, failed = factorize(matrix.T, lower=1, clean=0, overwrite_a=1)
        if failed:
            raise RecommendationError(
                f"the co-occurrences of {matrix.shape[0]} titles cannot be inverted in "
                f"{matrix.dtype}: more l2 is required"
            )
        invert(matrix.T, lower=1, overwrite_c=1)
