"""Convolution by the mean of the neighbours, beside what a node is itself.

References
----------
Hamilton, W. L., Ying, R. and Leskovec, J. (2017). Inductive representation learning on large
    graphs. NeurIPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from torch_geometric.nn import SAGEConv

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.graph.bipartite import share_of
from reelhouse.models.graph.convolved import ConvolvedGraph, ConvolvingLearner, product_of
from reelhouse.models.kernels_layers import add_dense, add_sparse
from reelhouse.models.on_torch import to_numpy
from reelhouse.recommend.rated import RatedTitles


@dataclass(kw_only=True)
class GraphSAGE(ConvolvedGraph):
    """GraphSAGE on the graph of users and titles. Settings: see `ConvolvedGraph`."""

    name: ClassVar[str] = "graphsage"
    family: ClassVar[str] = "graph"

    def _learner(self, known: RatedTitles, device: Any) -> ConvolvingLearner:
        return _MeanLearner(self, known, device)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        learned = self.learned_
        seen = np.diff(history.indptr)
        starts, columns = history.indptr, history.indices
        weights = np.repeat(share_of(seen, 1.0), seen)
        users = np.tile(learned["first_bias"], (seen.size, 1))
        add_sparse(starts, columns, weights, learned["first"], users)
        users = np.maximum(users, 0)
        vectors = np.tile(learned["last_bias"], (seen.size, 1))
        add_sparse(starts, columns, weights, learned["last"], vectors)
        add_dense(users, learned["own"], vectors)
        scores = np.tile(learned["title_bias"], (seen.size, 1))
        add_dense(vectors, learned["titles"], scores)
        return scores


class _MeanLearner(ConvolvingLearner):
    def __init__(self, settings: GraphSAGE, known: RatedTitles, device: Any) -> None:
        width = settings.factors
        convolutions = [SAGEConv((width, width), width) for _ in range(3)]
        super().__init__(settings, known, convolutions, device)

    def arrays(self) -> dict[str, NDArray[Any]]:
        begin, titles = (to_numpy(one) for one in self.all_vectors())
        to_users, _, last = self.convolutions
        alike = product_of(to_numpy(self.parameters["user"]), to_users.lin_r)[0]
        return {
            "first": product_of(begin, to_users.lin_l),
            "first_bias": to_numpy(to_users.lin_l.bias) + alike,
            "last": product_of(titles, last.lin_l),
            "last_bias": to_numpy(last.lin_l.bias),
            "own": np.ascontiguousarray(to_numpy(last.lin_r.weight).T),
            "titles": np.ascontiguousarray(titles.T),
            "title_bias": to_numpy(self.parameters["title_bias"]),
        }
