"""A variational autoencoder whose prior is what it believed before.

References
----------
Shenbin, I., Alekseev, A., Tutubalina, E., Malykh, V. and Nikolenko, S. I. (2020). RecVAE: a new
    variational autoencoder for top-N recommendations with implicit feedback. WSDM.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.autoencoders.multinomial import (
    HistoryLearner,
    first_layer,
    log_likelihood,
)
from reelhouse.models.kernels_layers import normalize_in_place, swish_in_place
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

#: Layers of the encoder; each is added to all before it.
_N_LAYERS = 5
#: Shares of the composite prior: the standard normal one, the former posterior, a wide normal one.
_SHARES = (3 / 20, 3 / 4, 1 / 10)
#: Logarithm of the variance of the wide one.
_WIDE = 10.0
#: What the variance of a layer is raised by before it is divided by.
_EPSILON = 1e-5


@dataclass(kw_only=True)
class RecVAE(TorchRanking):
    """Variational autoencoder with a composite prior; encoder and decoder train in turns.

    Parameters
    ----------
    hidden, latent : int
        Units of the encoder's layers, and of the code.
    dropout : float
        Share of what a user saw that the encoder's turns hide; the decoder's hide nothing.
    kl_weight : float
        Of the divergence from the prior, for each title that a user saw.
    encoder_turns : int
        Passes over the users that train the encoder in each epoch; one trains the decoder.
    batch_size : int
        Users of a step.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    name: ClassVar[str] = "recvae"
    family: ClassVar[str] = "autoencoder"
    hidden: int = 300
    latent: int = 100
    dropout: float = 0.5
    kl_weight: float = 0.005
    encoder_turns: int = 3
    batch_size: int = 128
    epochs: int = 40

    def _learner(self, known: RatedTitles, device: Any) -> HistoryLearner:
        return _AlternatingLearner(self, known.history, device)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        learned = self.learned_
        # The first layer knows the history, each further one the sum of all before it.
        value = first_layer(history, learned["layer1"], learned["layer1_bias"])
        total = np.zeros_like(value)
        for layer in range(1, _N_LAYERS + 1):
            if layer > 1:
                value = dense_layer(value, learned[f"layer{layer}"], learned[f"layer{layer}_bias"])
                value += total
            swish_in_place(value)
            normalize_in_place(
                value, learned[f"layer{layer}_scale"], learned[f"layer{layer}_shift"], _EPSILON
            )
            total += value
        code = dense_layer(value, learned["mean"], learned["mean_bias"])
        return dense_layer(code, learned["decode"], learned["decode_bias"])


class _AlternatingLearner(HistoryLearner):
    def __init__(self, settings: RecVAE, history: sparse.csr_matrix, device: Any) -> None:
        super().__init__(history, device)
        self._settings = settings
        random = generator(device, settings.seed, 0)
        self._encoder = _encoder(self.n_titles, settings, random)
        self._decoder = {
            "decode": glorot((settings.latent, self.n_titles), random),
            "decode_bias": zeros(self.n_titles, device),
        }
        self.parameters = self._encoder | self._decoder
        # The encoder as it was before this epoch: its posterior is part of the prior.
        self.held = {name: one.detach().clone() for name, one in self._encoder.items()}
        self.optimizers = [
            torch.optim.Adam(list(part.values()), lr=settings.learning_rate)
            for part in (self._encoder, self._decoder)
        ]

    def epoch(self, number: int, random: Any) -> None:
        for _ in range(self._settings.encoder_turns):
            self._pass(self.optimizers[0], self._settings.dropout, random)
        with torch.no_grad():
            for name, one in self._encoder.items():
                self.held[name].copy_(one)
        self._pass(self.optimizers[1], 0.0, random)

    def arrays(self) -> dict[str, NDArray[Any]]:
        learned = self.parameters.items()
        return {name: to_numpy(one) for name, one in learned if not name.startswith("spread")}

    def _pass(self, optimizer: Any, dropout: float, random: Any) -> None:
        for users in batches(self.n_users, self._settings.batch_size, random):
            loss = self._loss(users, dropout, random)
            for one in self.parameters.values():
                one.grad = None
            loss.backward()
            optimizer.step()

    def _loss(self, users: Tensor, dropout: float, random: Any) -> Tensor:
        rows, counts = self.batch(users)
        mean, log_variance = _encoded(dropped(rows, dropout, random), self._encoder)
        noise = torch.randn(mean.shape, generator=random, device=self.device)
        code = mean + noise * torch.exp(0.5 * log_variance)
        with torch.no_grad():
            former = _encoded(rows, self.held)
        divergence = (_log_normal(code, mean, log_variance) - _log_prior(code, *former)).sum(dim=1)
        logits = code @ self._decoder["decode"] + self._decoder["decode_bias"]
        weight = self._settings.kl_weight * counts.sum(dim=1)
        return (weight * divergence - log_likelihood(logits, counts)).mean()


def _encoder(n_titles: int, settings: RecVAE, random: Any) -> dict[str, Tensor]:
    hidden, latent, device = settings.hidden, settings.latent, random.device
    found = {}
    for layer in range(1, _N_LAYERS + 1):
        found[f"layer{layer}"] = glorot((n_titles if layer == 1 else hidden, hidden), random)
        found[f"layer{layer}_bias"] = zeros(hidden, device)
        found[f"layer{layer}_scale"] = torch.ones(hidden, device=device, requires_grad=True)
        found[f"layer{layer}_shift"] = zeros(hidden, device)
    for name in ("mean", "spread"):
        found[name] = glorot((hidden, latent), random)
        found[f"{name}_bias"] = zeros(latent, device)
    return found


def _encoded(rows: Tensor, net: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and logarithm of the variance of each user's code."""
    value, total = rows, 0.0
    for layer in range(1, _N_LAYERS + 1):
        linear = value @ net[f"layer{layer}"] + net[f"layer{layer}_bias"] + total
        scale, shift = net[f"layer{layer}_scale"], net[f"layer{layer}_shift"]
        value = torch.nn.functional.layer_norm(
            torch.nn.functional.silu(linear), scale.shape, scale, shift, _EPSILON
        )
        total = total + value
    return value @ net["mean"] + net["mean_bias"], value @ net["spread"] + net["spread_bias"]


def _log_prior(code: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    zero = torch.zeros_like(code)
    parts = ((zero, zero), (mean, log_variance), (zero, zero + _WIDE))
    logs = [
        _log_normal(code, *part) + math.log(share)
        for part, share in zip(parts, _SHARES, strict=True)
    ]
    return torch.logsumexp(torch.stack(logs), dim=0)


def _log_normal(code: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    squared = (code - mean) ** 2 / log_variance.exp()
    return -0.5 * (log_variance + math.log(2 * math.pi) + squared)
