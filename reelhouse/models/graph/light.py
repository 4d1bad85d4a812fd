"""Graph convolution without weights or activations: vectors averaged along the edges.

A user who was not learned from has no vector to begin with. The vectors of such a user after each
layer follow from those of the titles seen: one step of propagation, with nothing from layer 0.

References
----------
He, X., Deng, K., Wang, X., Li, Y., Zhang, Y. and Wang, M. (2020). LightGCN: simplifying and
    powering graph convolution network for recommendation. SIGIR.
Rendle, S., Freudenthaler, C., Gantner, Z. and Schmidt-Thieme, L. (2009). BPR: Bayesian
    personalized ranking from implicit feedback. UAI.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.graph.bipartite import Edges, share_of, symmetric
from reelhouse.models.kernels_layers import add_dense, add_sparse
from reelhouse.models.on_torch import (
    Learner,
    Tensor,
    batches,
    generator,
    normal,
    to_numpy,
)
from reelhouse.models.torch_fits import TorchRanking
from reelhouse.recommend.on_ratings import PRIOR
from reelhouse.recommend.rated import RatedTitles

#: Spread of the vectors that training begins with.
_SPREAD = 0.1


@dataclass(kw_only=True)
class LightGCN(TorchRanking):
    """LightGCN: vectors of users and titles, averaged over layers of propagation.

    Weights of a history do not count, only what was seen.

    Parameters
    ----------
    factors : int
        Length of the vectors.
    layers : int
        Steps of propagation.
    loss : str
        `bpr`: a title seen should score above one drawn at random. `softmax`: it should be the
        one that a softmax over it and `negatives` drawn titles draws.
    negatives : int
        Titles drawn for each step of `softmax`.
    l2 : float
        Weight of the squared vectors of the users and titles of a step.
    batch_size : int
        Seen titles of a step.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    name: ClassVar[str] = "lightgcn"
    family: ClassVar[str] = "graph"
    factors: int = 256
    layers: int = 2
    loss: Literal["bpr", "softmax"] = "bpr"
    negatives: int = 1024
    l2: float = 1e-4
    batch_size: int = 4096
    epochs: int = 100
    learning_rate: float = 5e-3
    every: int = 3

    def _learner(self, known: RatedTitles, device: Any) -> PropagatingLearner:
        return PropagatingLearner(self, known.history, device)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        learned = self.learned_
        seen = np.diff(history.indptr)
        weights = np.repeat(share_of(seen, 0.5), seen)
        users = np.zeros((history.shape[0], learned["sent"].shape[1]), dtype=np.float32)
        add_sparse(history.indptr, history.indices, weights, learned["sent"], users)
        # A user who saw nothing gets what most saw.
        scores = np.tile(learned["prior"], (history.shape[0], 1))
        add_dense(users, learned["titles"], scores)
        return scores


