"""What the inductive graph models have in common: users are what they saw, and nothing else.

Three convolutions: users from the titles they saw, titles from the users who saw them, users from
these titles. Users all begin alike, so that one who was never learned from is treated as the
others are. A score is the product of the last vectors, plus what a title has of its own.

Training hides a share of what users saw, and learns that a softmax over all titles draws all of
it; else a user's vector would already hold the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.models.on_torch import (
    Learner,
    Tensor,
    dropped,
    generator,
    glorot,
    normal,
    to_numpy,
    zeros,
)
from reelhouse.models.torch_fits import TorchRanking
from reelhouse.recommend.rated import RatedTitles

_SPREAD = 0.1


@dataclass(kw_only=True)
class ConvolvedGraph(TorchRanking):
    """What GraphSAGE and GAT have in common.

    Weights of a history do not count, only what was seen. Features of titles, where they are
    known, are added to the vectors that titles begin with.

    Parameters
    ----------
    factors : int
        Length of the vectors.
    hidden_share : float
        Share of what users saw that each step hides.
    dropout : float
        Share of the numbers in users' vectors that each step hides.
    l2 : float
        Weight of the squared vectors that titles begin with, beside the loss of a user.
    batch_size : int
        Users whose loss a step counts; all pass messages.
    steps : int
        Steps of an epoch.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    factors: int = 128
    hidden_share: float = 0.5
    dropout: float = 0.3
    l2: float = 0.1
    batch_size: int = 2048
    steps: int = 5
    epochs: int = 40
    learning_rate: float = 0.01

    def _taken(self, known: RatedTitles) -> tuple[Any, ...]:
        return (known.history, known.features)


class ConvolvingLearner(Learner):
    """Learns the vectors that titles begin with, and three convolutions.

    Parameters
    ----------
    settings : ConvolvedGraph
    known : RatedTitles
    convolutions : sequence of torch.nn.Module
        Each takes (sources, targets) and edges of shape (2, n_edges).
    device : torch.device
    """

    def __init__(
        self, settings: ConvolvedGraph, known: RatedTitles, convolutions: Sequence[Any], device: Any
    ) -> None:
        self.device = device
        self.held = {}
        self._settings = settings
        self._history = known.history
        self.n_users, self.n_titles = known.history.shape
        rows = np.repeat(np.arange(self.n_users), np.diff(known.history.indptr))
        pairs = np.stack([known.history.indices.astype(np.int64), rows])
        self._edges = torch.from_numpy(pairs).to(device)
        self._features = _features(known.features, device)
        self.convolutions = [one.to(device) for one in convolutions]
        self.parameters = self._weights(generator(device, settings.seed, 0))
        self.optimizers = [
            torch.optim.Adam(list(self.parameters.values()), lr=settings.learning_rate)
        ]

    def epoch(self, number: int, random: Any) -> None:
        """In each step, hide some of what users saw and learn to score all of it high."""
        for _ in range(self._settings.steps):
            self._step(random)

    def _step(self, random: Any) -> None:
        settings = self._settings
        draws = torch.rand(self._edges.shape[1], generator=random, device=self.device)
        users, titles = self.vectors(self._edges[:, draws >= settings.hidden_share])
        chosen = torch.randperm(self.n_users, generator=random, device=self.device)
        rows = np.sort(chosen[: settings.batch_size].cpu().numpy())
        seen = self._history[rows]
        wanted = torch.from_numpy((seen.toarray() > 0).astype(np.float32)).to(self.device)
        vectors = dropped(users[torch.from_numpy(rows).to(self.device)], settings.dropout, random)
        logs = torch.log_softmax(vectors @ titles.T + self.parameters["title_bias"], dim=1)
        squares = (self.parameters["titles"] ** 2).sum()
        loss = (settings.l2 * squares - (wanted * logs).sum()) / rows.size
        self.optimizers[0].zero_grad()
        loss.backward()
        self.optimizers[0].step()

    def start(self) -> tuple[Tensor, Tensor]:
        """Vectors that users and titles begin with."""
        titles = self.parameters["titles"]
        if self._features is not None:
            titles = titles + self._features @ self.parameters["features"]
        return self.parameters["user"].expand(self.n_users, -1), titles

    def vectors(self, edges: Tensor) -> tuple[Tensor, Tensor]:
        """Last vectors of users and of titles, along edges from titles to users."""
        users, titles = self.start()
        to_users, to_titles, last = self.convolutions
        users = torch.relu(to_users((titles, users), edges))
        titles = titles + to_titles((users, titles), edges.flip(0))
        return last((titles, users), edges), titles

    def all_vectors(self) -> tuple[Tensor, Tensor]:
        """Vectors that titles begin with, and their last ones; along all edges."""
        with torch.no_grad():
            return self.start()[1], self.vectors(self._edges)[1]

    def _weights(self, random: Any) -> dict[str, Tensor]:
        width = self._settings.factors
        found = {
            "user": normal((1, width), _SPREAD, random),
            "titles": normal((self.n_titles, width), _SPREAD, random),
            "title_bias": zeros(self.n_titles, self.device),
        }
        if self._features is not None:
            found["features"] = glorot((self._features.shape[1], width), random)
        for number, convolution in enumerate(self.convolutions):
            for name, one in convolution.named_parameters():
                # Drawn again: the library draws from torch's global randomness.
                with torch.no_grad():
                    one.copy_(glorot(one.shape, random) if one.dim() > 1 else one * 0)
                found[f"convolution{number}.{name}"] = one
        return found


def _features(features: sparse.csr_matrix | None, device: Any) -> Tensor | None:
    if features is None or features.shape[1] == 0:
        return None
    return torch.from_numpy(features.toarray()).to(device)


def product_of(rows: NDArray[np.float32], linear: Any) -> NDArray[np.float32]:
    """Rows through the weights of a torch.nn.Linear, without its bias."""
    found: NDArray[np.float32] = rows @ to_numpy(linear.weight).T
    return np.ascontiguousarray(found)
