"""A dense network as it was learned: arrays alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import NetworkError
from reelhouse.models.base import Arrays
from reelhouse.models.layers import dense_layer, sparse_layer

#: Rows of a network: CSR or dense.
InputRows: TypeAlias = sparse.csr_matrix | NDArray[np.floating]
Layer = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Network:
    """Layers, each rectified but the last.

    A row has the same answer alone as among others, whatever the machine's threads.

    Attributes
    ----------
    layers : tuple of (weights, bias)
        ndarrays of shapes (n_inputs, n_units) and (n_units,), float32.
    """

    layers: tuple[Layer, ...]

    @property
    def n_inputs(self) -> int:
        """Columns of the rows that go in."""
        return int(self.layers[0][0].shape[0])

    @property
    def n_outputs(self) -> int:
        """Units of the last layer."""
        return int(self.layers[-1][1].size)

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return sum(weights.size + bias.size for weights, bias in self.layers)

    def answer(self, rows: InputRows) -> FloatArray:
        """What the last layer says.

        Parameters
        ----------
        rows : csr_matrix or ndarray of shape (n_rows, n_inputs)

        Returns
        -------
        ndarray of shape (n_rows, n_outputs), float32

        Raises
        ------
        NetworkError
            When the rows have another number of columns than the network's.
        """
        if rows.ndim != 2 or rows.shape[1] != self.n_inputs:
            raise NetworkError(
                f"rows have shape {rows.shape}, the network reads {self.n_inputs} columns"
            )
        first = sparse_layer if sparse.issparse(rows) else dense_layer
        units = first(rows.astype(np.float32, copy=False), *self.layers[0])
        for weights, bias in self.layers[1:]:
            units = dense_layer(np.maximum(units, np.float32(0)), weights, bias)
        return units

    def scaled(self, factor: float) -> Network:
        """The network that answers rows as this one answers them times a factor."""
        (weights, bias), *others = self.layers
        return Network((((weights * np.float32(factor)), bias), *others))

    def arrays(self, prefix: str) -> dict[str, FloatArray]:
        """All layers by name."""
        found: dict[str, FloatArray] = {}
        for number, (weights, bias) in enumerate(self.layers):
            found |= {f"{prefix}/{number}/weights": weights, f"{prefix}/{number}/bias": bias}
        return found

    @classmethod
    def of_arrays(cls, arrays: Arrays, prefix: str) -> Network:
        """The network whose `arrays` these are, among others.

        Raises
        ------
        NetworkError
            When the arrays hold no such network, or layers that do not fit together.
        """
        layers: list[Layer] = []
        while f"{prefix}/{len(layers)}/weights" in arrays:
            number = len(layers)
            bias = arrays.get(f"{prefix}/{number}/bias")
            if bias is None:
                raise NetworkError(f"there is no array {prefix}/{number}/bias")
            layers.append((arrays[f"{prefix}/{number}/weights"], bias))
        if not layers:
            raise NetworkError(f"there is no array {prefix}/0/weights")
        _check_layers(layers, prefix)
        return cls(tuple(layers))


def mean_square_scale(rows: InputRows) -> float:
    """The factor that brings the mean square of all numbers of some rows to 1; 1 for zeros."""
    numbers = rows.data if sparse.issparse(rows) else rows
    total = float(np.square(numbers, dtype=np.float64).sum())
    return float(np.sqrt(rows.shape[0] * rows.shape[1] / total)) if total else 1.0


def _check_layers(layers: Sequence[Layer], prefix: str) -> None:
    n_units: int | None = None
    for number, (weights, bias) in enumerate(layers):
        inputs = weights.shape[0] if n_units is None else n_units
        if weights.ndim != 2 or bias.shape != weights.shape[1:] or weights.shape[0] != inputs:
            raise NetworkError(
                f"{prefix}/{number} has weights of shape {weights.shape} and a bias of shape "
                f"{bias.shape}, which do not fit {inputs} inputs"
            )
        n_units = weights.shape[1]
