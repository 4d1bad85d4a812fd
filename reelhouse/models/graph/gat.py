"""Convolution that attends to some neighbours more than to others.

References
----------
Veličković, P., Cucurull, G., Casanova, A., Romero, A., Liò, P. and Bengio, Y. (2018). Graph
    attention networks. ICLR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from torch_geometric.nn import GATConv

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import RecommendationError
from reelhouse.models.graph.convolved import ConvolvedGraph, ConvolvingLearner, product_of
from reelhouse.models.kernels_layers import add_dense, attend
from reelhouse.models.on_torch import to_numpy
from reelhouse.recommend.rated import RatedTitles

#: Slope of the leaky rectifier below 0.
_SLOPE = 0.2


@dataclass(kw_only=True)
class GAT(ConvolvedGraph):
    """Graph attention network on the graph of users and titles.

    Parameters
    ----------
    heads : int
        Attentions beside each other; they divide `factors`.
    factors, hidden_share, dropout and all others
        See `ConvolvedGraph`.
    """

    name: ClassVar[str] = "gat"
    family: ClassVar[str] = "graph"
    heads: int = 4

    def _learner(self, known: RatedTitles, device: Any) -> ConvolvingLearner:
        if self.factors % self.heads:
            raise RecommendationError(
                f"{self.heads} heads are to share {self.factors} factors, "
                "required is a number that divides them"
            )
        return _AttendingLearner(self, known, device)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        learned = self.learned_
        n_users = history.shape[0]
        starts, columns = history.indptr, history.indices
        users = np.tile(learned["first_bias"], (n_users, 1))
        seek = np.tile(learned["first_seek"], (n_users, 1))
        attend(starts, columns, learned["first"], learned["first_logits"], seek, _SLOPE, users)
        users = np.maximum(users, 0)
        seek = np.zeros_like(seek)
        add_dense(users, learned["last_seek"], seek)
        vectors = np.tile(learned["last_bias"], (n_users, 1))
        attend(starts, columns, learned["last"], learned["last_logits"], seek, _SLOPE, vectors)
        add_dense(users, learned["own"], vectors)
        scores = np.tile(learned["title_bias"], (n_users, 1))
        add_dense(vectors, learned["titles"], scores)
        return scores


class _AttendingLearner(ConvolvingLearner):
    def __init__(self, settings: GAT, known: RatedTitles, device: Any) -> None:
        width, heads = settings.factors, settings.heads
        # A node's own vector is added as it is with GraphSAGE.
        convolutions = [
            GATConv(
                (width, width), width // heads, heads=heads, negative_slope=_SLOPE,
                add_self_loops=False, residual=True,
            )
            for _ in range(3)
        ]  # fmt: skip
        super().__init__(settings, known, convolutions, device)

    def arrays(self) -> dict[str, NDArray[Any]]:
        begin, titles = (to_numpy(one) for one in self.all_vectors())
        to_users, _, last = self.convolutions
        user = to_numpy(self.parameters["user"])
        first, first_logits = _sources(begin, to_users)
        sources, logits = _sources(titles, last)
        return {
            "first": first,
            "first_logits": first_logits,
            "first_seek": (user @ _seek(to_users))[0],
            "first_bias": to_numpy(to_users.bias) + product_of(user, to_users.res)[0],
            "last": sources,
            "last_logits": logits,
            "last_seek": _seek(last),
            "last_bias": to_numpy(last.bias),
            "own": np.ascontiguousarray(to_numpy(last.res.weight).T),
            "titles": np.ascontiguousarray(titles.T),
            "title_bias": to_numpy(self.parameters["title_bias"]),
        }


def _sources(rows: FloatArray, convolution: Any) -> tuple[FloatArray, FloatArray]:
    """What is attended to, and its share of the logits of each head."""
    sources = product_of(rows, convolution.lin_src)
    attention = to_numpy(convolution.att_src)
    logits = (sources.reshape(rows.shape[0], *attention.shape[1:]) * attention).sum(axis=2)
    return sources, np.ascontiguousarray(logits, dtype=np.float32)


def _seek(convolution: Any) -> FloatArray:
    """What makes a target's share of the logits of its vector: shape (width, n_heads)."""
    attention = to_numpy(convolution.att_dst)[0]
    weights = to_numpy(convolution.lin_dst.weight).reshape(*attention.shape, -1)
    return np.ascontiguousarray(np.einsum("hcw,hc->wh", weights, attention), dtype=np.float32)
