"""What makes a title like its cluster, and like the next one, for many titles at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.recommend.terms import Weight, called

#: Parts of a likeness that are told.
N_PARTS = 4
#: Less would be shown as 0.00.
LEAST = 0.005


class Likeness:
    """Takes likenesses of titles and clusters apart into what they come from.

    The latent dimensions of a field count as one part: alone they say nothing to anybody.

    Parameters
    ----------
    terms : field and term of each of the n_features
    centroids : ndarray of shape (n_clusters, n_features), unit rows
    cluster_ids : ndarray of shape (n_clusters,)

    Attributes
    ----------
    names : list of str
        What the parts are called.
    """

    def __init__(
        self,
        terms: Sequence[tuple[str, str]],
        centroids: NDArray[np.float32],
        cluster_ids: NDArray[np.int32],
    ) -> None:
        numbers: dict[tuple[str, str], int] = {}
        for term in terms:
            numbers.setdefault(term, len(numbers))
        self.names = [called(Weight(field, term, 0.0)) for field, term in numbers]
        self._part = np.array([numbers[term] for term in terms], dtype=np.int64)
        self._centroids = centroids
        self._row_of = {int(cluster_id): row for row, cluster_id in enumerate(cluster_ids)}

    def parts(
        self, vectors: sparse.csr_matrix, cluster_ids: pa.Array
    ) -> list[list[tuple[int, float]]]:
        """Number and weight of what makes each title like a cluster, the weightiest first.

        Parameters
        ----------
        vectors : csr_matrix of shape (n_titles, n_features), unit rows
        cluster_ids : n_titles ids, null for none
        """
        rows = [self._row_of.get(one, -1) for one in cluster_ids.to_pylist()]
        of_value = np.repeat(np.array(rows, dtype=np.int64), np.diff(vectors.indptr))
        products = np.where(
            of_value >= 0, vectors.data * self._centroids[of_value, vectors.indices], 0.0
        )
        owner = np.repeat(np.arange(vectors.shape[0]), np.diff(vectors.indptr))
        summed = sparse.coo_matrix(
            (products, (owner, self._part[vectors.indices])),
            shape=(vectors.shape[0], len(self.names)),
        ).tocsr()
        return _weightiest(summed)


def _weightiest(summed: sparse.csr_matrix) -> list[list[tuple[int, float]]]:
    """Columns and values of the largest values of each row."""
    n_rows = summed.shape[0]
    row = np.repeat(np.arange(n_rows), np.diff(summed.indptr))
    # By row, then by weight; equal ones in the order of the parts.
    order = np.lexsort((summed.indices, -summed.data, row))
    place = np.arange(order.size) - summed.indptr[row]
    kept = order[(place < N_PARTS) & (summed.data[order] >= LEAST)]
    pairs = list(zip(summed.indices[kept].tolist(), summed.data[kept].tolist(), strict=True))
    stops = np.cumsum(np.bincount(row[kept], minlength=n_rows))
    return [pairs[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]


def feature_terms(features: pa.Table) -> list[tuple[str, str]]:
    """Field and term of every feature, from features.parquet."""
    columns = (features["field"].to_pylist(), features["term"].to_pylist())
    return list(zip(*columns, strict=True))


def in_order(vectors: pa.Table, title_ids: pa.Array) -> pa.Table:
    """Rows of vectors.parquet in the order of some ids."""
    return vectors.take(pc.index_in(title_ids, value_set=vectors["title_id"].combine_chunks()))
