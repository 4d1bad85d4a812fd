"""The catalogue version that a run builds on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from reelhouse.runs import base
from reelhouse.runs.base import Base

if TYPE_CHECKING:
    from reelhouse.catalogue.recommending import OldLists
    from reelhouse.catalogue.refit import OldClusters
    from reelhouse.catalogue.vectors import OldVectors

COLLECTION = "catalogue"
HIERARCHY_FILE = "hierarchy.parquet"
LISTS_FILE = "recommendations.parquet"
SELECTION_FILE = "selection.parquet"
FEATURES_FILE = "features.parquet"
VECTORS_FILE = "vectors.parquet"
FIGURES = "figures"
#: What a fit of today publishes and one of old did not.
_LATER = (HIERARCHY_FILE, SELECTION_FILE, FEATURES_FILE, FIGURES)


def open_base(store: str, *, create: bool) -> Base:
    """Open the last catalogue version of a store; see `reelhouse.runs.base.open_base`."""
    return base.open_base(store, COLLECTION, create=create)


def old_clusters(base: Base) -> OldClusters | None:
    """What a refit must know of the last version's clusters; None for an empty store."""
    if base.version is None:
        return None
    # Who only opens the last version does not wait for what a refit needs.
    from reelhouse.catalogue.refit import OldClusters

    living = {
        row["cluster_id"]: row["name"]
        for row in base.clusters().to_pylist()
        if row["event"] != "died"
    }
    about = json.loads(base.version.read_bytes("model/clusters.json"))
    return OldClusters(base.assignments(), living, int(about["next_cluster_id"]))


def fetch_frozen(base: Base, folder: Path) -> None:
    """Copy what a night leaves as it is: features, centroids, the tree, the choice of k."""
    version = base.required()
    version.fetch("model", folder)
    for name in _LATER:
        if version.has(name):
            version.fetch(name, folder)


def fetch_lists(base: Base, folder: Path) -> OldLists | None:
    """Copy the next titles of the last version; None where it has none."""
    version = base.required()
    about = version.manifest.results.get("recommendations")
    if not about or not version.has(LISTS_FILE):
        return None
    from reelhouse.catalogue.recommending import OldLists

    return OldLists(version.fetch(LISTS_FILE, folder), about["first"])


def fetch_vectors(base: Base, folder: Path) -> OldVectors | None:
    """Copy the vectors of the last version; None where it has none."""
    version = base.required()
    about = version.manifest.results.get("vectors")
    if not about or not version.has(VECTORS_FILE):
        return None
    from reelhouse.catalogue.vectors import OldVectors

    return OldVectors(version.fetch(VECTORS_FILE, folder), about["first"])
