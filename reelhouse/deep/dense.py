"""A dense network that tells the cluster of a row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.deep.calibration import fit_temperature
from reelhouse.deep.classifier import ClassifierFit, DenseClassifier
from reelhouse.deep.classifying import TrainedClassifier
from reelhouse.deep.network import InputRows, mean_square_scale
from reelhouse.deep.settings import DenseSettings
from reelhouse.deep.splits import Sides
from reelhouse.deep.steps import BatchSource, flat, linear_on_top, network_of, rectified, stack
from reelhouse.models.on_torch import Tensor, dropped, generator, torch_scope


def fit_dense(
    rows: InputRows,
    labels: NDArray[np.integer],
    sides: Sides,
    n_classes: int,
    settings: DenseSettings,
) -> ClassifierFit[DenseClassifier]:
    """Train a dense network; it answers without torch.

    Parameters
    ----------
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
    labels : ndarray of shape (n_rows,)
        0 to n_classes - 1.
    sides : Sides
        Nothing is learned from the rows for testing; those for validation say when to stop, and
        give the temperature.
    n_classes : int
    settings : DenseSettings

    Raises
    ------
    NetworkError
        When there are no rows, or the loss is no longer a number.
    """
    start = time.perf_counter()
    scaled = settings.scaling == "mean-square"
    scale = mean_square_scale(rows[sides.train]) if scaled else 1.0
    with torch_scope(settings) as device:
        trained = _Dense(rows, labels, n_classes, settings, scale, device)
        curve, epoch = trained.train(sides)
        network = network_of(trained.layers).scaled(scale)
    logits = network.answer(rows[sides.validation])
    classifier = DenseClassifier(network, fit_temperature(logits, labels[sides.validation]))
    return ClassifierFit(classifier, curve, epoch, time.perf_counter() - start)


class _Dense(TrainedClassifier):
    def __init__(
        self,
        rows: InputRows,
        labels: NDArray[np.integer],
        n_classes: int,
        settings: DenseSettings,
        scale: float,
        device: Any,
    ) -> None:
        super().__init__(settings, labels, device)
        self._source = BatchSource(rows, device, scale)
        widths = (self._source.n_columns, *settings.layers, n_classes)
        self.layers = stack(widths, generator(device, settings.seed, 0))

    @property
    def parameters(self) -> Sequence[Tensor]:
        return flat(self.layers)

    def scores(self, chosen: Tensor, random: Any) -> Tensor:
        values = self._source.take(chosen)
        if random is None:
            return linear_on_top(values, self.layers)
        values = dropped(values, self.settings.input_dropout, random)
        values = rectified(values, self.layers[:-1])
        return linear_on_top(dropped(values, self.settings.dropout, random), self.layers[-1:])
