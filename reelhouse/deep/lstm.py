"""A network that reads a text word by word and tells its cluster.

References
----------
Hochreiter, S. and Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9.
Yang, Z., Yang, D., Dyer, C., He, X., Smola, A. and Hovy, E. (2016). Hierarchical attention networks
    for document classification. NAACL.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray
from reelhouse.deep.calibration import DoubleArray, fit_temperature, probabilities
from reelhouse.deep.classifier import ClassifierFit, read_classifier, save_classifier
from reelhouse.deep.classifying import TrainedClassifier
from reelhouse.deep.reading import ReadingNetwork, WordRows
from reelhouse.deep.settings import LstmSettings
from reelhouse.deep.splits import Sides
from reelhouse.errors import NetworkError
from reelhouse.models.base import Arrays
from reelhouse.models.on_torch import Tensor, generator, to_numpy, torch_scope

Sequences = Sequence[NDArray[np.int32]]


@dataclass
class LstmClassifier:
    """A network that reads, with a temperature; asking it needs torch.

    Attributes
    ----------
    settings : LstmSettings
    n_numbers : int
        One more than the highest number of a word.
    length : int
        Places of a padded sequence; of a longer text the last words count.
    n_classes : int
    weights : mapping of str to ndarray
    temperature : float
    """

    settings: LstmSettings
    n_numbers: int
    length: int
    n_classes: int
    weights: Arrays
    temperature: float

    def logits(self, inputs: Sequences) -> FloatArray:
        """What the last layer says.

        Parameters
        ----------
        inputs : sequence of ndarrays of int32
            Numbers of the words of each text; see `reelhouse.deep.sequences.WordNumbers`.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
        """
        with torch_scope(self.settings) as device:
            network = ReadingNetwork(
                self.settings, self.n_numbers, self.n_classes, generator(device, 0, 0)
            )
            network.restore(self.weights)
            rows = WordRows(inputs, self.n_numbers, self.length, device)
            asked = _Reading(self.settings, np.zeros(rows.n), network, rows, device)
            return asked.answers(np.arange(rows.n))

    def probabilities(self, inputs: Sequences) -> DoubleArray:
        """Calibrated probability of each class: shape (n, n_classes), float64."""
        return probabilities(self.logits(inputs), self.temperature)

    def save(self, folder: Path) -> None:
        """Write classifier.json and classifier.safetensors; the folder is made."""
        about = {
            "kind": "lstm",
            "temperature": self.temperature,
            "settings": self.settings.model_dump(mode="json"),
            "n_numbers": self.n_numbers,
            "length": self.length,
            "n_classes": self.n_classes,
        }
        save_classifier(folder, about, self.weights)

    @classmethod
    def load(cls, folder: Path) -> LstmClassifier:
        """Read what `save` wrote.

        Raises
        ------
        NetworkError
            When a file is missing, damaged, or of another kind or format.
        """
        about, weights = read_classifier(folder, "lstm")
        try:
            settings = LstmSettings.model_validate(about["settings"])
            sizes = {name: int(about[name]) for name in ("n_numbers", "length", "n_classes")}
        except (KeyError, ValueError) as error:
            raise NetworkError(f"the classifier in {folder} cannot be read: {error}") from None
        temperature = float(about["temperature"])
        return cls(settings=settings, weights=weights, temperature=temperature, **sizes)


def fit_lstm(
    sequences: Sequences,
    labels: NDArray[np.integer],
    sides: Sides,
    n_classes: int,
    settings: LstmSettings,
    *,
    n_numbers: int,
    length: int,
    vectors: Mapping[int, FloatArray] | None = None,
) -> ClassifierFit[LstmClassifier]:
    """Train a network that reads.

    Parameters
    ----------
    sequences : sequence of n ndarrays of int32
        Numbers of the words of each text.
    labels : ndarray of shape (n,)
        0 to n_classes - 1.
    sides : Sides
        Nothing is learned from the texts for testing.
    n_classes : int
    settings : LstmSettings
    n_numbers : int
        One more than the highest number of a word.
    length : int
        Places of a padded sequence.
    vectors : mapping of int to ndarray of shape (dimensions,), or None
        What words' vectors begin with, by number; others are drawn.

    Raises
    ------
    NetworkError
        When the loss is no longer a number.
    """
    start = time.perf_counter()
    with torch_scope(settings) as device:
        random = generator(device, settings.seed, 0)
        network = ReadingNetwork(settings, n_numbers, n_classes, random)
        network.begin_with(vectors or {})
        rows = WordRows(sequences, n_numbers, length, device)
        trained = _Reading(settings, labels, network, rows, device)
        curve, epoch = trained.train(sides)
        logits = trained.answers(sides.validation)
        weights = {name: to_numpy(one) for name, one in network.named()}
    classifier = LstmClassifier(
        settings, n_numbers, length, n_classes, weights,
        fit_temperature(logits, labels[sides.validation]),
    )  # fmt: skip
    return ClassifierFit(classifier, curve, epoch, time.perf_counter() - start)


class _Reading(TrainedClassifier):
    def __init__(
        self,
        settings: LstmSettings,
        labels: NDArray[Any],
        network: ReadingNetwork,
        rows: WordRows,
        device: Any,
    ) -> None:
        super().__init__(settings, labels, device)
        self.clip = settings.clip
        self._network, self._rows = network, rows

    @property
    def parameters(self) -> Sequence[Tensor]:
        return self._network.learned()

    def scores(self, chosen: Tensor, random: Any) -> Tensor:
        if self._network.reads_words:
            return self._network.read_words(*self._rows.words(chosen), random)
        return self._network.read_numbers(self._rows.numbers(chosen), random)
