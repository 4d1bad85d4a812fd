"""The catalogue version that a run builds on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelhouse.runs import base
from reelhouse.runs.base import Base

if TYPE_CHECKING:
    from reelhouse.catalogue.refit import OldClusters

COLLECTION = "catalogue"
HIERARCHY_FILE = "hierarchy.parquet"
SELECTION_FILE = "selection.parquet"
FEATURES_FILE = "features.parquet"
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


@dataclass(frozen=True)
class SortedTable:
    """A table of the last version that is sorted by a key, in parts.

    Attributes
    ----------
    parts : sequence of Path
        In order.
    first : sequence
        First key of each part.
    """

    parts: Sequence[Path]
    first: Sequence[Any]


def fetch_sorted(base: Base, name: str, folder: Path) -> SortedTable | None:
    """Copy a table of the last version whose parts its manifest describes; None without one."""
    version = base.required()
    about = version.manifest.results.get(name)
    if not about or not version.has(name):
        return None
    return SortedTable(version.fetch(f"{name}.parquet", folder), about["first"])
