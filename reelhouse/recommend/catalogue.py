"""A published catalogue as recommenders see it: names, clusters, and feature rows on demand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.errors import ReelhouseError
from reelhouse.recommend.base import NO_CLUSTER
from reelhouse.recommend.clustered import Rows
from reelhouse.recommend.names import TitleNames
from reelhouse.recommend.reasons import likeness_phrase, shared_people
from reelhouse.recommend.terms import weights
from reelhouse.scratch import scratch_folder
from reelhouse.storage.version import Version

if TYPE_CHECKING:
    from scipy import sparse

    from reelhouse.clustering.model import ClusterModel
    from reelhouse.features.base import FeatureModel
    from reelhouse.recommend.published_vectors import PublishedVectors


#: What a version holds whose clusters lie in the space of an encoder.
ENCODER_FILE = "model/deep/deep.json"


class Catalogue:
    """One version of a catalogue. Nothing is read before it is asked for.

    Parameters
    ----------
    version
        A version that holds titles, assignments, clusters, neighbours and a model.
    """

    def __init__(self, version: Version) -> None:
        self.version = version

    @cached_property
    def names(self) -> TitleNames:
        """Ids and names of all titles, in the order of titles.parquet."""
        titles = self.version.read_table("titles", ["title_id", "title"])
        return TitleNames(titles["title_id"], titles["title"])

    @cached_property
    def cluster_of(self) -> NDArray[np.int32]:
        """Cluster id of every title, shape (n_titles,)."""
        placed = self.version.read_table("assignments", ["title_id", "cluster_id"])
        at = pc.index_in(self.names.title_ids, value_set=_whole(placed["title_id"]))
        ids = pc.fill_null(placed["cluster_id"].take(at), NO_CLUSTER)
        found: NDArray[np.int32] = ids.to_numpy().astype(np.int32, copy=False)
        return found

    @cached_property
    def clusters(self) -> dict[int, dict[str, Any]]:
        """Rows of clusters.parquet by cluster id."""
        rows = self.version.read_table("clusters").to_pylist()
        return {row["cluster_id"]: row for row in rows}

    @cached_property
    def neighbours(self) -> dict[int, list[tuple[int, float]]]:
        """For every cluster its neighbours with their distances, the nearest first."""
        found: dict[int, list[tuple[int, float]]] = {}
        table = self.version.read_table("neighbours").sort_by(
            [("cluster_id", "ascending"), ("rank", "ascending")]
        )
        for row in table.to_pylist():
            found.setdefault(row["cluster_id"], []).append((row["neighbour_id"], row["distance"]))
        return found

    @property
    def popularity(self) -> NDArray[np.float64] | None:
        """None: a catalogue alone does not know who saw what."""
        return None

    @cached_property
    def hierarchy(self) -> dict[int, dict[str, Any]]:
        """Rows of hierarchy.parquet by node id; empty for a version that has none."""
        if not self.version.has("hierarchy"):
            return {}
        rows = self.version.read_table("hierarchy").to_pylist()
        return {row["node_id"]: row for row in rows}

    def family(self, cluster_id: int, other: int) -> dict[str, Any] | None:
        """Row of the smallest family of clusters that holds both; None where there is no tree."""
        path = self._above(cluster_id)
        shared = set(self._above(other))
        node = next((node for node in path if node in shared), None)
        return None if node is None else self.hierarchy[node]

    def _above(self, cluster_id: int) -> list[int]:
        """The node of a cluster and those above it, the root last."""
        nodes = [n for n, row in self.hierarchy.items() if row["cluster_id"] == cluster_id]
        while nodes and (parent := self.hierarchy[nodes[-1]]["parent_id"]) is not None:
            nodes.append(parent)
        return nodes

    @cached_property
    def features(self) -> FeatureModel:
        """The frozen feature model."""
        return self._models[0]

    @cached_property
    def cluster_model(self) -> ClusterModel:
        """The fitted centroids."""
        return self._models[1]

    @cached_property
    def terms(self) -> list[tuple[str, str]]:
        """Field and term of every feature."""
        published = self._published
        return self.features.feature_names() if published is None else published.terms

    @cached_property
    def is_encoded(self) -> bool:
        """Whether an encoder placed the titles: distances then are not those of the features."""
        return self.version.has(ENCODER_FILE)

    def cluster_name(self, cluster_id: int) -> str:
        """Name of a cluster; its number where the version does not name it."""
        named = self.clusters.get(cluster_id)
        return named["name"] if named else f"cluster {cluster_id}"

    def no_cluster(self, row: int) -> ReelhouseError:
        """Return the error of a title without an assignment."""
        return ReelhouseError(
            f'"{self.names.title(row)}" has no cluster in version {self.version.number}, '
            "every title is expected to have one"
        )

    def rows_in(self, cluster_ids: Sequence[int]) -> Rows:
        """Rows of the titles in these clusters, ascending."""
        return np.flatnonzero(np.isin(self.cluster_of, list(cluster_ids))).astype(np.int64)

    def rows_named(self, names: Sequence[str]) -> list[int]:
        """Rows of all works of these names, without repetition, in the order of the names.

        Raises
        ------
        UnknownTitleError
            When no name is given, or a name is unknown.
        """
        return self.names.all_required(names)

    def rows_of_ids(self, title_ids: Sequence[str]) -> list[int]:
        """Rows of the titles with these ids; ids that the version lacks are left out."""
        return self.names.rows_of_ids(title_ids)

    def titles(self, rows: Sequence[int] | Rows) -> pa.Table:
        """Full rows of titles.parquet, in the order asked for; one part is in memory at a time."""
        wanted = np.asarray(rows, dtype=np.int64)
        pieces: list[pa.Table] = []
        positions: list[Rows] = []
        start = 0
        for part in self.version.iter_tables("titles"):
            inside = np.flatnonzero((wanted >= start) & (wanted < start + part.num_rows))
            if inside.size or not pieces:
                pieces.append(part.take(pa.array(wanted[inside] - start)))
                positions.append(inside)
            start += part.num_rows
        order = np.argsort(np.concatenate(positions), kind="stable")
        return pa.concat_tables(pieces).take(pa.array(order)).combine_chunks()

    def vectors(self, titles: pa.Table) -> sparse.csr_matrix:
        """Feature vectors of full rows of titles.parquet."""
        return self.features.transform(titles)

    def vectors_of(self, rows: Sequence[int] | Rows) -> sparse.csr_matrix:
        """Feature vectors of some titles: as published, or made anew where a version has none."""
        published = self._published
        return self.vectors(self.titles(rows)) if published is None else published.of(rows)

    def likenesses(
        self, rows: Rows, vectors: sparse.csr_matrix, liked: Rows, liked_vectors: sparse.csr_matrix
    ) -> list[str]:
        """Say what makes each title like a liked one; all have as many rows."""
        titles = self.titles(np.concatenate([rows, liked])).to_pylist()
        return [
            self._likeness(vectors[at], liked_vectors[at], titles[at], titles[rows.size + at])
            for at in range(rows.size)
        ]

    def _likeness(
        self,
        vector: sparse.csr_matrix,
        liked_vector: sparse.csr_matrix,
        title: dict[str, Any],
        other: dict[str, Any],
    ) -> str:
        shared = weights(vector, liked_vector.toarray().ravel(), self.terms)
        named = {(one.field, one.term) for one in shared}
        people = shared_people(title, other)
        shared += [one for one in people if (one.field, one.term) not in named]
        return likeness_phrase(shared, title, other["title"] or other["title_id"])

    @cached_property
    def _published(self) -> PublishedVectors | None:
        from reelhouse.recommend.published_vectors import FEATURES, VECTORS, PublishedVectors

        if not (self.version.has(VECTORS) and self.version.has(FEATURES)):
            return None
        return PublishedVectors(self.version, self.names, self.cluster_of)

    @cached_property
    def _models(self) -> tuple[FeatureModel, ClusterModel]:
        from reelhouse.clustering.model import ClusterModel
        from reelhouse.features.kinds import load_model

        with scratch_folder("model") as folder:
            self.version.fetch("model", folder)
            model = folder / "model"
            return load_model(model), ClusterModel.load(model)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
