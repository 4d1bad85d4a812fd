"""Classifiers as they were learned: a cluster for each row, with a probability."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from reelhouse.clustering.geometry import FloatArray
from reelhouse.deep.calibration import DoubleArray, probabilities
from reelhouse.deep.curves import EpochFigures
from reelhouse.deep.network import InputRows, Network
from reelhouse.errors import NetworkError
from reelhouse.models.base import Arrays

_FORMAT = 1
_FILES = ("classifier.json", "classifier.safetensors")


class Classifier(Protocol):
    """What every kind of classifier offers; the inputs are those of its kind."""

    temperature: float

    def logits(self, inputs: Any) -> FloatArray:
        """What the last layer says: shape (n, n_classes), float32."""


C = TypeVar("C", bound=Classifier)


@dataclass(frozen=True)
class ClassifierFit(Generic[C]):
    """A classifier and how it was trained.

    Attributes
    ----------
    classifier : Classifier
    curve : tuple of EpochFigures
        Empty for one that is solved at once.
    epoch : int
        The epoch whose weights were taken; 0 for one that is solved at once.
    seconds : float
        Of the whole fit.
    """

    classifier: C
    curve: tuple[EpochFigures, ...]
    epoch: int
    seconds: float


@dataclass
class DenseClassifier:
    """A dense network, or a linear one, with a temperature; asked without torch.

    Attributes
    ----------
    network : Network
    temperature : float
    """

    network: Network
    temperature: float

    def logits(self, inputs: InputRows) -> FloatArray:
        """What the last layer says.

        Parameters
        ----------
        inputs : csr_matrix or ndarray of shape (n, n_columns)

        Returns
        -------
        ndarray of shape (n, n_classes), float32
        """
        return self.network.answer(inputs)

    def probabilities(self, inputs: InputRows) -> DoubleArray:
        """Calibrated probability of each class: shape (n, n_classes), float64."""
        return probabilities(self.logits(inputs), self.temperature)

    def save(self, folder: Path) -> None:
        """Write classifier.json and classifier.safetensors; the folder is made."""
        save_classifier(
            folder, {"kind": "dense", "temperature": self.temperature},
            self.network.arrays("network"),
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> DenseClassifier:
        """Read what `save` wrote.

        Raises
        ------
        NetworkError
            When a file is missing, damaged, or of another kind or format.
        """
        about, arrays = read_classifier(folder, "dense")
        return cls(Network.of_arrays(arrays, "network"), float(about["temperature"]))


def save_classifier(folder: Path, about: dict[str, Any], arrays: Arrays) -> None:
    """Write what a classifier of any kind is made of; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(kept, folder / _FILES[1])
    text = json.dumps({"format": _FORMAT, **about}, sort_keys=True)
    (folder / _FILES[0]).write_text(text + "\n", encoding="utf-8")


def read_classifier(folder: Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read what `save_classifier` wrote, of a kind; see `DenseClassifier.load`."""
    try:
        about = json.loads((folder / _FILES[0]).read_text(encoding="utf-8"))
        arrays = load_file(folder / _FILES[1])
        found = about["format"], about["kind"], float(about["temperature"]) > 0
    except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
        raise NetworkError(f"the classifier in {folder} cannot be read: {error}") from None
    if found != (_FORMAT, kind, True):
        raise NetworkError(
            f"{folder / _FILES[0]} says {about}, required is format {_FORMAT}, kind {kind} and a "
            "temperature above 0"
        )
    return about, arrays
