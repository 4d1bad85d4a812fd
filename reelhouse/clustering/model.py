"""The fitted clusters as a file: what a night needs to place titles where they belong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.errors import ReelhouseError

FORMAT = 1
_SHAPES = {
    "centroids": 2,
    "cluster_ids": 1,
    "distance_limits": 1,
    "sizes_at_fit": 1,
    "distance_reference": 1,
}


@dataclass(frozen=True)
class ClusterModel:
    """Fixed centroids with their stable ids.

    Attributes
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32, unit rows
    cluster_ids : ndarray of shape (n_clusters,), int32
        Stable id of each centroid.
    distance_limits : ndarray of shape (n_clusters,), float32
        A title farther than this from its centroid is an outlier.
    sizes_at_fit : ndarray of shape (n_clusters,), int64
    distance_reference : ndarray of shape (101,), float32
        Quantiles of the fit's distances, for drift.
    next_cluster_id : int
        The first cluster id that was never used in this store.
    """

    centroids: FloatArray
    cluster_ids: IntArray
    distance_limits: FloatArray
    sizes_at_fit: np.ndarray[Any, np.dtype[np.int64]]
    distance_reference: FloatArray
    next_cluster_id: int

    @property
    def n_clusters(self) -> int:
        """Number of centroids."""
        return int(self.centroids.shape[0])

    def save(self, folder: Path) -> None:
        """Write clusters.safetensors and clusters.json."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(
            {name: np.ascontiguousarray(getattr(self, name)) for name in _SHAPES},
            folder / "clusters.safetensors",
        )
        about = {
            "format": FORMAT,
            "geometry": "spherical",
            "n_clusters": self.n_clusters,
            "n_features": int(self.centroids.shape[1]),
            "next_cluster_id": self.next_cluster_id,
        }
        (folder / "clusters.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ClusterModel:
        """Read what `save` wrote.

        Raises
        ------
        ReelhouseError
            When a file is missing or does not hold what its description says.
        """
        try:
            arrays = load_file(folder / "clusters.safetensors")
            about = json.loads((folder / "clusters.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, SafetensorError) as error:
            raise ReelhouseError(
                f"the cluster model in {folder} cannot be read: {error}"
            ) from error
        if about.get("format") != FORMAT:
            raise ReelhouseError(
                f"the cluster model in {folder} has format {about.get('format')}, expected {FORMAT}"
            )
        for name, dimensions in _SHAPES.items():
            if name not in arrays or arrays[name].ndim != dimensions:
                raise ReelhouseError(
                    f"the cluster model in {folder} lacks {name} with {dimensions} dimensions"
                )
        n_clusters, n_features = about["n_clusters"], about["n_features"]
        if arrays["centroids"].shape != (n_clusters, n_features):
            raise ReelhouseError(
                f"the cluster model in {folder} has centroids of shape "
                f"{arrays['centroids'].shape}, expected {(n_clusters, n_features)}"
            )
        return cls(**arrays, next_cluster_id=int(about["next_cluster_id"]))
