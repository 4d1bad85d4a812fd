"""Titles with what viewers did: what the recommenders on ratings learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import NO_CLUSTER, checked_history
from reelhouse.recommend.names import TitleNames

#: Features that are named at most.
_N_NAMED = 3


@dataclass(frozen=True, eq=False)
class RatedTitles:
    """Titles, who saw them, and what is known of their content; made by `of`.

    Attributes
    ----------
    history : csr_matrix of shape (n_users, n_titles)
        See `reelhouse.recommend.base`. A column may be empty: a title that nobody saw yet.
    names : TitleNames
        Ids and names of the columns.
    days : ndarray of shape (history.nnz,), float32, or None
        When each was seen, in days since any one day, in the order of `history.data`.
    features : csr_matrix of shape (n_titles, n_features), float32, or None
        Content of the titles, rows of unit length; empty where nothing is known.
    feature_names : tuple of str
        What each feature is called, for reasons.
    cluster_of : ndarray of shape (n_titles,), int32
        Cluster of each title; `NO_CLUSTER` where it has none.
    """

    history: sparse.csr_matrix
    names: TitleNames
    cluster_of: NDArray[np.int32]
    days: NDArray[np.float32] | None = None
    features: sparse.csr_matrix | None = None
    feature_names: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls,
        history: sparse.csr_matrix,
        *,
        names: TitleNames | None = None,
        days: NDArray[np.float32] | None = None,
        features: sparse.csr_matrix | None = None,
        feature_names: tuple[str, ...] = (),
        cluster_of: NDArray[np.int32] | None = None,
    ) -> Self:
        """Check what belongs together, and bring features to unit length.

        Parameters
        ----------
        names
            None: each column goes by its number.

        Raises
        ------
        RecommendationError
            When shapes do not agree, or the history is not as it must be.
        """
        checked = checked_history(history, history.shape[1])
        n_titles = checked.shape[1]
        _check("names", None if names is None else len(names), n_titles)
        _check("cluster numbers", None if cluster_of is None else cluster_of.size, n_titles)
        _check("feature rows", None if features is None else features.shape[0], n_titles)
        _check("days", None if days is None else days.size, checked.nnz)
        return cls(
            history=checked,
            names=_numbered(n_titles) if names is None else names,
            days=days,
            features=None if features is None else unit_rows(features),
            feature_names=feature_names,
            cluster_of=(
                np.full(n_titles, NO_CLUSTER, np.int32) if cluster_of is None else cluster_of
            ),
        )

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """Share of users who saw each title, shape (n_titles,)."""
        shares: NDArray[np.float64] = self.n_raters / max(self.history.shape[0], 1)
        return shares

    @cached_property
    def neighbours(self) -> dict[int, list[tuple[int, float]]]:
        """For every cluster its neighbours by the cosine distance of their mean vectors."""
        ids, _ = self._clusters
        means = self._cluster_means.toarray()
        distances = 1.0 - means @ means.T
        order = np.argsort(distances, axis=1, kind="stable")
        return {
            int(ids[code]): [
                (int(ids[other]), float(distances[code, other]))
                for other in order[code] if other != code
            ]
            for code in range(ids.size)
        }  # fmt: skip

    def cluster_name(self, cluster_id: int) -> str:
        """Name a cluster by the features that weigh most in it; by its number without features."""
        ids, _ = self._clusters
        mean = self._cluster_means[int(np.searchsorted(ids, cluster_id))]
        best = mean.indices[np.argsort(-mean.data, kind="stable")][:_N_NAMED]
        return " · ".join(self._feature_name(int(one)) for one in best) or f"cluster {cluster_id}"

    def rows_in(self, cluster_ids: Sequence[int]) -> NDArray[np.int64]:
        """Columns of the titles in these clusters, ascending."""
        return np.flatnonzero(np.isin(self.cluster_of, list(cluster_ids))).astype(np.int64)

    def vectors_of(self, rows: Sequence[int] | NDArray[np.int64]) -> sparse.csr_matrix:
        """Feature vectors of some columns."""
        return self.required_features[np.asarray(rows, dtype=np.int64)]

    def likenesses(
        self,
        rows: NDArray[np.int64],
        vectors: sparse.csr_matrix,
        liked: NDArray[np.int64],
        liked_vectors: sparse.csr_matrix,
    ) -> list[str]:
        """Say what makes each title like a liked one; all have as many rows."""
        return [
            self.shared(vectors[at], liked_vectors[at], self.names.title(one))
            for at, one in enumerate(liked.tolist())
        ]

    def shared(self, vector: sparse.csr_matrix, other: sparse.csr_matrix, name: str) -> str:
        """Say which features weigh most in the likeness of two CSR rows; `name` is the other."""
        both = vector.multiply(other).tocsr()
        best = both.indices[np.argsort(-both.data, kind="stable")][:_N_NAMED]
        features = ", ".join(self._feature_name(int(one)) for one in best)
        return f"shares with {name}: {features or 'nothing'}"

    def of_users(self, users: NDArray[np.integer]) -> Self:
        """Return the same titles with some of the users."""
        rows = np.repeat(np.arange(self.history.shape[0]), np.diff(self.history.indptr))
        chosen = np.isin(rows, users)
        days = None if self.days is None else self.days[chosen]
        return replace(self, history=self.history[np.unique(users)], days=days)

    @property
    def n_titles(self) -> int:
        """Columns of the history."""
        return int(self.history.shape[1])

    @property
    def n_raters(self) -> NDArray[np.int64]:
        """How many saw each title, shape (n_titles,)."""
        return np.bincount(self.history.indices, minlength=self.n_titles)

    @property
    def required_features(self) -> sparse.csr_matrix:
        """Features; an error where there are none."""
        if self.features is None:
            raise RecommendationError("features of titles are required, none are given")
        return self.features

    def _feature_name(self, feature: int) -> str:
        return self.feature_names[feature] if self.feature_names else f"feature {feature}"

    @cached_property
    def _clusters(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Ids of the clusters, ascending, and the place of each title's; -1 for none."""
        clusters = self.cluster_of
        ids = np.unique(clusters[clusters != NO_CLUSTER])
        return ids, np.where(clusters == NO_CLUSTER, -1, np.searchsorted(ids, clusters))

    @cached_property
    def _cluster_means(self) -> sparse.csr_matrix:
        """Direction of the mean vector of each cluster, shape (n_clusters, n_features)."""
        ids, codes = self._clusters
        placed = np.flatnonzero(codes >= 0)
        members = sparse.csr_matrix(
            (np.ones(placed.size, np.float32), (codes[placed], placed)),
            shape=(ids.size, self.n_titles),
        )
        return unit_rows(members @ self.required_features)


