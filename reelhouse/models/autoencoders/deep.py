"""A deep autoencoder of what users gave, fed with its own answers.

References
----------
Kuchaiev, O. and Ginsburg, B. (2017). Training deep autoencoders for collaborative filtering.
    arXiv:1708.01715.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import torch

from reelhouse.errors import RecommendationError
from reelhouse.models.autoencoders.rated_rows import RatedRowsAutoencoder, RowsLearner
from reelhouse.models.on_torch import Tensor, dropped, generator, glorot, zeros
from reelhouse.models.ratings import Ratings


@dataclass(kw_only=True)
class DeepAutoencoder(RatedRowsAutoencoder):
    """Deep autoencoder of users' ratings with dense refeeding.

    What the network answers is a user who rated everything: fed with it, it should answer the
    same. The last layer is linear, so that answers leave the bounds of the rectifier.

    Parameters
    ----------
    hidden : tuple of int
        Units of the encoder's layers, the last the code; the decoder mirrors them.
    dropout : float
        Share of the code that training hides.
    refeeding : int
        Steps on the network's own answers after each step on ratings.
    l2 : float
        Weight of the squared weights beside the squared errors of all ratings.
    batch_size : int
        Users of a step.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    name: ClassVar[str] = "deep-autoencoder"
    family: ClassVar[str] = "autoencoder"
    hidden: tuple[int, ...] = (128, 64)
    dropout: float = 0.8
    refeeding: int = 1
    l2: float = 100.0
    batch_size: int = 64
    epochs: int = 60
    patience: int = 8

    def _learner(self, train: Ratings, device: Any) -> RowsLearner:
        if not self.hidden:
            raise RecommendationError("there are 0 hidden layers, required is at least 1")
        return _ManyHiddenLayers(self, train, device)


class _ManyHiddenLayers(RowsLearner):
    def __init__(self, settings: DeepAutoencoder, train: Ratings, device: Any) -> None:
        super().__init__(train, settings.batch_size, device, rows_are_users=True)
        self._settings = settings
        random = generator(device, settings.seed, 0)
        widths = [self.n_columns, *settings.hidden]
        self._layers = [
            (glorot((before, after), random), zeros(after, device))
            for before, after in [*pairwise(widths), *pairwise(reversed(widths))]
        ]
        self.parameters = {}
        for number, (weights, bias) in enumerate(self._layers):
            self.parameters |= {f"layer{number}": weights, f"layer{number}_bias": bias}
        self.optimizers = [
            torch.optim.Adam(list(self.parameters.values()), lr=settings.learning_rate)
        ]
        self._l2 = settings.l2 / train.n_ratings

    def learn(self, rows: Tensor, known: Tensor, random: Any) -> None:
        answers = self._step(rows, rows, known, random)
        for _ in range(self._settings.refeeding):
            answers = self._step(answers, answers, torch.ones_like(known), random)

    def hidden(self, rows: Tensor) -> Tensor:
        return self._hidden(rows, 0.0, None)

    def last(self) -> tuple[Tensor, Tensor]:
        return self._layers[-1]

    def _step(self, rows: Tensor, wanted: Tensor, counted: Tensor, random: Any) -> Tensor:
        weights, bias = self._layers[-1]
        answers = self._hidden(rows, self._settings.dropout, random) @ weights + bias
        errors = (answers - wanted) * counted
        squares = sum((one**2).sum() for one, _ in self._layers)
        loss = (errors**2).sum() / counted.sum() + self._l2 * squares
        self.optimizers[0].zero_grad()
        loss.backward()
        self.optimizers[0].step()
        return answers.detach()

    def _hidden(self, rows: Tensor, dropout: float, random: Any) -> Tensor:
        for number, (weights, bias) in enumerate(self._layers[:-1], 1):
            rows = torch.nn.functional.selu(rows @ weights + bias)
            if number == len(self._settings.hidden):
                rows = dropped(rows, dropout, random)
        return rows
