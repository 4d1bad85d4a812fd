"""The fitted clusters as a file: what a night needs to place titles where they belong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from reelhouse.clustering.drift import REFERENCE_QUANTILES
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.errors import ReelhouseError

FORMAT = 1
#: Dimensions of the stored arrays: k clusters, f features, q quantiles.
_SHAPES = {
    "centroids": "kf",
    "cluster_ids": "k",
    "distance_limits": "k",
    "sizes_at_fit": "k",
    "distance_reference": "q",
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
        problem = _problem(arrays, about)
        if problem:
            raise ReelhouseError(f"the cluster model in {folder} {problem}")
        return cls(**arrays, next_cluster_id=int(about["next_cluster_id"]))


def _problem(arrays: dict[str, np.ndarray[Any, Any]], about: Any) -> str:
    """What the files do not hold, in words; empty when they hold everything."""
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else about
        return f"has format {found}, expected {FORMAT}"
    missing = {"n_clusters", "n_features", "next_cluster_id"} - set(about)
    if missing:
        return f"does not say {min(missing)} in clusters.json"
    if set(arrays) != set(_SHAPES):
        return f"has the arrays {', '.join(sorted(arrays))}, expected {', '.join(sorted(_SHAPES))}"
    sizes = {"k": about["n_clusters"], "f": about["n_features"], "q": REFERENCE_QUANTILES.size}
    for name, letters in _SHAPES.items():
        shape = tuple(sizes[letter] for letter in letters)
        if arrays[name].shape != shape:
            return f"has {name} of shape {arrays[name].shape}, expected {shape}"
    return ""
