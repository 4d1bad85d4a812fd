"""positions.parquet: where every title stands on the map, as the refit laid it out.

Titles of a sample are laid out by t-SNE; every other one goes where the sampled titles stand that
are likest to it. At night nothing that has a place moves: an added title is put among its next
titles.

References
----------
van der Maaten, L. and Hinton, G. (2008). Visualizing data using t-SNE.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from reelhouse.catalogue.workspace import Workspace
from reelhouse.recommend.published_vectors import matrix_of
from reelhouse.runs.base import Base
from reelhouse.schema import POSITIONS
from reelhouse.storage.tables import write_table

POSITIONS_FILE = "positions.parquet"
#: Most titles that t-SNE lays out: its time grows faster than their number.
N_SAMPLE = 3_000
#: Latent dimensions that t-SNE works in.
N_DIMENSIONS = 50
_MAX_ITER = 400
_PERPLEXITY = 30.0
#: Fewer titles have no neighbourhoods to speak of: their two main directions are the map.
_FEWEST = 12
#: Sampled titles that say where another one goes, and how near they must stand to the likest.
_N_NEAREST = 5
_NEAR = 0.08
_ROWS_AT_ONCE = 4_096

Matrix = NDArray[np.float32]


def stage_positions(work: Workspace, *, seed: int) -> int:
    """Write positions.parquet of a refit; returns the number of titles that t-SNE laid out.

    Parameters
    ----------
    work : Workspace
        With the staged vectors.parquet.
    seed : int
        Decides the sample and where the layout begins.
    """
    parts = _parts(work.staged / "vectors.parquet")
    n_features = pq.read_metadata(work.staged / "features.parquet").num_rows
    n_titles = sum(pq.read_metadata(part).num_rows for part in parts)
    rows = np.arange(n_titles)
    if n_titles > N_SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(n_titles, N_SAMPLE, replace=False))
    layout = Layout.of(_sampled(parts, rows, n_features), seed=seed)
    ids: list[pa.Array] = []
    places: list[Matrix] = []
    for batch in _batches(parts):
        ids.append(batch["title_id"].combine_chunks())
        places.append(layout.place(matrix_of(batch, n_features)))
    if places:
        # Those of the sample stand exactly where they were laid out.
        found = np.concatenate(places)
        found[rows] = layout.places
        _write(work, pa.concat_arrays(ids), found)
    else:
        write_table(POSITIONS.empty_table(), work.staged / POSITIONS_FILE, POSITIONS)
    return int(rows.size)


def carry_positions(work: Workspace, base: Base, *, seed: int) -> int:
    """Write positions.parquet of a night; returns the number of titles that were put in.

    On a version without positions the titles are laid out anew, where they have vectors.
    """
    version = base.required()
    if version.has("positions"):
        return stage_positions_of_night(work, version.read_table("positions"))
    return stage_positions(work, seed=seed) if (work.staged / "vectors.parquet").exists() else 0


def stage_positions_of_night(work: Workspace, before: pa.Table) -> int:
    """Write positions.parquet of a night; returns the number of titles that were put in.

    Parameters
    ----------
    work : Workspace
        With the staged assignments.parquet, and recommendations.parquet where the version has one.
    before : Table with the schema `POSITIONS`
        Of the last version.
    """
    placed = pq.read_table(work.staged / "assignments.parquet", columns=["title_id", "cluster_id"])
    ids = placed["title_id"].combine_chunks()
    at = pc.index_in(ids, value_set=before["title_id"].combine_chunks())
    known = pc.is_valid(at).to_numpy(zero_copy_only=False)
    places = np.zeros((len(ids), 2), dtype=np.float32)
    places[known] = _coordinates(before.take(at.drop_null()))
    added = np.flatnonzero(~known)
    if added.size:
        centres = _Centres(placed["cluster_id"].to_numpy(), places, known)
        near = _next_places(work, ids.take(pa.array(added)), before)
        for row in added.tolist():
            nearest = near.get(ids[row].as_py())
            places[row] = centres.of(row) if nearest is None else _among(*nearest)
    _write(work, ids, places)
    return int(added.size)


class Layout:
    """Sampled titles with their places on the map.

    Parameters
    ----------
    components : ndarray of shape (n_dimensions, n_features)
        Directions of the latent dimensions.
    dense : ndarray of shape (n_sampled, n_dimensions), unit rows
    places : ndarray of shape (n_sampled, 2), within -1 and 1
    """

    def __init__(self, components: Matrix, dense: Matrix, places: Matrix) -> None:
        self.components = components
        self.dense = dense
        self.places = places

    @classmethod
    def of(cls, vectors: sparse.csr_matrix, *, seed: int) -> Layout:
        """Lay out titles by their vectors, shape (n_sampled, n_features)."""
        n_titles, n_features = vectors.shape
        n_dimensions = min(N_DIMENSIONS, n_features - 1, n_titles - 1)
        if n_titles < _FEWEST or n_dimensions < 3:
            return cls._by_main_directions(vectors)
        from sklearn.decomposition import TruncatedSVD
        from sklearn.manifold import TSNE

        svd = TruncatedSVD(n_dimensions, random_state=seed).fit(vectors)
        components = svd.components_.astype(np.float32)
        dense = _unit(vectors @ components.T)
        tsne = TSNE(
            2,
            init="pca",
            perplexity=min(_PERPLEXITY, (n_titles - 1) / 3),
            max_iter=_MAX_ITER,
            random_state=seed,
        )
        # One thread: the many short steps take several longer, waiting for one another.
        with threadpool_limits(1):
            places = tsne.fit_transform(dense)
        return cls(components, dense, _scaled(places))

    @classmethod
    def _by_main_directions(cls, vectors: sparse.csr_matrix) -> Layout:
        full = vectors.toarray().astype(np.float32)
        centred = full - full.mean(axis=0, keepdims=True) if len(full) else full
        _, _, directions = np.linalg.svd(centred, full_matrices=False)
        axes = np.zeros((2, vectors.shape[1]), dtype=np.float32)
        axes[: min(2, len(directions))] = directions[:2]
        components = np.eye(vectors.shape[1], dtype=np.float32)
        return cls(components, _unit(full), _scaled(full @ axes.T))

    def place(self, vectors: sparse.csr_matrix) -> Matrix:
        """Places of titles, shape (n_titles, 2), by the sampled titles likest to them."""
        found = np.zeros((vectors.shape[0], 2), dtype=np.float32)
        for start in range(0, vectors.shape[0], _ROWS_AT_ONCE):
            rows = slice(start, min(start + _ROWS_AT_ONCE, vectors.shape[0]))
            likeness = _unit(vectors[rows] @ self.components.T) @ self.dense.T
            n = min(_N_NEAREST, likeness.shape[1])
            nearest = np.argpartition(-likeness, n - 1, axis=1)[:, :n]
            scores = np.take_along_axis(likeness, nearest, axis=1)
            order = np.argsort(-scores, axis=1, kind="stable")
            found[rows] = _means(
                self.places[np.take_along_axis(nearest, order, axis=1)],
                np.take_along_axis(scores, order, axis=1),
            )
        return found


class _Centres:
    """Where clusters stand: for titles of which nothing else is known."""

    def __init__(
        self, cluster_ids: NDArray[np.int32], places: Matrix, known: NDArray[np.bool_]
    ) -> None:
        self._cluster_ids = cluster_ids
        self._places = places
        self._known = known

    def of(self, row: int) -> Matrix:
        inside = self._known & (self._cluster_ids == self._cluster_ids[row])
        if not inside.any():
            return np.zeros(2, dtype=np.float32)
        centre: Matrix = np.median(self._places[inside], axis=0).astype(np.float32)
        return centre


def _next_places(
    work: Workspace, ids: pa.Array, before: pa.Table
) -> dict[str, tuple[Matrix, Matrix]]:
    """Places and scores of the placed next titles of some titles, the best first."""
    pieces = []
    for part in _parts(work.staged / "recommendations.parquet"):
        lists = pq.read_table(part, columns=["title_id", "rank", "next_title_id", "score"])
        pieces.append(lists.filter(pc.is_in(lists["title_id"], value_set=ids)))
    if not pieces:
        return {}
    lists = pa.concat_tables(pieces).sort_by([("title_id", "ascending"), ("rank", "ascending")])
    at = pc.index_in(lists["next_title_id"], value_set=before["title_id"].combine_chunks())
    lists, at = lists.filter(pc.is_valid(at)), at.drop_null()
    places = _coordinates(before.take(at))
    scores = lists["score"].to_numpy()
    found: dict[str, list[int]] = {}
    for row, title_id in enumerate(lists["title_id"].to_pylist()):
        found.setdefault(title_id, []).append(row)
    return {
        title_id: (places[rows[:_N_NEAREST]], scores[rows[:_N_NEAREST]])
        for title_id, rows in found.items()
    }


def _among(places: Matrix, scores: Matrix) -> Matrix:
    mean: Matrix = _means(places[np.newaxis], scores[np.newaxis])[0]
    return mean


def _means(places: Matrix, scores: Matrix) -> Matrix:
    """Weighted means of places, the likest first, of those alone that stand near the likest.

    The mean of two far islands would lie in the sea between them.

    Parameters
    ----------
    places : ndarray of shape (n_titles, n_nearest, 2)
    scores : ndarray of shape (n_titles, n_nearest)
    """
    apart = np.linalg.norm(places - places[:, :1], axis=2)
    weights = np.where(apart <= _NEAR, np.clip(scores, 1e-6, None), 0.0)
    summed = np.einsum("ij,ijk->ik", weights, places) / weights.sum(axis=1, keepdims=True)
    means: Matrix = summed.astype(np.float32)
    return means


def _unit(dense: NDArray[np.floating]) -> Matrix:
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    return np.asarray(dense / np.maximum(lengths, 1e-12), dtype=np.float32)


def _scaled(places: NDArray[np.floating]) -> Matrix:
    """Both coordinates by one factor within -1 and 1, the middle at 0."""
    if not len(places):
        return np.zeros((0, 2), dtype=np.float32)
    low, high = places.min(axis=0), places.max(axis=0)
    extent = max(float((high - low).max()), 1e-12)
    return np.asarray((places - (low + high) / 2) * (2 / extent), dtype=np.float32)


def _parts(table: Path) -> list[Path]:
    if table.is_dir():
        return Workspace.parts(table)
    return [table] if table.exists() else []


def _batches(parts: list[Path]) -> Iterator[pa.Table]:
    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                yield pa.Table.from_batches([batch])


def _sampled(parts: list[Path], rows: NDArray[np.int64], n_features: int) -> sparse.csr_matrix:
    pieces, start = [sparse.csr_matrix((0, n_features), dtype=np.float32)], 0
    for batch in _batches(parts):
        stop = start + batch.num_rows
        inside = rows[(rows >= start) & (rows < stop)] - start
        pieces.append(matrix_of(batch, n_features)[inside])
        start = stop
    return sparse.vstack(pieces, format="csr")


def _coordinates(positions: pa.Table) -> Matrix:
    return np.column_stack([positions["x"].to_numpy(), positions["y"].to_numpy()])


def _write(work: Workspace, ids: pa.Array, places: Matrix) -> None:
    table = pa.table({"title_id": ids, "x": places[:, 0], "y": places[:, 1]}, schema=POSITIONS)
    write_table(table, work.staged / POSITIONS_FILE, POSITIONS)