def _check(what: str, found: int | None, required: int) -> None:
    if found is not None and found != required:
        raise RecommendationError(f"there are {found} {what}, the history requires {required}")


def _numbered(n_titles: int) -> TitleNames:
    numbers = pa.array([str(column) for column in range(n_titles)], pa.string())
    return TitleNames(numbers, numbers)


def unit_rows(features: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows brought to length 1, float32; an empty row stays empty."""
    rows = sparse.csr_matrix(features, dtype=np.float32)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    unit = sparse.csr_matrix(sparse.diags_array(scale) @ rows, dtype=np.float32)
    unit.sort_indices()
    return unit


def recency_weights(known: RatedTitles, half_life: float | None) -> sparse.csr_matrix:
    """Weigh what was seen by its age: half for every `half_life` days before the last day.

    Returns
    -------
    csr_matrix of shape (n_users, n_titles)
        The history itself where `half_life` is None.

    Raises
    ------
    RecommendationError
        When the half-life is not above 0, or no days are known.
    """
    if half_life is None:
        return known.history
    if not half_life > 0:
        raise RecommendationError(f"the half-life is {half_life} days, required is more than 0")
    if known.days is None:
        raise RecommendationError(
            "a half-life requires the days on which titles were seen, none are given"
        )
    weighted = known.history.copy()
    age = known.days.max(initial=0.0) - known.days
    # Never all the way to zero: what was seen stays seen.
    weighted.data *= np.maximum(np.exp2(-age / half_life), np.finfo(np.float32).tiny)
    return weighted
