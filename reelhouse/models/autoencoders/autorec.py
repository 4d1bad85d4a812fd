"""Autoencoders with one hidden layer, of what titles were given or of what users gave.

References
----------
Sedhain, S., Menon, A. K., Sanner, S. and Xie, L. (2015). AutoRec: autoencoders meet collaborative
    filtering. WWW.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from reelhouse.models.autoencoders.rated_rows import RatedRowsAutoencoder, RowsLearner
from reelhouse.models.on_torch import Tensor, dropped, generator, glorot, zeros
from reelhouse.models.ratings import Ratings


@dataclass(kw_only=True)
class AutoRec(RatedRowsAutoencoder):
    """What both kinds of AutoRec have in common.

    Parameters
    ----------
    hidden : int
        Units of the hidden layer.
    dropout : float
        Share of the ratings that training hides from the encoder.
    l2 : float
        Weight of the squared weights beside the squared errors of all ratings.
    batch_size : int
        Rows of a step.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    family: ClassVar[str] = "autoencoder"
    rows_are_users: ClassVar[bool]
    hidden: int = 300
    dropout: float = 0.5
    l2: float = 30.0
    batch_size: int = 128
    epochs: int = 100
    patience: int = 8

    def _learner(self, train: Ratings, device: Any) -> RowsLearner:
        return _OneHiddenLayer(self, train, device)


@dataclass(kw_only=True)
class ItemAutoRec(AutoRec):
    """AutoRec of titles: a row is what one title was given. Settings: see `AutoRec`."""

    name: ClassVar[str] = "autorec-item"
    rows_are_users: ClassVar[bool] = False


@dataclass(kw_only=True)
class UserAutoRec(AutoRec):
    """AutoRec of users: a row is what one user gave. Settings: see `AutoRec`."""

    name: ClassVar[str] = "autorec-user"
    rows_are_users: ClassVar[bool] = True


class _OneHiddenLayer(RowsLearner):
    def __init__(self, settings: AutoRec, train: Ratings, device: Any) -> None:
        super().__init__(train, settings.batch_size, device, rows_are_users=settings.rows_are_users)
        random = generator(device, settings.seed, 0)
        self.parameters = {
            "encode": glorot((self.n_columns, settings.hidden), random),
            "encode_bias": zeros(settings.hidden, device),
            "decode": glorot((settings.hidden, self.n_columns), random),
            "decode_bias": zeros(self.n_columns, device),
        }
        self.optimizers = [
            torch.optim.Adam(list(self.parameters.values()), lr=settings.learning_rate)
        ]
        self._dropout = settings.dropout
        self._l2 = settings.l2 / train.n_ratings

    def learn(self, rows: Tensor, known: Tensor, random: Any) -> None:
        net = self.parameters
        hidden = self.hidden(dropped(rows, self._dropout, random))
        errors = (hidden @ net["decode"] + net["decode_bias"] - rows) * known
        weights = (net["encode"] ** 2).sum() + (net["decode"] ** 2).sum()
        loss = (errors**2).sum() / known.sum() + self._l2 * weights
        self.optimizers[0].zero_grad()
        loss.backward()
        self.optimizers[0].step()

    def hidden(self, rows: Tensor) -> Tensor:
        return torch.sigmoid(rows @ self.parameters["encode"] + self.parameters["encode_bias"])

    def last(self) -> tuple[Tensor, Tensor]:
        return self.parameters["decode"], self.parameters["decode_bias"]
