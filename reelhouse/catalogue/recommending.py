"""recommendations.parquet of a refit and of a night: for every title the next ones.

A refit compares titles within their clusters and across the borders, from the stored blocks of
features. A night lists next titles of the added titles only. The lists of the others stay as they
are but for removed titles; an added title enters them with the next refit, so that the cost of a
night follows what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from reelhouse.catalogue.comparing import (
    Comparison,
    Placed,
    Rows,
    comparisons,
    comparisons_of_added,
    nearest_clusters,
)
from reelhouse.catalogue.next_titles import NUMBERED, next_titles, ranks
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.assign import Placement
from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.model import ClusterModel
from reelhouse.matrix import load_rows
from reelhouse.schema import NEXT_TITLES
from reelhouse.storage.sorted_parts import write_piece, write_sorted
from reelhouse.storage.tables import write_table

TABLE = "recommendations"
#: Rows whose vectors are in memory at once.
_ROWS_AT_ONCE = 20_000
#: Titles whose lists make a part of the table.
TITLES_PER_PART = 50_000


def stage_next_titles(
    work: Workspace, placement: Placement, centroids: FloatArray, title_ids: pa.ChunkedArray
) -> dict[str, Any]:
    """Write recommendations.parquet of a refit; returns what readers find a title's part by.

    Parameters
    ----------
    work : Workspace with the feature blocks in place
    placement : Placement of the n titles
    centroids : ndarray of shape (n_clusters, n_features), unit rows
    title_ids : n strings, in the order of the blocks' rows
    """
    blocks = sorted(work.blocks.iterdir())
    placed = Placed(
        placement.index,
        placement.second_index,
        placement.distance,
        placement.second_distance - placement.distance,
        nearest_clusters(centroids),
    )
    order, number = numbered(title_ids)
    work.lists.mkdir(exist_ok=True)
    shared = dask.delayed(number)
    tasks: list[Any] = []
    for batch in batches(comparisons(placed)):
        path = work.lists / f"lists-{len(tasks):05d}.parquet"
        tasks.append(dask.delayed(_write_lists)(batch, [str(b) for b in blocks], shared, str(path)))
    pieces = [Path(path) for path in dask.compute(*tasks)]
    ids = title_ids.take(pa.array(order)).combine_chunks()
    first = list(range(0, max(len(ids), 1), TITLES_PER_PART))
    write_sorted(
        pieces,
        work.staged / f"{TABLE}.parquet",
        NEXT_TITLES,
        order=("title", "rank"),
        first=first,
        finish=lambda part: _named(part, ids),
    )
    return {"first": [ids[at].as_py() for at in first if at < len(ids)]}


def stage_added(
    work: Workspace,
    old: SortedTable,
    assignments: pa.Table,
    added: Rows,
    model: ClusterModel,
    vectors_of: Callable[[Rows], sparse.csr_matrix],
) -> dict[str, Any]:
    """Write recommendations.parquet of a night: lists of the added titles, and those that were.

    Parameters
    ----------
    work : Workspace
    old : SortedTable
    assignments : Table with the schema `ASSIGNMENTS`, all titles of tonight
    added : ndarray, int64, ascending
        Rows of the added titles.
    model : ClusterModel
    vectors_of : callable
        Makes the vectors of ascending rows.
    """
    ids = assignments["title_id"].combine_chunks()
    order, number = numbered(ids)
    lists = [NUMBERED.empty_table()]
    if added.size:
        for batch in batches(comparisons_of_added(_placed(assignments, model), added)):
            rows = _rows_of(batch)
            lists.append(next_titles(batch, rows, vectors_of(rows), number))
    fresh = _named(pa.concat_tables(lists), ids.take(pa.array(order)))
    target = work.staged / f"{TABLE}.parquet"
    for at, (part, low) in enumerate(zip(old.parts, old.first, strict=True)):
        inside = _between(fresh, low if at else None, [*old.first, None][at + 1])
        kept = _without_removed(pq.read_table(part, schema=NEXT_TITLES), ids)
        path = target / f"part-{at:05d}.parquet" if len(old.parts) > 1 else target
        write_table(_merged(kept, inside), path, NEXT_TITLES)
    return {"first": list(old.first)}


def batches(pieces: Iterable[Comparison]) -> Iterator[list[Comparison]]:
    """Comparisons in batches whose vectors fit in memory together."""
    batch: list[Comparison] = []
    size = 0
    for piece in pieces:
        rows = piece.rows.size
        if batch and size + rows > _ROWS_AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += rows
    if batch:
        yield batch


def _write_lists(
    batch: list[Comparison], blocks: list[str], number: NDArray[np.int32], path: str
) -> str:
    rows, paths = _rows_of(batch), [Path(block) for block in blocks]
    write_piece(next_titles(batch, rows, load_rows(paths, rows), number), Path(path))
    return path


def _rows_of(batch: Sequence[Comparison]) -> Rows:
    rows: Rows = np.unique(np.concatenate([piece.rows for piece in batch]))
    return rows


def numbered(
    title_ids: pa.Array | pa.ChunkedArray,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows in the order of their ids, and the place of each row in that order."""
    order = pc.sort_indices(title_ids).to_numpy().astype(np.int64)
    number = np.empty(order.size, dtype=np.int32)
    number[order] = np.arange(order.size, dtype=np.int32)
    return order, number


def _named(lists: pa.Table, ids: pa.Array) -> pa.Table:
    columns = {
        "title_id": ids.take(lists["title"].combine_chunks()),
        "rank": lists["rank"],
        "next_title_id": ids.take(lists["next_title"].combine_chunks()),
        "score": lists["score"],
        "reason": lists["reason"],
    }
    return pa.table(columns, schema=NEXT_TITLES)


def _placed(assignments: pa.Table, model: ClusterModel) -> Placed:
    """Where the titles are, by the index of the centroids."""
    by_id = np.argsort(model.cluster_ids, kind="stable")

    def index(name: str) -> NDArray[np.int32]:
        ids = pc.fill_null(assignments[name], -1).to_numpy()
        at = np.searchsorted(model.cluster_ids[by_id], ids).clip(max=by_id.size - 1)
        return np.where(ids < 0, -1, by_id[at]).astype(np.int32)

    return Placed(
        index("cluster_id"),
        index("second_cluster_id"),
        assignments["distance"].to_numpy(),
        assignments["margin"].to_numpy(),
        nearest_clusters(model.centroids),
    )


def _between(lists: pa.Table, low: str | None, high: str | None) -> pa.Table:
    """Lists of the title ids from the one up to the other."""
    if low is not None:
        lists = lists.filter(pc.greater_equal(lists["title_id"], low))
    if high is not None:
        lists = lists.filter(pc.less(lists["title_id"], high))
    return lists


def _without_removed(lists: pa.Table, ids: pa.Array) -> pa.Table:
    """Lists without what is gone; who stood behind a removed title moves up."""
    held = pc.and_(
        pc.is_in(lists["title_id"], value_set=ids), pc.is_in(lists["next_title_id"], value_set=ids)
    )
    kept = lists.filter(held)
    if kept.num_rows == lists.num_rows:
        return lists
    rank = ranks(kept["title_id"].combine_chunks().dictionary_encode().indices.to_numpy())
    at = kept.schema.get_field_index("rank")
    return kept.set_column(at, NEXT_TITLES.field("rank"), pa.array(rank))


def _merged(lists: pa.Table, added: pa.Table) -> pa.Table:
    if not added.num_rows:
        return lists
    return pa.concat_tables([lists, added]).sort_by(
        [("title_id", "ascending"), ("rank", "ascending")]
    )
