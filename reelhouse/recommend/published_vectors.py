"""Feature vectors of a published catalogue, read cluster by cluster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import DamagedFileError
from reelhouse.recommend.names import TitleNames
from reelhouse.storage.version import Version

VECTORS = "vectors"
FEATURES = "features"


class PublishedVectors:
    """Vectors of a version that has vectors.parquet; the clusters asked for are kept.

    Parameters
    ----------
    version : Version
    names : TitleNames
        Of its titles.
    cluster_of : ndarray of shape (n_titles,), int32
    """

    def __init__(self, version: Version, names: TitleNames, cluster_of: NDArray[np.int32]) -> None:
        self.version = version
        self.names = names
        self.cluster_of = cluster_of
        terms = version.read_table(FEATURES)
        #: Field and term of every feature.
        self.terms: list[tuple[str, str]] = list(
            zip(terms["field"].to_pylist(), terms["term"].to_pylist(), strict=True)
        )
        self._held: dict[int, tuple[pa.Array, sparse.csr_matrix]] = {}

    def of(self, rows: Sequence[int] | NDArray[np.int64]) -> sparse.csr_matrix:
        """Vectors of some titles, shape (n_rows, n_features), float32.

        Raises
        ------
        DamagedFileError
            When the table lacks a title.
        """
        wanted = np.asarray(rows, dtype=np.int64)
        order: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
        pieces = [sparse.csr_matrix((0, len(self.terms)), dtype=np.float32)]
        clusters = self.cluster_of[wanted]
        for cluster_id in np.unique(clusters).tolist():
            inside = np.flatnonzero(clusters == cluster_id)
            order.append(inside)
            pieces.append(self._of_cluster(cluster_id, wanted[inside]))
        place = np.argsort(np.concatenate(order), kind="stable")
        return sparse.vstack(pieces, format="csr")[place]

    def _of_cluster(self, cluster_id: int, rows: NDArray[np.int64]) -> sparse.csr_matrix:
        if cluster_id not in self._held:
            self._held[cluster_id] = self._read(cluster_id)
        held_ids, vectors = self._held[cluster_id]
        at = pc.index_in(self.names.title_ids.take(pa.array(rows)), value_set=held_ids)
        if at.null_count:
            lost = self.names.title_id(int(rows[pc.is_null(at).to_numpy(zero_copy_only=False)][0]))
            raise DamagedFileError(
                f"{VECTORS}.parquet of version {self.version.number} has no {lost} in cluster "
                f"{cluster_id}, every title is expected there"
            )
        return vectors[at.to_numpy()]

    def _read(self, cluster_id: int) -> tuple[pa.Array, sparse.csr_matrix]:
        rows = self.version.rows_of(VECTORS, "cluster_id", cluster_id).combine_chunks()
        vectors = matrix_of(rows, len(self.terms))
        return rows["title_id"].combine_chunks(), vectors


def matrix_of(rows: pa.Table, n_features: int) -> sparse.csr_matrix:
    """Rows of vectors.parquet as a matrix of shape (n_rows, n_features), float32."""
    features, weights = (
        pa.concat_arrays(rows[name].chunks or [pa.array([], rows.schema.field(name).type)])
        for name in ("features", "weights")
    )
    starts = features.offsets.to_numpy()
    return sparse.csr_matrix(
        (
            weights.flatten().to_numpy().astype(np.float32),
            features.flatten().to_numpy(),
            starts - starts[0],
        ),
        shape=(len(features), n_features),
    )
