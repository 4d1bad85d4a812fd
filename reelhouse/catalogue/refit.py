"""A refit: new features and clusters for all titles, with the ids of the last version."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reelhouse.catalogue.base import FEATURES_FILE
from reelhouse.catalogue.fit import Fit, fit_clusters, place_blocks
from reelhouse.catalogue.hierarchy import hierarchy_table
from reelhouse.catalogue.recommending import stage_next_titles
from reelhouse.catalogue.tables import (
    ClusterFacts,
    assignments_table,
    clusters_of,
    clusters_table,
    moved_titles,
    neighbours_table,
    with_clusters,
)
from reelhouse.catalogue.vectors import stage_features, stage_vectors
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.assign import Placement, distance_limits, place
from reelhouse.clustering.drift import distance_reference
from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.registry import Matching, first_ids, match_by_overlap, overlap
from reelhouse.clustering.selection import cluster_silhouettes, curve_table
from reelhouse.features.kinds import fit_model
from reelhouse.features.settings import FeatureKind, FeatureOptions
from reelhouse.matrix import feature_matrix
from reelhouse.naming.counts import ClusterTerms, count_clusters
from reelhouse.naming.distinctive import N_TOP_TERMS, distinct_words, distinctive_terms
from reelhouse.naming.names import cluster_names
from reelhouse.schema import CHANGES
from reelhouse.settings import ClusterSettings
from reelhouse.storage.tables import write_table

logger = logging.getLogger(__name__)

#: Share of a fit's own titles that lie beyond the limit of their cluster.
OUTLIER_SHARE = 0.01


@dataclass(frozen=True)
class Clustered:
    """Clusters, and where all titles are.

    Attributes
    ----------
    fit : Fit
        Its centroids are directions among the features, whatever places the titles.
    placement : Placement of the n titles
    sample_index : ndarray of shape (n_sample,), int32
        Cluster of each row of the fit's sample.
    """

    fit: Fit
    placement: Placement
    sample_index: IntArray


@dataclass(frozen=True)
class OldClusters:
    """The last version's clusters: its assignments, their names and the first free id."""

    assignments: pa.Table
    names: dict[int, str]
    next_cluster_id: int


def fit_frozen_features(
    work: Workspace, kind: FeatureKind, options: FeatureOptions, *, seed: int
) -> int:
    """Fit features to the titles and store them; returns the number of features."""
    parts = Workspace.parts(work.titles)
    model = fit_model(kind, parts, options, scratch=work.root / "features", seed=seed)
    model.save(work.model)
    stage_features(model, work.staged / FEATURES_FILE)
    return model.n_features


def refit(
    work: Workspace,
    settings: ClusterSettings,
    old: OldClusters | None,
    *,
    version: int,
    on_pass: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Cluster all titles; write the model, the tables of the clusters and the choice of k.

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
    matrix = feature_matrix(Workspace.parts(work.titles), work.model, work.blocks)
    blocks = sorted(work.blocks.iterdir())
    fit = fit_clusters(matrix, blocks, settings, on_pass=on_pass)
    found = Clustered(
        fit, place_blocks(blocks, fit.centroids), place(fit.sample, fit.centroids).index
    )
    return stage_clusters(work, found, old, version=version, seed=settings.seed)


def stage_clusters(
    work: Workspace, found: Clustered, old: OldClusters | None, *, version: int, seed: int
) -> dict[str, Any]:
    """Write the model and the tables of clusters that were found in whatever way; see `refit`.

    Parameters
    ----------
    work : Workspace with titles and the blocks of the features in place
    found : Clustered
    old, version : as of `refit`
    seed : int
        Of the sampled silhouettes.
    """
    parts = Workspace.parts(work.titles)
    fit, placement = found.fit, found.placement
    titles = title_names(parts)
    matching = _match(titles["title_id"], placement.index, fit.centroids.shape[0], old)
    model = _model(fit, placement, matching)
    model.save(work.model)
    assignments = assignments_table(titles["title_id"], placement, model, version=version)
    terms = count_clusters(parts, placement.index, model.n_clusters)
    old_names = old.names if old else {}
    facts = _facts(found, terms, matching, old_names, seed)
    hierarchy = hierarchy_table(model, facts.names, terms)
    tables = {
        "assignments": assignments,
        "clusters": clusters_table(facts, assignments, old_names),
        "hierarchy": hierarchy,
        "neighbours": neighbours_table(model, hierarchy),
        "selection": curve_table(fit.selection.curve),
    }
    for name, table in tables.items():
        write_table(table, work.staged / f"{name}.parquet", table.schema)
    moved = _write_changes(work.staged / "changes.parquet", assignments, old, titles)
    return {
        "clustering": fit.selection.to_json() | {"mean_distance_by_pass": list(fit.inertias)},
        "identity": _kept_share(assignments, old, moved),
        "recommendations": stage_next_titles(work, placement, fit.centroids, titles["title_id"]),
        "vectors": stage_vectors(work, assignments),
    }


def title_names(parts: list[Path]) -> pa.Table:
    """Id and title of all titles, in order."""
    return pa.concat_tables([pq.read_table(part, columns=["title_id", "title"]) for part in parts])


def _match(
    title_ids: pa.ChunkedArray, index: IntArray, n_clusters: int, old: OldClusters | None
) -> Matching:
    if old is None:
        return first_ids(n_clusters)
    before = clusters_of(title_ids, old.assignments)
    common = pc.is_valid(before).to_numpy()
    # Every living cluster takes part, also one that lost all its titles: it died.
    old_ids = np.array(sorted(old.names), dtype=np.int32)
    shared = overlap(before.drop_null().to_numpy(), index[common], old_ids, n_clusters)
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
    found: Clustered,
    terms: ClusterTerms,
    matching: Matching,
    old_names: Mapping[int, str],
    seed: int,
) -> ClusterFacts:
    n_clusters = found.fit.centroids.shape[0]
    # A word may stand in two fields: enough terms for as many different words.
    distinctive = distinctive_terms(terms, n=2 * N_TOP_TERMS)
    before = [old_names.get(int(cluster_id)) for cluster_id in matching.cluster_ids]
    return ClusterFacts(
        names=cluster_names(terms, before),
        top_terms=[distinct_words(of_cluster) for of_cluster in distinctive],
        silhouettes=cluster_silhouettes(
            found.fit.sample, found.sample_index, n_clusters, seed=seed
        ),
        lineage=matching.lineage,
    )


def _write_changes(
    path: Path, assignments: pa.Table, old: OldClusters | None, titles: pa.Table
) -> int:
    """Fill in the clusters of the changes and add the titles that moved; returns their number."""
    before = old.assignments if old is not None else None
    changes = with_clusters(pq.read_table(path), before, assignments)
    moved = CHANGES.empty_table()
    if before is not None:
        moved = moved_titles(before, assignments, titles)
    write_table(pa.concat_tables([changes, moved]), path, CHANGES)
    return int(moved.num_rows)


def _kept_share(assignments: pa.Table, old: OldClusters | None, moved: int) -> dict[str, Any]:
    if old is None:
        return {}
    known = pc.is_in(
        assignments["title_id"], value_set=old.assignments["title_id"].combine_chunks()
    )
    common = int(pc.sum(known).as_py() or 0)
    return {
        "titles_in_both": common,
        "titles_moved": moved,
        "share_of_titles_that_kept_their_cluster": round(1 - moved / max(common, 1), 4),
    }
