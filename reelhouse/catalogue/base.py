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
#: What only deep clusters have: their classifiers, on the test titles and while they learned.
DEEP_FILES = (
    "classifiers.parquet",
    "classifier_report.parquet",
    "confusion.parquet",
    "curves.parquet",
)
#: What a fit of today publishes and one of old did not, or of another kind.
_LATER = (HIERARCHY_FILE, SELECTION_FILE, FEATURES_FILE, FIGURES, *DEEP_FILES)


def open_base(store: str, collection: str = COLLECTION, *, create: bool) -> Base:
    """Open the last catalogue version of a store; see `reelhouse.runs.base.open_base`."""
    return base.open_base(store, collection, create=create)


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
    """Copy what a night leaves as it is: the model, the tree, the choice of k, figures."""
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
