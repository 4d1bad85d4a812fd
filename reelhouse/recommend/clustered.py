"""What the recommenders by cluster must know of titles, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.recommend.names import TitleNames

Rows = NDArray[np.int64]


class ClusteredTitles(Protocol):
    """Titles in clusters, with feature vectors: a published catalogue, or titles with ratings."""

    @property
    def names(self) -> TitleNames:
        """Ids and names; a title's row here is its column in a history."""

    @property
    def cluster_of(self) -> NDArray[np.int32]:
        """Cluster of every title, shape (n_titles,)."""

    @property
    def neighbours(self) -> Mapping[int, Sequence[tuple[int, float]]]:
        """For every cluster its neighbours with their distances, the nearest first."""

    @property
    def popularity(self) -> NDArray[np.float64] | None:
        """Share of viewers who saw each title, shape (n_titles,); None where it is not known."""

    def cluster_name(self, cluster_id: int) -> str:
        """Name of a cluster."""

    def rows_in(self, cluster_ids: Sequence[int]) -> Rows:
        """Rows of the titles in these clusters, ascending."""

    def vectors_of(self, rows: Sequence[int] | Rows) -> sparse.csr_matrix:
        """Feature vectors of unit length of some titles, (n_rows, n_features)."""

    def likenesses(
        self, rows: Rows, vectors: sparse.csr_matrix, liked: Rows, liked_vectors: sparse.csr_matrix
    ) -> list[str]:
        """Say in words what makes each title like a liked one; all have as many rows."""