class PropagatingLearner(Learner):
    """Learns vectors from pairs of users and titles.

    Parameters
    ----------
    settings : LightGCN
    history : csr_matrix of shape (n_users, n_titles)
    device : torch.device

    Attributes
    ----------
    averaged_from : int
        First layer that takes part in the average.
    """

    averaged_from: ClassVar[int] = 0

    def __init__(self, settings: LightGCN, history: sparse.csr_matrix, device: Any) -> None:
        self.device = device
        self.held = {}
        self._settings, self._history = settings, history
        n_users, self._n_titles = history.shape
        self._edges = Edges.of(symmetric(history), device)
        rows = np.repeat(np.arange(n_users), np.diff(history.indptr))
        self._users = torch.from_numpy(rows).to(device)
        self._titles = torch.from_numpy(history.indices.astype(np.int64)).to(device)
        # Ascending, since a history is sorted: a pair is looked up among them.
        self._seen = self._users * self._n_titles + self._titles
        random = generator(device, settings.seed, 0)
        self.parameters = {
            "users": normal((n_users, settings.factors), _SPREAD, random),
            "titles": normal((self._n_titles, settings.factors), _SPREAD, random),
        }
        self.optimizers = [
            torch.optim.Adam(list(self.parameters.values()), lr=settings.learning_rate)
        ]

    def epoch(self, number: int, random: Any) -> None:
        """Train on every seen title once."""
        for chosen in batches(self._users.numel(), self._settings.batch_size, random):
            loss = self.loss(self._users[chosen], self._titles[chosen], random)
            self.optimizers[0].zero_grad()
            loss.backward()
            self.optimizers[0].step()

    def loss(self, users: Tensor, titles: Tensor, random: Any) -> Tensor:
        """Loss of some seen titles."""
        of_users, of_titles = (self.averaged(side) for side in self.propagated())
        return self.ranking_loss(of_users, of_titles, users, titles, random)

    def averaged(self, layers: list[Tensor]) -> Tensor:
        """Mean of the layers that take part."""
        return torch.stack(layers[self.averaged_from :]).mean(dim=0)

    def propagated(
        self, changed: Callable[[Tensor], Tensor] = lambda vectors: vectors
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Vectors of users and of titles after 0, 1, ... layers; each layer's may be changed."""
        users, titles = [self.parameters["users"]], [self.parameters["titles"]]
        for _ in range(self._settings.layers):
            sent = self._edges.send(titles[-1])
            titles.append(changed(self._edges.back().send(users[-1])))
            users.append(changed(sent))
        return users, titles

    def ranking_loss(
        self, of_users: Tensor, of_titles: Tensor, users: Tensor, titles: Tensor, random: Any
    ) -> Tensor:
        """Loss of scoring seen titles too low, and that of long vectors."""
        vectors, seen = of_users.index_select(0, users), of_titles.index_select(0, titles)
        scores = (vectors * seen).sum(dim=1)
        if self._settings.loss == "bpr":
            others = self._unseen(users, random)
            differences = scores - (vectors * of_titles.index_select(0, others)).sum(dim=1)
            loss = torch.nn.functional.softplus(-differences).mean()
        else:
            others = self._drawn(self._settings.negatives, random)
            against = vectors @ of_titles.index_select(0, others).T
            against = against.masked_fill(others[None, :] == titles[:, None], -torch.inf)
            loss = (torch.logsumexp(torch.cat([scores[:, None], against], 1), 1) - scores).mean()
        net = self.parameters
        squares = (net["users"].index_select(0, users) ** 2).sum()
        squares = squares + (net["titles"].index_select(0, titles) ** 2).sum()
        return loss + self._settings.l2 * squares / users.numel()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a title sends to a new user, and what it is scored by."""
        with torch.no_grad():
            _, layers = self.propagated()
            titles = self.averaged(layers)
            sent = torch.stack(layers[:-1]).sum(dim=0) / len(layers[self.averaged_from :])
        raters = np.bincount(self._history.indices, minlength=self._n_titles)
        prior = PRIOR * raters / max(self._history.shape[0], 1)
        return {
            "sent": to_numpy(sent) * share_of(raters, 0.5)[:, None],
            "titles": np.ascontiguousarray(to_numpy(titles).T),
            "prior": prior.astype(np.float32),
        }

    def _drawn(self, n: int, random: Any) -> Tensor:
        if n >= self._n_titles:
            return torch.arange(self._n_titles, device=self.device)
        return torch.randint(self._n_titles, (n,), generator=random, device=self.device)

    def _unseen(self, users: Tensor, random: Any) -> Tensor:
        """A title for each user, drawn again once where the user saw it."""
        first, second = self._drawn_for(users, random), self._drawn_for(users, random)
        pairs = users * self._n_titles + first
        places = torch.searchsorted(self._seen, pairs).clamp(max=self._seen.numel() - 1)
        return torch.where(self._seen[places] == pairs, second, first)

    def _drawn_for(self, users: Tensor, random: Any) -> Tensor:
        return torch.randint(self._n_titles, users.shape, generator=random, device=self.device)
