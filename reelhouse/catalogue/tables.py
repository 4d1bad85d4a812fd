"""The published tables of a clustering, made from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.catalogue.hierarchy import common_nodes
from reelhouse.clustering.assign import Placement
from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.registry import Lineage
from reelhouse.schema import ASSIGNMENTS, CHANGES, CLUSTERS, NEIGHBOURS

N_REPRESENTATIVES = 5
N_NEIGHBOURS = 10


def assignments_table(
    title_ids: pa.ChunkedArray,
    placement: Placement,
    model: ClusterModel,
    *,
    version: int,
    probability: FloatArray | None = None,
) -> pa.Table:
    """assignments.parquet of freshly placed titles.

    Parameters
    ----------
    title_ids : ChunkedArray of n strings
    placement : Placement of the same n titles
    model : ClusterModel
    version : int
        The version that this run will be published as.
    probability : ndarray of shape (n,) or None
        By the classifier that placed the titles; None where the centroids did.

    Returns
    -------
    Table of n rows with the schema `ASSIGNMENTS`
    """
    ids = model.cluster_ids
    alone = placement.second_index < 0
    second = np.where(alone, 0, placement.second_index)
    outlier = placement.empty | (placement.distance > model.distance_limits[placement.index])
    columns = {
        "title_id": title_ids,
        "cluster_id": pa.array(ids[placement.index], pa.int32()),
        "distance": pa.array(placement.distance, pa.float32()),
        "second_cluster_id": pa.array(ids[second], pa.int32(), mask=alone),
        "second_distance": pa.array(placement.second_distance, pa.float32(), mask=alone),
        "margin": pa.array(
            placement.second_distance - placement.distance, pa.float32(), mask=alone
        ),
        "status": pa.array(np.where(outlier, "outlier", "placed"), pa.string()),
        "placed_in_version": pa.array(np.full(len(title_ids), version), pa.int64()),
        "probability": (
            pa.nulls(len(title_ids), pa.float32())
            if probability is None
            else pa.array(probability, pa.float32())
        ),
    }
    return pa.table(columns, schema=ASSIGNMENTS)


def with_all_columns(assignments: pa.Table) -> pa.Table:
    """assignments.parquet of an older version with the columns that came later, empty."""
    missing = [name for name in ASSIGNMENTS.names if name not in assignments.column_names]
    for name in missing:
        field = ASSIGNMENTS.field(name)
        assignments = assignments.append_column(field, pa.nulls(assignments.num_rows, field.type))
    return assignments.select(ASSIGNMENTS.names).cast(ASSIGNMENTS)


@dataclass(frozen=True)
class ClusterFacts:
    """What a fit knows of its clusters; lists have one entry per centroid.

    Attributes
    ----------
    names, top_terms : texts
    silhouettes : ndarray of shape (n_clusters,), NaN where unknown
    lineage : one entry per centroid, then the clusters that died
    """

    names: Sequence[str]
    top_terms: Sequence[Sequence[str]]
    silhouettes: FloatArray
    lineage: Sequence[Lineage]


def clusters_table(
    facts: ClusterFacts, assignments: pa.Table, died_names: Mapping[int, str]
) -> pa.Table:
    """clusters.parquet of a fit.

    Parameters
    ----------
    facts : ClusterFacts
    assignments : Table with the schema `ASSIGNMENTS`, all titles
    died_names : dict from cluster id to the last name of a cluster that died

    Returns
    -------
    Table with the schema `CLUSTERS`; the died clusters come last, with size 0
    """
    measured = _measured(assignments)
    rows: list[dict[str, Any]] = []
    for at, line in enumerate(facts.lineage):
        alive = at < len(facts.names)
        rows.append(
            {
                "cluster_id": line.cluster_id,
                "name": facts.names[at] if alive else died_names.get(line.cluster_id, ""),
                "top_terms": list(facts.top_terms[at]) if alive else [],
                "silhouette": _number(facts.silhouettes[at]) if alive else None,
                "event": line.event,
                "parents": list(line.parents),
                **measured.get(line.cluster_id, _EMPTY),
            }
        )
    return pa.Table.from_pylist(rows, schema=CLUSTERS)


def updated_clusters(clusters: pa.Table, assignments: pa.Table) -> pa.Table:
    """clusters.parquet of a night: the same clusters with today's titles.

    Names, terms and silhouettes are those of the fit; sizes, representatives and mean distances
    follow the titles. Clusters that died in an earlier version are left out.
    """
    measured = _measured(assignments)
    rows = [
        {**row, "event": "kept", "parents": [row["cluster_id"]]}
        | measured.get(row["cluster_id"], _EMPTY)
        for row in clusters.to_pylist()
        if row["event"] != "died"
    ]
    return pa.Table.from_pylist(rows, schema=CLUSTERS)


def neighbours_table(model: ClusterModel, hierarchy: pa.Table | None) -> pa.Table:
    """neighbours.parquet: for every cluster the nearest others by centroid distance.

    Parameters
    ----------
    model : ClusterModel
    hierarchy : Table with the schema `HIERARCHY`, or None
        Where the tree is known, each pair names the family that both belong to.
    """
    distance = np.clip(1.0 - model.centroids @ model.centroids.T, 0.0, 2.0)
    np.fill_diagonal(distance, np.inf)
    n = min(N_NEIGHBOURS, model.n_clusters - 1)
    order = np.argsort(distance, axis=1, kind="stable")[:, :n]
    ids = np.repeat(model.cluster_ids, n)
    neighbours = model.cluster_ids[order].ravel()
    nodes: Sequence[int | None] = [None] * ids.size
    if hierarchy is not None:
        nodes = common_nodes(hierarchy, ids.tolist(), neighbours.tolist())
    columns = {
        "cluster_id": ids,
        "rank": np.tile(np.arange(1, n + 1, dtype=np.int32), model.n_clusters),
        "neighbour_id": neighbours,
        "distance": np.take_along_axis(distance, order, axis=1).ravel().astype(np.float32),
        "common_node_id": pa.array(nodes, pa.int32()),
    }
    return pa.table(columns, schema=NEIGHBOURS)


def clusters_of(title_ids: pa.ChunkedArray, assignments: pa.Table) -> pa.ChunkedArray:
    """Cluster id of each title, null for a title without assignment.

    Parameters
    ----------
    title_ids : n strings
    assignments : Table with the schema `ASSIGNMENTS`

    Returns
    -------
    ChunkedArray of n int32
    """
    at = pc.index_in(title_ids, value_set=assignments["title_id"].combine_chunks())
    return assignments["cluster_id"].take(at)


def moved_titles(before: pa.Table, after: pa.Table, titles: pa.Table) -> pa.Table:
    """Rows of changes.parquet for titles whose cluster id is not what it was.

    Parameters
    ----------
    before, after : Tables with the schema `ASSIGNMENTS`
    titles : Table of title_id and title, in the order of `after`

    Returns
    -------
    Table with the schema `CHANGES`
    """
    left = clusters_of(after["title_id"], before)
    # A title without a cluster before is null here, and a null is not kept.
    moved = pc.not_equal(left, after["cluster_id"])
    rows = titles.select(["title_id", "title"]).filter(moved)
    columns = {
        "title_id": rows["title_id"],
        "change": pa.repeat("moved", rows.num_rows),
        "fields": pa.array([[]] * rows.num_rows, CHANGES.field("fields").type),
        "from_cluster": left.filter(moved),
        "to_cluster": after["cluster_id"].filter(moved),
        "title": rows["title"],
        "reason": pa.repeat("a refit put it into another cluster", rows.num_rows),
    }
    return pa.table(columns, schema=CHANGES)


def with_clusters(changes: pa.Table, before: pa.Table | None, after: pa.Table) -> pa.Table:
    """changes.parquet with the cluster that each title left and entered filled in."""
    nowhere = pa.nulls(changes.num_rows, pa.int32())
    left = nowhere if before is None else clusters_of(changes["title_id"], before)
    filled = {
        "from_cluster": pc.if_else(pc.equal(changes["change"], "added"), nowhere, left),
        "to_cluster": pc.if_else(
            pc.equal(changes["change"], "removed"),
            nowhere,
            clusters_of(changes["title_id"], after),
        ),
    }
    columns = {name: filled.get(name, changes[name]) for name in CHANGES.names}
    return pa.table(columns, schema=CHANGES)


def assignment_facts(
    assignments: pa.Table, clusters: pa.Table, *, n_titles: int, moved: int
) -> dict[str, float | int]:
    """All assignments of a version together, as the dataset rules see them."""
    n = assignments.num_rows
    distinct = pc.count_distinct(assignments["title_id"]).as_py()
    living = {row["cluster_id"] for row in clusters.to_pylist() if row["event"] != "died"}
    placed = assignments["cluster_id"].to_numpy()
    sizes = np.unique(placed, return_counts=True)[1]
    outliers = pc.sum(pc.equal(assignments["status"], "outlier")).as_py() or 0
    return {
        "titles": n_titles,
        "titles_without_assignment": n_titles - distinct,
        "assigned_twice": n - distinct,
        "unknown_clusters": int((~np.isin(placed, sorted(living))).sum()),
        "moved_titles": moved,
        "largest_cluster_share": float(sizes.max() / n) if n else 0.0,
        "outlier_share": outliers / n if n else 0.0,
    }


_EMPTY: dict[str, Any] = {"size": 0, "mean_distance": None, "representative_title_ids": []}


def _measured(assignments: pa.Table) -> dict[int, dict[str, Any]]:
    """Size, mean distance and the titles nearest to the centroid, for each cluster."""
    frame = assignments.select(["title_id", "cluster_id", "distance"]).to_pandas()
    frame = frame.sort_values(["cluster_id", "distance", "title_id"])
    grouped = frame.groupby("cluster_id", sort=True)
    sizes, means = grouped.size(), grouped["distance"].mean()
    nearest = grouped.head(N_REPRESENTATIVES).groupby("cluster_id")["title_id"].apply(list)
    return {
        int(cluster): {
            "size": int(sizes[cluster]),
            "mean_distance": float(means[cluster]),
            "representative_title_ids": list(nearest[cluster]),
        }
        for cluster in sizes.index
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
