"""Titles with what viewers did: what the recommenders on ratings learn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import checked_history
from reelhouse.recommend.names import TitleNames


@dataclass(frozen=True)
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
    cluster_of : ndarray of shape (n_titles,), int32, or None
        Cluster of each title; `NO_CLUSTER` where it has none.
    """

    history: sparse.csr_matrix
    names: TitleNames
    days: NDArray[np.float32] | None = None
    features: sparse.csr_matrix | None = None
    feature_names: tuple[str, ...] = field(default=(), repr=False)
    cluster_of: NDArray[np.int32] | None = None

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
            features=None if features is None else _unit_rows(features),
            feature_names=feature_names,
            cluster_of=cluster_of,
        )

    @property
    def n_titles(self) -> int:
        """Columns of the history."""
        return int(self.history.shape[1])

    @property
    def n_raters(self) -> NDArray[np.int64]:
        """How many saw each title, shape (n_titles,)."""
        return np.bincount(self.history.indices, minlength=self.n_titles)


def _check(what: str, found: int | None, required: int) -> None:
    if found is not None and found != required:
        raise RecommendationError(f"there are {found} {what}, the history requires {required}")


def _numbered(n_titles: int) -> TitleNames:
    numbers = pa.array([str(column) for column in range(n_titles)], pa.string())
    return TitleNames(numbers, numbers)


def _unit_rows(features: sparse.csr_matrix) -> sparse.csr_matrix:
    rows = sparse.csr_matrix(features, dtype=np.float32)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    unit = sparse.csr_matrix(sparse.diags_array(scale) @ rows, dtype=np.float32)
    unit.sort_indices()
    return unit
