"""A night: place the added titles on the fixed centroids; no placed title moves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reelhouse.catalogue.base import HIERARCHY_FILE, SortedTable
from reelhouse.catalogue.placing import PlaceBy, Placer
from reelhouse.catalogue.recommending import stage_added
from reelhouse.catalogue.tables import (
    assignments_table,
    clusters_of,
    neighbours_table,
    updated_clusters,
    with_all_columns,
    with_clusters,
)
from reelhouse.catalogue.vectors import stage_vectors_of_night
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.drift import DriftLimits, measure_drift
from reelhouse.errors import ClusteringError
from reelhouse.schema import CHANGES, HIERARCHY, TITLES
from reelhouse.storage.tables import write_table

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Night:
    """What a night decided.

    Attributes
    ----------
    drift : figures and verdict, see `reelhouse.clustering.drift`
    moved : int
        Titles of the last version whose cluster changed; anything but 0 is a defect.
    lists, vectors
        What readers of recommendations.parquet find a title by, and of vectors.parquet a cluster;
        empty without that table.
    """

    drift: dict[str, Any]
    moved: int
    lists: dict[str, Any]
    vectors: dict[str, Any]


def place_added(
    work: Workspace,
    assignments: pa.Table,
    clusters: pa.Table,
    added: NDArray[np.int64],
    limits: DriftLimits,
    *,
    version: int,
    lists: SortedTable | None = None,
    vectors: SortedTable | None = None,
    place_by: PlaceBy = "centroid",
) -> Night:
    """Place the added titles; write assignments, clusters, neighbours, changes and next titles.

    Parameters
    ----------
    work : Workspace with titles in place, and staged what stays frozen of the last version
    assignments, clusters : the last version's tables
    added : ndarray of shape (n_added,)
        Rows of the added titles among all titles.
    limits : DriftLimits
    version : int
        The version that this run will be published as.
    lists : SortedTable or None
        None: the last version has no next titles, and this one will have none either.
    vectors : SortedTable or None
        None: likewise.
    place_by : "centroid" or "classifier"
        Who decides where a title belongs.

    Raises
    ------
    ReelhouseError
        When a classifier is to decide and the version holds none.
    """
    placer = Placer(work.model, place_by)
    model, features = placer.model, placer.features
    fresh = _rows(Workspace.parts(work.titles), added)
    placing = placer.place(fresh)
    placement = placing.placement
    placed = assignments_table(
        fresh["title_id"], placement, model, version=version, probability=placing.probability
    )
    ids = _ids(Workspace.parts(work.titles))
    after = _in_order(pa.concat_tables([with_all_columns(assignments), placed]), ids)
    updated = updated_clusters(clusters, after)
    for name, table in (
        ("assignments", after),
        ("clusters", updated),
        ("neighbours", neighbours_table(model, _hierarchy(work))),
    ):
        write_table(table, work.staged / f"{name}.parquet", table.schema)
    _fill_changes(work.staged / "changes.parquet", assignments, after)
    known = ~placement.empty
    known_words, unknown_words = features.out_of_vocabulary(fresh)
    drift = measure_drift(
        distance=placement.distance[known],
        outlier=(placed["status"].to_numpy(zero_copy_only=False) == "outlier").astype(np.int32),
        known_words=known_words,
        unknown_words=unknown_words,
        reference=model.distance_reference,
        sizes_at_fit=dict(
            zip(model.cluster_ids.tolist(), model.sizes_at_fit.tolist(), strict=True)
        ),
        sizes_now={row["cluster_id"]: row["size"] for row in updated.to_pylist()},
        limits=limits,
    )
    found = {}
    if lists is not None:
        parts = Workspace.parts(work.titles)
        found = stage_added(
            work, lists, after, added, model, lambda rows: features.transform(_rows(parts, rows))
        )
    stored = {}
    if vectors is not None:
        changed = _rows(Workspace.parts(work.titles), _changed_rows(work, ids, added))
        stored = stage_vectors_of_night(work, vectors, after, changed, features)
    return Night(drift=drift, moved=_moved(assignments, after), lists=found, vectors=stored)


def _changed_rows(work: Workspace, ids: pa.Table, added: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the titles that were added or edited, ascending."""
    changes = pq.read_table(work.staged / "changes.parquet", columns=["title_id", "change"])
    edited = changes["title_id"].filter(pc.equal(changes["change"], "edited")).combine_chunks()
    rows = pc.indices_nonzero(pc.is_in(ids["title_id"], value_set=edited)).to_numpy()
    return np.union1d(added, rows.astype(np.int64))


def _hierarchy(work: Workspace) -> pa.Table | None:
    """The tree of the fit; None where the fit is older than trees are."""
    path = work.staged / HIERARCHY_FILE
    return pq.read_table(path, schema=HIERARCHY) if path.exists() else None


def _rows(parts: Sequence[Path], index: NDArray[np.int64]) -> pa.Table:
    """Some titles by their ascending numbers over all partitions."""
    pieces, start = [TITLES.empty_table()], 0
    for part in parts:
        stop = start + pq.read_metadata(part).num_rows
        inside = index[(index >= start) & (index < stop)] - start
        if inside.size:
            pieces.append(pq.read_table(part, schema=TITLES).take(pa.array(inside)))
        start = stop
    return pa.concat_tables(pieces)


def _ids(parts: Sequence[Path]) -> pa.Table:
    return pa.concat_tables([pq.read_table(part, columns=["title_id"]) for part in parts])


def _in_order(assignments: pa.Table, ids: pa.Table) -> pa.Table:
    """The assignments of these titles in their order; those of removed titles are left out."""
    at = pc.index_in(ids["title_id"], value_set=assignments["title_id"].combine_chunks())
    if at.null_count:
        lost = ids["title_id"].filter(pc.is_null(at))
        raise ClusteringError(
            f"{len(lost)} titles are neither new nor placed in the last version, such as {lost[0]}"
        )
    return assignments.take(at)


def _fill_changes(path: Path, before: pa.Table, after: pa.Table) -> None:
    write_table(with_clusters(pq.read_table(path), before, after), path, CHANGES)


def _moved(before: pa.Table, after: pa.Table) -> int:
    moved = pc.not_equal(clusters_of(after["title_id"], before), after["cluster_id"])
    return int(pc.sum(moved).as_py() or 0)
