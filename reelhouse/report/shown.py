"""Which titles the page shows, and in which order: by cluster, then by id.

Files of data name a title by its number in this order, so that the titles of a cluster are in a row
and its cluster needs no telling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: Most titles that a page holds; of more it shows a sample, and says so.
MOST_TITLES = 100_000


@dataclass(frozen=True)
class Shown:
    """The titles of a page.

    Attributes
    ----------
    assignments : Table with the schema `ASSIGNMENTS`
        Of the titles shown, in the order of the page.
    n_titles : int
        Titles of the version; more than are shown where the page shows a sample.
    cluster_ids : ndarray of shape (n_clusters,)
        Clusters with titles, ascending.
    starts : ndarray of shape (n_clusters + 1,)
        Number of the first title of each cluster, and of titles in all.
    """

    assignments: pa.Table
    n_titles: int
    cluster_ids: NDArray[np.int32]
    starts: NDArray[np.int64]

    @property
    def title_ids(self) -> pa.Array:
        """Ids in the order of the page."""
        return self.assignments["title_id"].combine_chunks()

    def numbers_of(self, title_ids: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
        """Numbers of titles by their ids; -1 for one that is not shown."""
        at = pc.fill_null(pc.index_in(title_ids, value_set=self.title_ids), -1)
        numbers: NDArray[np.int64] = at.to_numpy(zero_copy_only=False).astype(np.int64)
        return numbers


def shown_titles(
    assignments: pa.Table, representatives: pa.Array, *, seed: int, most: int = MOST_TITLES
) -> Shown:
    """Choose the titles of a page: all, or a sample with the representatives of the clusters.

    Parameters
    ----------
    assignments : Table with the schema `ASSIGNMENTS`
    representatives : ids that a sample holds, too
    seed : int
    most : int
        Titles from which on a sample is drawn.
    """
    n_titles, some = assignments.num_rows, assignments
    if n_titles > most:
        drawn = np.random.default_rng(seed).choice(n_titles, most, replace=False)
        named = pc.indices_nonzero(pc.is_in(assignments["title_id"], value_set=representatives))
        some = assignments.take(pa.array(np.union1d(drawn, named.to_numpy().astype(np.int64))))
    some = some.sort_by([("cluster_id", "ascending"), ("title_id", "ascending")]).combine_chunks()
    cluster_ids, starts = np.unique(some["cluster_id"].to_numpy(), return_index=True)
    return Shown(some, n_titles, cluster_ids, np.append(starts, some.num_rows))
