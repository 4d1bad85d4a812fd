"""Training of classifiers of any kind: epochs, the judgement of each, and the way back."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray
from reelhouse.deep.curves import EpochFigures
from reelhouse.deep.settings import ClassifierSettings
from reelhouse.deep.splits import Sides
from reelhouse.deep.steps import optimizer_of
from reelhouse.errors import NetworkError
from reelhouse.models.on_torch import Tensor, batches, generator
from reelhouse.models.training import Judge, Training

#: Rows that are answered at once when all are asked for.
_AT_ONCE = 1024


class TrainedClassifier(ABC):
    """A network while it is trained; a subclass knows its inputs.

    Parameters
    ----------
    settings : ClassifierSettings
    labels : ndarray of shape (n,)
        Of all rows, those for testing included, which are not looked at.
    device : torch.device
    """

    #: How long a gradient may be; 0: as long as it is.
    clip = 0.0

    def __init__(
        self, settings: ClassifierSettings, labels: NDArray[np.integer], device: Any
    ) -> None:
        self.settings, self.device = settings, device
        self._labels = torch.from_numpy(labels.astype(np.int64)).to(device)

    @property
    @abstractmethod
    def parameters(self) -> Sequence[Tensor]:
        """All that is learned."""

    @abstractmethod
    def scores(self, chosen: Tensor, random: Any) -> Tensor:
        """Logits of the rows of some numbers; `random` is None where nothing is hidden."""

    def answers(self, numbers: NDArray[np.int64]) -> FloatArray:
        """Logits of some rows, nothing hidden: shape (n, n_classes)."""
        with torch.no_grad():
            chosen = torch.from_numpy(numbers).to(self.device)
            parts = [self.scores(one, None) for one in chosen.split(_AT_ONCE)]
            found: FloatArray = torch.cat(parts).cpu().numpy()
        return found

    def train(self, sides: Sides) -> tuple[tuple[EpochFigures, ...], int]:
        """Learn; returns the curve, and the epoch whose weights are in place."""
        run = _Run(self, sides)
        settings = self.settings
        # Without patience all epochs are done and the last weights stay.
        judge = Judge(lambda: run.validation_loss, higher_is_better=False)
        training: Training[list[Tensor]] = Training(
            epochs=settings.epochs, step=run.epoch, keep=self._keep, put_back=self._put_back,
            judge=judge if settings.patience else None, patience=settings.patience,
        )  # fmt: skip
        _, epoch = training.run()
        return tuple(run.curve), epoch

    def loss_and_hits(self, chosen: Tensor, random: Any) -> tuple[Tensor, Tensor]:
        """Mean loss of some rows, and how many are placed right."""
        scores, truth = self.scores(chosen, random), self._labels[chosen]
        hits = (scores.detach().argmax(dim=1) == truth).sum()
        return torch.nn.functional.cross_entropy(scores, truth), hits

    def _keep(self) -> list[Tensor]:
        return [one.detach().clone() for one in self.parameters]

    def _put_back(self, kept: list[Tensor]) -> None:
        with torch.no_grad():
            for one, value in zip(self.parameters, kept, strict=True):
                one.copy_(value)


class _Run:
    """Epochs of one training."""

    def __init__(self, network: TrainedClassifier, sides: Sides) -> None:
        self._network, self._sides = network, sides
        self._optimizer = optimizer_of(network.settings, network.parameters)
        self._train = torch.from_numpy(sides.train).to(network.device)
        self.curve: list[EpochFigures] = []

    @property
    def validation_loss(self) -> float:
        return self.curve[-1].validation_loss or 0.0

    def epoch(self, number: int) -> None:
        start, before = time.perf_counter(), self.curve[-1].seconds if self.curve else 0.0
        loss, accuracy = self._learn(number)
        seconds = before + time.perf_counter() - start
        validation_loss, validation_accuracy = self._judge()
        self.curve.append(
            EpochFigures(
                "classifier", number, round(seconds, 4), loss, accuracy,
                validation_loss, validation_accuracy,
            )
        )  # fmt: skip

    def _learn(self, number: int) -> tuple[float, float]:
        network = self._network
        random = generator(network.device, network.settings.seed, number)
        total, right = torch.zeros((2,), device=network.device)
        for places in batches(self._train.numel(), network.settings.batch_size, random):
            loss, hits = network.loss_and_hits(self._train[places], random)
            self._optimizer.zero_grad()
            loss.backward()
            if network.clip:
                torch.nn.utils.clip_grad_norm_(network.parameters, network.clip)
            self._optimizer.step()
            total, right = total + loss.detach() * places.numel(), right + hits
        mean = float(total) / self._train.numel()
        if not np.isfinite(mean):
            raise NetworkError(f"the loss of epoch {number} is {mean}: lower the learning rate")
        return mean, float(right) / self._train.numel()

    def _judge(self) -> tuple[float, float]:
        chosen = torch.from_numpy(self._sides.validation).to(self._network.device)
        total, right = 0.0, 0
        with torch.no_grad():
            for some in chosen.split(_AT_ONCE):
                loss, hits = self._network.loss_and_hits(some, None)
                total, right = total + float(loss) * some.numel(), right + int(hits)
        return total / chosen.numel(), right / chosen.numel()
