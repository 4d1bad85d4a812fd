"""vectors.parquet and features.parquet: what the clusters were made from, in the order of clusters.

Whoever compares titles reads the rows of one cluster, and needs neither the texts nor the model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.catalogue.base import SortedTable
from reelhouse.catalogue.recommending import numbered
from reelhouse.catalogue.workspace import Workspace
from reelhouse.features.base import FeatureModel
from reelhouse.matrix import load_block
from reelhouse.recommend.base import NO_CLUSTER
from reelhouse.schema import FEATURES, VECTORS
from reelhouse.storage.sorted_parts import write_piece, write_sorted
from reelhouse.storage.tables import write_table

TABLE = "vectors"
#: Titles from which on a part ends; all titles of a cluster are in one part.
TITLES_PER_PART = 50_000
#: Titles of one row group: a cluster is decoded with few others.
ROWS_PER_GROUP = 1_024
_ORDER = ("cluster_id", "title_id")


def stage_features(model: FeatureModel, path: Path) -> None:
    """Write features.parquet: field and term of every feature."""
    names = model.feature_names()
    table = {
        "feature": np.arange(len(names), dtype=np.int32),
        "field": pa.array([field for field, _ in names], pa.string()),
        "term": pa.array([term for _, term in names], pa.string()),
    }
    write_table(pa.table(table, schema=FEATURES), path, FEATURES)


def stage_vectors(work: Workspace, assignments: pa.Table) -> dict[str, Any]:
    """Write vectors.parquet of a refit; returns what readers find a cluster's part by.

    Parameters
    ----------
    work : Workspace with the feature blocks in place
    assignments : Table with the schema `ASSIGNMENTS`, in the order of the blocks' rows
    """
    work.vectors.mkdir(exist_ok=True)
    placed = _placed(assignments)
    cluster_ids = placed["cluster_id"].to_numpy()
    # Workers are sent numbers in the order of the ids, which are put in when parts are written.
    order, number = numbered(placed["title_id"])
    ids = placed["title_id"].take(pa.array(order)).combine_chunks()
    tasks, start = [], 0
    for at, (block, rows) in enumerate(_blocks(work)):
        path = work.vectors / f"vectors-{at:05d}.parquet"
        inside = slice(start, start + rows)
        tasks.append(
            dask.delayed(_write_vectors)(str(block), cluster_ids[inside], number[inside], str(path))
        )
        start += rows
    pieces = [Path(path) for path in dask.compute(*tasks)]
    first = _first_of_parts(cluster_ids)
    write_sorted(
        pieces, work.staged / f"{TABLE}.parquet", VECTORS, order=_ORDER, first=first,
        finish=lambda part: _with_ids(part, ids), row_group=ROWS_PER_GROUP,
    )  # fmt: skip
    return {"first": first}


def stage_vectors_of_night(
    work: Workspace, old: SortedTable, assignments: pa.Table, titles: pa.Table, model: FeatureModel
) -> dict[str, Any]:
    """Write vectors.parquet of a night: removed titles leave, some get new vectors.

    Parameters
    ----------
    work : Workspace
    old : SortedTable
    assignments : Table with the schema `ASSIGNMENTS`, all titles of tonight
    titles : Table with the schema `TITLES`
        Those that were added or edited.
    model : FeatureModel
    """
    placed = _placed(assignments)
    at = pc.index_in(titles["title_id"], value_set=placed["title_id"].combine_chunks())
    fresh = vectors_table(model.transform(titles), *placed.take(at).columns).cast(VECTORS)
    # Neither what was removed nor what is made anew.
    kept_ids = pc.filter(
        placed["title_id"],
        pc.invert(pc.is_in(placed["title_id"], value_set=titles["title_id"].combine_chunks())),
    ).combine_chunks()
    target = work.staged / f"{TABLE}.parquet"
    for number, (part, low) in enumerate(zip(old.parts, old.first, strict=True)):
        high = [*old.first, None][number + 1]
        inside = _between(fresh, low if number else None, high)
        before = pq.read_table(part, schema=VECTORS)
        kept = before.filter(pc.is_in(before["title_id"], value_set=kept_ids))
        rows = pa.concat_tables([kept, inside]).sort_by([(name, "ascending") for name in _ORDER])
        path = target / f"part-{number:05d}.parquet" if len(old.parts) > 1 else target
        write_table(rows, path, VECTORS, row_group=ROWS_PER_GROUP)
    return {"first": list(old.first)}


def vectors_table(vectors: sparse.csr_matrix, cluster_ids: Any, title_ids: Any) -> pa.Table:
    """Rows of vectors.parquet.

    Parameters
    ----------
    vectors : csr_matrix of shape (n_titles, n_features), unit rows
    cluster_ids, title_ids : arrays of shape (n_titles,)
        Ids, or what stands for them.
    """
    starts = pa.array(vectors.indptr.astype(np.int32))
    # Half precision: a similarity is off by less than 0.001, and what is published halves.
    features = pa.ListArray.from_arrays(starts, pa.array(vectors.indices.astype(np.int32)))
    weights = pa.ListArray.from_arrays(starts, pa.array(vectors.data.astype(np.float16)))
    columns = [cluster_ids, title_ids, features, weights]
    return pa.table(columns, names=VECTORS.names)


def _blocks(work: Workspace) -> list[tuple[Path, int]]:
    """Stored blocks of features, and the rows of each."""
    parts = Workspace.parts(work.titles)
    blocks = sorted(work.blocks.iterdir())
    return [
        (block, pq.read_metadata(part).num_rows) for block, part in zip(blocks, parts, strict=True)
    ]


def _write_vectors(
    block: str, cluster_ids: NDArray[np.int32], numbers: NDArray[np.int32], path: str
) -> str:
    rows = vectors_table(load_block(Path(block)), cluster_ids, numbers)
    write_piece(rows.sort_by([(name, "ascending") for name in _ORDER]), Path(path))
    return path


def _with_ids(part: pa.Table, ids: pa.Array) -> pa.Table:
    at = part.schema.get_field_index("title_id")
    return part.set_column(at, "title_id", ids.take(part["title_id"].combine_chunks()))


def _placed(assignments: pa.Table) -> pa.Table:
    cluster_ids = pc.fill_null(assignments["cluster_id"], NO_CLUSTER)
    return pa.table({"cluster_id": cluster_ids, "title_id": assignments["title_id"]})


def _first_of_parts(cluster_ids: NDArray[np.int32]) -> list[int]:
    """First cluster of each part."""
    ids, sizes = np.unique(cluster_ids, return_counts=True)
    first: list[int] = []
    size = TITLES_PER_PART
    for cluster_id, held in zip(ids.tolist(), sizes.tolist(), strict=True):
        if size >= TITLES_PER_PART:
            first.append(cluster_id)
            size = 0
        size += held
    return first or [0]


def _between(rows: pa.Table, low: int | None, high: int | None) -> pa.Table:
    """Rows of the clusters from the one up to the other."""
    if low is not None:
        rows = rows.filter(pc.greater_equal(rows["cluster_id"], low))
    if high is not None:
        rows = rows.filter(pc.less(rows["cluster_id"], high))
    return rows
