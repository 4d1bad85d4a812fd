"""A graph model that also learns that noise should not change what is alike.

References
----------
Yu, J., Xia, X., Chen, T., Cui, L., Hung, N. Q. V. and Yin, H. (2023). XSimGCL: towards extremely
    simple graph contrastive learning for recommendation. TKDE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.models.graph.light import LightGCN, PropagatingLearner
from reelhouse.models.on_torch import Tensor
from reelhouse.recommend.rated import RatedTitles


@dataclass(kw_only=True)
class XSimGCL(LightGCN):
    """XSimGCL: LightGCN with noise in each layer, and a contrast between two layers.

    Vectors of layer 0 take no part in the average. Asked, it adds no noise.

    Parameters
    ----------
    noise : float
        Length of what is added to each vector in each layer.
    contrast : float
        Weight of the contrastive loss.
    temperature : float
        Of the contrastive loss.
    contrasted_layer : int
        Layer that the average is contrasted with, from 1.
    factors, layers, loss, negatives, l2, batch_size and all others
        See `LightGCN`.
    """

    name: ClassVar[str] = "xsimgcl"
    factors: int = 64
    layers: int = 3
    epochs: int = 120
    noise: float = 0.05
    contrast: float = 0.01
    temperature: float = 0.2
    contrasted_layer: int = 1

    def _learner(self, known: RatedTitles, device: Any) -> PropagatingLearner:
        if not 1 <= self.contrasted_layer <= self.layers:
            raise RecommendationError(
                f"layer {self.contrasted_layer} is to be contrasted, "
                f"required is one of 1 to {self.layers}"
            )
        return _ContrastingLearner(self, known.history, device)


class _ContrastingLearner(PropagatingLearner):
    averaged_from: ClassVar[int] = 1

    def __init__(self, settings: XSimGCL, history: sparse.csr_matrix, device: Any) -> None:
        super().__init__(settings, history, device)
        self._contrasting = settings

    def loss(self, users: Tensor, titles: Tensor, random: Any) -> Tensor:
        settings = self._contrasting
        sides = self.propagated(lambda vectors: self._noisy(vectors, random))
        of_users, of_titles = (self.averaged(side) for side in sides)
        loss = self.ranking_loss(of_users, of_titles, users, titles, random)
        for numbers, side, average in (
            (users, sides[0], of_users), (titles, sides[1], of_titles)
        ):  # fmt: skip
            chosen = torch.unique(numbers)
            layer = side[settings.contrasted_layer]
            loss = loss + settings.contrast * _contrast(
                average.index_select(0, chosen), layer.index_select(0, chosen),
                settings.temperature,
            )  # fmt: skip
        return loss

    def _noisy(self, vectors: Tensor, random: Any) -> Tensor:
        noise = torch.rand(vectors.shape, generator=random, device=self.device)
        length = self._contrasting.noise * torch.nn.functional.normalize(noise)
        return vectors + torch.sign(vectors) * length


def _contrast(vectors: Tensor, views: Tensor, temperature: float) -> Tensor:
    """InfoNCE: each vector's own view against those of the others."""
    vectors = torch.nn.functional.normalize(vectors)
    likeness = vectors @ torch.nn.functional.normalize(views).T / temperature
    return (torch.logsumexp(likeness, dim=1) - likeness.diagonal()).mean()
