"""What all networks do while torch trains them: rows in batches, layers, steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy import sparse

from reelhouse.deep.curves import EpochFigures
from reelhouse.deep.network import InputRows, Network
from reelhouse.deep.settings import StepSettings, TrainingSettings
from reelhouse.errors import NetworkError
from reelhouse.models.on_torch import Tensor, batches, generator, glorot, to_numpy, zeros

TensorLayer = tuple[Tensor, Tensor]
#: Numbers of rows that are held dense; of more, each batch is made dense by itself.
_DENSE_NUMBERS = 2**26
#: Keras' constants of RMSprop, with which the published settings were used.
_RMSPROP_MEMORY, _RMSPROP_EPSILON = 0.9, 1e-7


class BatchSource:
    """Rows of a matrix as tensors, times a factor.

    Parameters
    ----------
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
    device : torch.device
    scale : float
    """

    def __init__(self, rows: InputRows, device: Any, scale: float = 1.0) -> None:
        if rows.ndim != 2 or 0 in rows.shape:
            raise NetworkError(f"rows have shape {rows.shape}, required is at least 1 x 1")
        self.n, self.n_columns = (int(size) for size in rows.shape)
        self._device, self._scale = device, scale
        self._rows = rows
        if self.n * self.n_columns <= _DENSE_NUMBERS:
            self._rows = self._tensor(rows)

    def take(self, chosen: Tensor) -> Tensor:
        """The rows of some numbers, shape (n_chosen, n_columns), float32."""
        if isinstance(self._rows, torch.Tensor):
            return self._rows[chosen]
        return self._tensor(self._rows[chosen.cpu().numpy()])

    def _tensor(self, rows: InputRows) -> Tensor:
        dense: Any = rows.toarray() if isinstance(rows, sparse.csr_matrix) else rows
        found = torch.from_numpy(np.ascontiguousarray(dense, dtype=np.float32))
        return found.to(self._device) * self._scale


def stack(widths: Sequence[int], random: Any) -> list[TensorLayer]:
    """Layers to be learned, from one width to the next."""
    return [
        (glorot((before, after), random), zeros(after, random.device))
        for before, after in pairwise(widths)
    ]


def rectified(values: Tensor, layers: Sequence[TensorLayer]) -> Tensor:
    """Units of the last of some layers, all of them rectified."""
    for weights, bias in layers:
        values = torch.relu(torch.addmm(bias, values, weights))
    return values


def linear_on_top(values: Tensor, layers: Sequence[TensorLayer]) -> Tensor:
    """Units of the last of some layers, all others rectified; as `Network.answer`."""
    weights, bias = layers[-1]
    return torch.addmm(bias, rectified(values, layers[:-1]), weights)


def network_of(layers: Sequence[TensorLayer]) -> Network:
    """The same layers as arrays."""
    return Network(tuple((to_numpy(weights), to_numpy(bias)) for weights, bias in layers))


def tensors_of(network: Network, device: Any) -> list[TensorLayer]:
    """The same layers to be learned further; the network's own arrays stay as they are."""
    return [(_learned(weights, device), _learned(bias, device)) for weights, bias in network.layers]


def _learned(array: Any, device: Any) -> Tensor:
    return torch.tensor(array, device=device).requires_grad_()


def flat(layers: Sequence[TensorLayer]) -> list[Tensor]:
    """All tensors of some layers."""
    return [one for layer in layers for one in layer]


def optimizer_of(settings: StepSettings, parameters: Sequence[Tensor]) -> Any:
    """The rule by which parameters move."""
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "adam":
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=settings.momentum, weight_decay=decay)
    return torch.optim.RMSprop(
        parameters, lr=rate, alpha=_RMSPROP_MEMORY, eps=_RMSPROP_EPSILON,
        momentum=settings.momentum, weight_decay=decay,
    )  # fmt: skip


def run_stage(
    stage: str,
    settings: TrainingSettings,
    loss: Callable[[Tensor, Any], Tensor],
    parameters: Sequence[Tensor],
    *,
    n: int,
    epochs: int,
    first_epoch: int,
) -> list[EpochFigures]:
    """Train some parameters for some epochs.

    Parameters
    ----------
    loss : callable
        Of the numbers of a batch's rows and the epoch's randomness: the mean loss of these rows.
    n : int
        Rows.
    epochs : int
    first_epoch : int
        Epochs of the stages before it: no two epochs of a fit share their randomness.
    """
    optimizer = optimizer_of(settings, parameters)
    curve, start = [], time.perf_counter()
    for epoch in range(1, epochs + 1):
        random = generator(parameters[0].device, settings.seed, first_epoch + epoch)
        total = torch.zeros((), device=parameters[0].device)
        for chosen in batches(n, settings.batch_size, random):
            found = loss(chosen, random)
            optimizer.zero_grad()
            found.backward()
            optimizer.step()
            total += found.detach() * chosen.numel()
        mean = float(total) / n
        if not np.isfinite(mean):
            raise NetworkError(
                f"{stage}: the loss of epoch {epoch} is {mean}: lower the learning rate"
            )
        curve.append(EpochFigures(stage, epoch, round(time.perf_counter() - start, 4), mean))
    return curve
