"""A refit: new features and clusters for all titles, with the ids of the last version."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reelhouse.catalogue.fit import Fit, fit_clusters, place_blocks
from reelhouse.catalogue.tables import (
    ClusterFacts,
    assignments_table,
    clusters_table,
    moved_rows,
    neighbours_table,
    with_clusters,
)
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.assign import Placement, distance_limits, place
from reelhouse.clustering.drift import distance_reference
from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.registry import Matching, first_ids, match_by_overlap, overlap
from reelhouse.clustering.selection import cluster_silhouettes
from reelhouse.clustering.terms import cluster_names, distinctive_terms
from reelhouse.features.base import load_model
from reelhouse.matrix import feature_matrix, fit_features
from reelhouse.schema import CHANGES
from reelhouse.settings import ClusterSettings, TfidfSettings
from reelhouse.storage.tables import write_table

logger = logging.getLogger(__name__)

#: Share of a fit's own titles that lie beyond the limit of their cluster.
OUTLIER_SHARE = 0.01


@dataclass(frozen=True)
class OldClusters:
    """The last version's clusters: its assignments, their names and the first free id."""

    assignments: pa.Table
    names: dict[int, str]
    next_cluster_id: int


def fit_frozen_features(work: Workspace, settings: TfidfSettings) -> int:
    """Fit vocabulary and IDF to the titles and store them; returns the number of features."""
    model = fit_features(Workspace.parts(work.titles), settings)
    model.save(work.model)
    return model.n_features


def refit(
    work: Workspace,
    settings: ClusterSettings,
    old: OldClusters | None,
    *,
    version: int,
    on_pass: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Cluster all titles; write model, assignments, clusters, neighbours and changes.

    Parameters
    ----------
    work : Workspace with titles and features in place
    settings : ClusterSettings
    old : the last version's clusters, None for a first version
    version : int
        The version that this run will be published as.

    Returns
    -------
    dict
        Figures of the fit for the manifest.
    """
    parts = Workspace.parts(work.titles)
    matrix = feature_matrix(parts, work.model, work.blocks)
    blocks = sorted(work.blocks.iterdir())
    fit = fit_clusters(matrix, blocks, settings, on_pass=on_pass)
    placement = place_blocks(blocks, fit.centroids)
    title_ids, titles = title_names(parts)
    matching = _match(title_ids, placement.index, fit, old)
    model = _model(fit, placement, matching)
    model.save(work.model)
    assignments = assignments_table(title_ids, placement, model, version=version)
    facts = _facts(fit, placement, matching, work.model, settings.seed)
    clusters = clusters_table(facts, assignments, old.names if old else {})
    _write(work, assignments, clusters, model)
    moved = _write_changes(work.staged / "changes.parquet", assignments, old, titles)
    return {
        "clustering": fit.selection.to_json() | {"mean_distance_by_pass": list(fit.inertias)},
        "identity": _kept_share(assignments, old, moved),
    }


def title_names(parts: list[Path]) -> tuple[list[str], dict[str, str]]:
    """Ids of all titles in order, and the title of each."""
    tables = [pq.read_table(part, columns=["title_id", "title"]) for part in parts]
    whole = pa.concat_tables(tables)
    ids = whole["title_id"].to_pylist()
    return ids, dict(zip(ids, whole["title"].to_pylist(), strict=True))


def _match(title_ids: list[str], index: IntArray, fit: Fit, old: OldClusters | None) -> Matching:
    n_clusters = fit.centroids.shape[0]
    if old is None:
        return first_ids(n_clusters)
    before = dict(
        zip(
            old.assignments["title_id"].to_pylist(),
            old.assignments["cluster_id"].to_pylist(),
            strict=True,
        )
    )
    common = np.array([title_id in before for title_id in title_ids], dtype=bool)
    old_labels = np.array([before[t] for t in title_ids if t in before], dtype=np.int32)
    # Every living cluster takes part, also one that lost all its titles: it died.
    old_ids = np.array(sorted(old.names), dtype=np.int32)
    shared = overlap(old_labels, index[common], old_ids, n_clusters)
    return match_by_overlap(shared, old_ids, next_cluster_id=old.next_cluster_id)


def _model(fit: Fit, placement: Placement, matching: Matching) -> ClusterModel:
    n_clusters = fit.centroids.shape[0]
    known = ~placement.empty
    return ClusterModel(
        centroids=fit.centroids,
        cluster_ids=matching.cluster_ids,
        distance_limits=distance_limits(
            placement.index[known], placement.distance[known], n_clusters, share=OUTLIER_SHARE
        ),
        sizes_at_fit=np.bincount(placement.index, minlength=n_clusters).astype(np.int64),
        distance_reference=distance_reference(placement.distance[known]),
        next_cluster_id=matching.next_cluster_id,
    )


def _facts(
    fit: Fit, placement: Placement, matching: Matching, model_folder: Path, seed: int
) -> ClusterFacts:
    n_clusters = fit.centroids.shape[0]
    sizes: NDArray[np.int64] = np.bincount(placement.index, minlength=n_clusters)
    terms = distinctive_terms(
        fit.centroids, sizes.tolist(), load_model(model_folder).feature_names()
    )
    labels = place(fit.sample, fit.centroids).index
    return ClusterFacts(
        names=cluster_names(terms),
        top_terms=[[term for _, term in found] for found in terms],
        silhouettes=cluster_silhouettes(fit.sample, labels, n_clusters, seed=seed),
        lineage=matching.lineage,
    )


def _write(work: Workspace, assignments: pa.Table, clusters: pa.Table, model: ClusterModel) -> None:
    neighbours = neighbours_table(model)
    for name, table in (
        ("assignments", assignments),
        ("clusters", clusters),
        ("neighbours", neighbours),
    ):
        write_table(table, work.staged / f"{name}.parquet", table.schema)


def _write_changes(
    path: Path, assignments: pa.Table, old: OldClusters | None, titles: dict[str, str]
) -> int:
    changes = pq.read_table(path)
    before = old.assignments if old is not None else None
    filled = with_clusters(changes, before, assignments)
    rows = [] if before is None else moved_rows(before, assignments, titles)
    moved = pa.Table.from_pylist(rows, schema=CHANGES)
    write_table(pa.concat_tables([filled, moved]), path, CHANGES)
    return len(rows)


def _kept_share(assignments: pa.Table, old: OldClusters | None, moved: int) -> dict[str, Any]:
    if old is None:
        return {}
    common = len(
        set(old.assignments["title_id"].to_pylist()) & set(assignments["title_id"].to_pylist())
    )
    return {
        "titles_in_both": common,
        "titles_moved": moved,
        "share_of_titles_that_kept_their_cluster": round(1 - moved / max(common, 1), 4),
    }
