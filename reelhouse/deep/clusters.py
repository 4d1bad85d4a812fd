"""Clusters in the space of an encoder, as they were found: asked without torch, saved as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy import sparse

from reelhouse.clustering.assign import Placement
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.deep.network import InputRows, Network
from reelhouse.deep.soft import soft_assignment
from reelhouse.errors import NetworkError

_FORMAT = 1
_FILES = ("deep.json", "deep.safetensors")
#: Rows whose distances to all centroids are in memory at once.
_AT_ONCE = 4096


@dataclass(frozen=True)
class DeepClusters:
    """An encoder and the centroids of its codes.

    Attributes
    ----------
    encoder : Network
    centroids : ndarray of shape (n_clusters, n_dimensions), float32
    alpha : float
        Degrees of freedom of the soft assignment.
    """

    encoder: Network
    centroids: FloatArray
    alpha: float

    def embed(self, rows: InputRows) -> FloatArray:
        """Codes of rows: shape (n_rows, n_dimensions), float32."""
        return self.encoder.answer(rows)

    def soft(self, rows: InputRows) -> FloatArray:
        """How much of each row belongs to each cluster.

        Parameters
        ----------
        rows : csr_matrix or ndarray of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_clusters), float32
            Rows sum to 1. A row has the same answer alone as among others.
        """
        codes = self.embed(rows)
        found: FloatArray = np.empty((codes.shape[0], self.centroids.shape[0]), dtype=np.float32)
        for start in range(0, codes.shape[0], _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            found[some] = soft_assignment(codes[some], self.centroids, self.alpha)
        return found

    def labels(self, rows: InputRows) -> IntArray:
        """The cluster of each row, that whose centroid is nearest to its code."""
        found: IntArray = self.soft(rows).argmax(axis=1).astype(np.int32)
        return found

    def place(self, rows: sparse.csr_matrix) -> Placement:
        """The clusters to which most and second-most of each row belong.

        Parameters
        ----------
        rows : csr_matrix of shape (n_rows, n_columns)

        Returns
        -------
        Placement
            The index is that of `labels`; a distance is what of the row does not belong to the
            cluster, 0 to 1.
        """
        shares = self.soft(rows)
        return placement_by(shares, 1.0 - shares, np.diff(rows.indptr) == 0)

    def without_empty(self, rows: InputRows) -> DeepClusters:
        """The same clusters without those that none of some rows belongs to."""
        held = np.unique(self.labels(rows))
        return replace(self, centroids=self.centroids[held])

    def save(self, folder: Path) -> None:
        """Write deep.json and deep.safetensors; the folder is made."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, NDArray[Any]] = {"centroids": self.centroids}
        arrays |= self.encoder.arrays("encoder")
        save_file(
            {name: np.ascontiguousarray(one) for name, one in arrays.items()}, folder / _FILES[1]
        )
        about = {"format": _FORMAT, "alpha": self.alpha}
        (folder / _FILES[0]).write_text(json.dumps(about) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> DeepClusters:
        """Read what `save` wrote.

        Raises
        ------
        NetworkError
            When a file is missing, damaged, of another format, or does not fit the other.
        """
        try:
            about = json.loads((folder / _FILES[0]).read_text(encoding="utf-8"))
            arrays = load_file(folder / _FILES[1])
            if about["format"] != _FORMAT:
                raise ValueError(f"format {about['format']}, expected {_FORMAT}")
            found = cls(
                Network.of_arrays(arrays, "encoder"), arrays["centroids"], float(about["alpha"])
            )
        except (OSError, KeyError, TypeError, ValueError, SafetensorError, NetworkError) as error:
            raise NetworkError(f"the clusters in {folder} cannot be read: {error}") from None
        for problem in found._problems():
            raise NetworkError(f"the clusters in {folder} {problem}")
        return found

    def _problems(self) -> Iterator[str]:
        shape = self.centroids.shape
        if len(shape) != 2 or shape[1] != self.encoder.n_outputs:
            yield f"have centroids of shape {shape}, the encoder has {self.encoder.n_outputs} units"
        if not self.alpha > 0:
            yield f"have alpha {self.alpha}, required is more than 0"


def placement_by(
    shares: NDArray[np.floating], distances: NDArray[np.floating], empty: NDArray[np.bool_]
) -> Placement:
    """Place each row where most of it belongs.

    Parameters
    ----------
    shares : ndarray of shape (n, n_clusters)
        How much of a row belongs to a cluster, or how probable that is.
    distances : ndarray of shape (n, n_clusters)
        What is said of the chosen clusters.
    empty : ndarray of shape (n,)
        Rows of which nothing is known.
    """
    every = np.arange(shares.shape[0])
    index = shares.argmax(axis=1)
    alone = shares.shape[1] == 1
    others = shares.copy()
    others[every, index] = -np.inf
    second = np.full_like(index, -1) if alone else others.argmax(axis=1)
    far = np.full(every.size, np.nan) if alone else distances[every, second]
    return Placement(
        index.astype(np.int32),
        distances[every, index].astype(np.float32),
        second.astype(np.int32),
        far.astype(np.float32),
        empty,
    )
