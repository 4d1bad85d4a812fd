"""A history sent along the graph of users and titles, high frequencies filtered out.

References
----------
Shen, Y., Wu, Y., Zhang, Y., Shan, C., Zhang, J., Letaief, K. B. and Li, D. (2021). How powerful is
graph convolution for recommendation? CIKM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering.rows import in_pieces
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import Progress
from reelhouse.models.kernels_layers import add_dense
from reelhouse.models.ranking.directions import largest_directions
from reelhouse.models.ranking.histories import learned_from, prior_of
from reelhouse.models.ranking.kernels_cooccurrence import mirror
from reelhouse.models.ranking.title_weights import TitleWeights, gram_of
from reelhouse.models.rating.factors import required
from reelhouse.recommend.rated import RatedTitles


@dataclass
class GFCF(TitleWeights):
    """Two steps on the graph (title, user, title) and the projection on its smoothest signals.

    With D the degrees of titles, R the history divided by the square roots of the degrees of its
    users and titles, and V the right singular vectors of R, a title seen adds its row of
    R.T @ R + ideal * D ** -1/2 @ V @ V.T @ D ** 1/2 to the scores.

    Parameters
    ----------
    n_factors : int
        Signals that the ideal low-pass filter lets through.
    ideal : float
        Weight of that filter; 0 or more.
    seed : int
        Of the search for singular vectors.
    """

    name: ClassVar[str] = "gf-cf"
    family: ClassVar[str] = "graph"

    n_factors: int = 64
    ideal: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("ideal", self.ideal, 0)

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        history = learned_from(known, self.name)
        of_users = np.diff(history.indptr) ** -0.5
        of_titles = np.maximum(known.n_raters, 1) ** -0.5
        steps = sparse.diags_array(of_users) @ history @ sparse.diags_array(of_titles)
        graph = sparse.csr_matrix(steps, dtype=np.float32)
        graph.sort_indices()
        found = largest_directions(graph, self.n_factors, self.seed)
        self.weights_ = gram_of(graph).astype(np.float32, copy=False)
        mirror(self.weights_)
        sent = (self.ideal * found * of_titles).T.astype(np.float32)
        received = (found / of_titles).astype(np.float32)
        in_pieces(
            lambda first, last: add_dense(sent[first:last], received, self.weights_[first:last]),
            known.n_titles, None, work=self.weights_.size * found.shape[0],
        )  # fmt: skip
        self.prior_ = prior_of(known)
