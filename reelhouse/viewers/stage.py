"""The tables of a viewers version, written where they will be published from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reelhouse.interactions import Interactions, UserTransform
from reelhouse.interactions.profile import profile
from reelhouse.plots.pictures import FigureTables
from reelhouse.schema import (
    PREFERENCES,
    PROFILE,
    QUARANTINE,
    RATED_TITLES,
    USER_ASSIGNMENTS,
    USER_CLUSTERS,
)
from reelhouse.sources.ratings import RatingsSnapshot
from reelhouse.storage.tables import write_table
from reelhouse.viewers.cluster import UserClusters
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.place import assignments
from reelhouse.viewers.rated_titles import RatedTitles, rated_titles_table
from reelhouse.viewers.tables import Descriptions, DescriptionSettings, describe_clusters
from reelhouse.viewers.titles import describe_titles
from reelhouse.viewers.workspace import Workspace


@dataclass(frozen=True)
class Described:
    """What describing the clusters found out: the pictures' tables, and the counts behind them."""

    figures: FigureTables
    counts: ClusterCounts


def stage_model(clustered: UserClusters, transform: UserTransform, folder: Path) -> None:
    """Write the centroids and what makes ratings the rows that they were fitted on."""
    clustered.model.save(folder)
    transform.save(folder / "transform.safetensors")


def stage_assignments(clustered: UserClusters, work: Workspace) -> int:
    """Write assignments.parquet; returns the number of users."""
    return write_table(
        assignments(clustered.placed, clustered.model.cluster_ids),
        work.staged / "assignments.parquet",
        USER_ASSIGNMENTS,
    )


def stage_quarantine(snapshot: RatingsSnapshot, work: Workspace) -> int:
    """Write quarantine.parquet; returns its rows."""
    batches = (
        pa.Table.from_batches([batch])
        for path in snapshot.quarantine
        for batch in pq.ParquetFile(path).iter_batches()
    )
    return write_table(batches, work.staged / "quarantine.parquet", QUARANTINE)


def stage_descriptions(
    interactions: Interactions,
    clustered: UserClusters,
    titles: RatedTitles,
    settings: DescriptionSettings,
    work: Workspace,
) -> Described:
    """Write clusters, preferences, titles and profile."""
    found = describe_clusters(
        lambda block: clustered.placed.labelled(interactions, block),
        interactions.n_blocks,
        describe_titles(interactions.title_ids, titles.names, titles.genres),
        n_clusters=clustered.n_clusters,
        settings=settings,
        cluster_ids=clustered.model.cluster_ids,
    )
    clusters = clusters_table(found, clustered)
    profiled = profile(interactions)
    for name, table, schema in (
        ("clusters", clusters, USER_CLUSTERS),
        ("preferences", found.preferences, PREFERENCES),
        ("titles", rated_titles_table(interactions, titles), RATED_TITLES),
        ("profile", profiled, PROFILE),
    ):
        write_table(table, work.staged / f"{name}.parquet", schema)
    figures = FigureTables(
        clusters=found.clusters,
        preferences=found.preferences,
        heatmaps=found.heatmaps,
        tastes=found.tastes,
        curve=clustered.curve,
        chosen=clustered.n_clusters,
        reason=clustered.reason,
        profile=profiled,
    )
    return Described(figures, found.counts)


def clusters_table(found: Descriptions, clustered: UserClusters) -> pa.Table:
    """clusters.parquet: the living clusters by id, then those that died."""
    index_of = {int(c): i for i, c in enumerate(clustered.model.cluster_ids)}
    lineage = {line.cluster_id: line for line in clustered.identity.matching.lineage}
    rows = []
    for row in found.clusters.to_pylist():
        index, line = index_of[row["cluster_id"]], lineage.pop(row["cluster_id"])
        rows.append(
            {
                **row,
                "mean_distance": clustered.mean_distances[index],
                "silhouette": _number(clustered.silhouettes[index]),
                "event": line.event,
                "parents": list(line.parents),
            }
        )
    rows += [_died(line.cluster_id, clustered.identity.old_names) for line in lineage.values()]
    return pa.Table.from_pylist(rows, schema=USER_CLUSTERS)


def _died(cluster_id: int, names: dict[int, str]) -> dict[str, Any]:
    return {
        "cluster_id": cluster_id,
        "name": names.get(cluster_id, f"cluster {cluster_id}"),
        "size": 0,
        "share": 0.0,
        "n_ratings": 0,
        "event": "died",
    }


def _number(value: np.floating[Any]) -> float | None:
    return None if np.isnan(value) else float(value)
