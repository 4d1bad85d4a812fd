"""Variational and denoising autoencoders with a multinomial likelihood.

References
----------
Liang, D., Krishnan, R. G., Hoffman, M. D. and Jebara, T. (2018). Variational autoencoders for
    collaborative filtering. WWW.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.autoencoders.multinomial import (
    HistoryLearner,
    first_layer,
    log_likelihood,
)
from reelhouse.models.kernels_layers import tanh_in_place
from reelhouse.models.layers import dense_layer
from reelhouse.models.on_torch import (
    Tensor,
    batches,
    dropped,
    generator,
    glorot,
    to_numpy,
    zeros,
)
from reelhouse.models.torch_fits import TorchRanking
from reelhouse.recommend.rated import RatedTitles


@dataclass(kw_only=True)
class MultDAE(TorchRanking):
    """Denoising autoencoder of histories: one hidden layer, multinomial likelihood.

    Parameters
    ----------
    hidden : int
        Units of the hidden layer.
    dropout : float
        Share of what a user saw that training hides from the encoder.
    l2 : float
        Weight of the squared weights in the loss of a user.
    batch_size : int
        Users of a step.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    name: ClassVar[str] = "mult-dae"
    family: ClassVar[str] = "autoencoder"
    hidden: int = 600
    dropout: float = 0.5
    l2: float = 3e-4
    batch_size: int = 64
    epochs: int = 60
    patience: int = 8

    def _learner(self, known: RatedTitles, device: Any) -> HistoryLearner:
        return _DenoisingLearner(self, known.history, device)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        learned = self.learned_
        hidden = first_layer(history, learned["encode"], learned["encode_bias"])
        tanh_in_place(hidden)
        return dense_layer(hidden, learned["decode"], learned["decode_bias"])


@dataclass(kw_only=True)
class MultVAE(TorchRanking):
    """Variational autoencoder of histories, multinomial likelihood.

    Parameters
    ----------
    hidden, latent : int
        Units of the hidden layers, and of the code between them.
    dropout : float
        Share of what a user saw that training hides from the encoder.
    kl_weight : float
        Of the divergence from the prior, once it is fully weighed.
    annealing : int
        Epochs in which that weight rises from 0.
    batch_size : int
        Users of a step.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    name: ClassVar[str] = "mult-vae"
    family: ClassVar[str] = "autoencoder"
    hidden: int = 1000
    latent: int = 300
    dropout: float = 0.6
    kl_weight: float = 0.2
    annealing: int = 20
    batch_size: int = 128
    epochs: int = 80
    patience: int = 10

    def _learner(self, known: RatedTitles, device: Any) -> HistoryLearner:
        return _VariationalLearner(self, known.history, device)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        learned = self.learned_
        hidden = first_layer(history, learned["encode"], learned["encode_bias"])
        tanh_in_place(hidden)
        code = dense_layer(hidden, learned["mean"], learned["mean_bias"])
        hidden = dense_layer(code, learned["expand"], learned["expand_bias"])
        tanh_in_place(hidden)
        return dense_layer(hidden, learned["decode"], learned["decode_bias"])


class _DenoisingLearner(HistoryLearner):
    def __init__(self, settings: MultDAE, history: sparse.csr_matrix, device: Any) -> None:
        super().__init__(history, device)
        self._settings = settings
        random = generator(device, settings.seed, 0)
        self.parameters = {
            "encode": glorot((self.n_titles, settings.hidden), random),
            "encode_bias": zeros(settings.hidden, device),
            "decode": glorot((settings.hidden, self.n_titles), random),
            "decode_bias": zeros(self.n_titles, device),
        }
        self.optimizers = [
            torch.optim.Adam(list(self.parameters.values()), lr=settings.learning_rate)
        ]

    def epoch(self, number: int, random: Any) -> None:
        for users in batches(self.n_users, self._settings.batch_size, random):
            loss = self._loss(users, random)
            self.optimizers[0].zero_grad()
            loss.backward()
            self.optimizers[0].step()

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: to_numpy(one) for name, one in self.parameters.items()}

    def _loss(self, users: Tensor, random: Any) -> Tensor:
        net, settings = self.parameters, self._settings
        rows, counts = self.batch(users)
        hidden = dropped(rows, settings.dropout, random) @ net["encode"] + net["encode_bias"]
        logits = torch.tanh(hidden) @ net["decode"] + net["decode_bias"]
        weights = (net["encode"] ** 2).sum() + (net["decode"] ** 2).sum()
        return settings.l2 * weights - log_likelihood(logits, counts).mean()


class _VariationalLearner(HistoryLearner):
    def __init__(self, settings: MultVAE, history: sparse.csr_matrix, device: Any) -> None:
        super().__init__(history, device)
        self._settings = settings
        random = generator(device, settings.seed, 0)
        hidden, latent = settings.hidden, settings.latent
        self.parameters = {
            "encode": glorot((self.n_titles, hidden), random),
            "encode_bias": zeros(hidden, device),
            "mean": glorot((hidden, latent), random),
            "mean_bias": zeros(latent, device),
            "spread": glorot((hidden, latent), random),
            "spread_bias": zeros(latent, device),
            "expand": glorot((latent, hidden), random),
            "expand_bias": zeros(hidden, device),
            "decode": glorot((hidden, self.n_titles), random),
            "decode_bias": zeros(self.n_titles, device),
        }
        self.optimizers = [
            torch.optim.Adam(list(self.parameters.values()), lr=settings.learning_rate)
        ]

    def epoch(self, number: int, random: Any) -> None:
        settings = self._settings
        share = min(1.0, (number - 1) / max(settings.annealing, 1))
        for users in batches(self.n_users, settings.batch_size, random):
            loss = self._loss(users, settings.kl_weight * share, random)
            self.optimizers[0].zero_grad()
            loss.backward()
            self.optimizers[0].step()

    def arrays(self) -> dict[str, NDArray[Any]]:
        learned = self.parameters.items()
        return {name: to_numpy(one) for name, one in learned if not name.startswith("spread")}

    def _loss(self, users: Tensor, kl_weight: float, random: Any) -> Tensor:
        net = self.parameters
        rows, counts = self.batch(users)
        rows = dropped(rows, self._settings.dropout, random)
        hidden = torch.tanh(rows @ net["encode"] + net["encode_bias"])
        mean = hidden @ net["mean"] + net["mean_bias"]
        log_variance = hidden @ net["spread"] + net["spread_bias"]
        noise = torch.randn(mean.shape, generator=random, device=self.device)
        code = mean + noise * torch.exp(0.5 * log_variance)
        expanded = torch.tanh(code @ net["expand"] + net["expand_bias"])
        logits = expanded @ net["decode"] + net["decode_bias"]
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
        return (kl_weight * divergence - log_likelihood(logits, counts)).mean()
