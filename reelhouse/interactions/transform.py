"""From ratings to the rows that are clustered: fitted once, frozen, the same for new users."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy import sparse

from reelhouse.errors import FeatureError, SourceError
from reelhouse.interactions.blocks import load_arrays, store_arrays
from reelhouse.interactions.partitions import FloatArray, IntArray, frozen
from reelhouse.interactions.settings import TransformSettings

# The parameters with which BM25 is used on interactions (implicit's defaults).
BM25_K1, BM25_B = 100.0, 0.8

_ARRAYS = ("title_ids", "title_factors", "title_means", "average_length")


class NewUsers(NamedTuple):
    """Users whom the stored matrix does not hold, as rows in its columns."""

    vectors: sparse.csr_matrix
    """Of shape (n, n_titles), float32."""
    user_ids: IntArray
    """Of shape (n,), ascending; a user who rated unknown titles only has an empty row."""
    n_unknown: int
    """Ratings left out because the matrix has no column for their title."""


@dataclass(frozen=True)
class UserTransform:
    """Makes ratings the rows that are clustered.

    Attributes
    ----------
    settings : TransformSettings
    title_ids : ndarray of shape (n_titles,), int32
        Title of each column, ascending.
    title_factors : ndarray of shape (n_titles,), float32
        What each title weighs.
    title_means : ndarray of shape (n_titles,), float32
    average_length : float
        Mean over the users of the sum of their values, for BM25; else 0.

    References
    ----------
    Robertson, S. and Zaragoza, H. (2009). The probabilistic relevance framework: BM25 and beyond.
    Foundations and Trends in Information Retrieval 3.
    """

    settings: TransformSettings
    title_ids: IntArray
    title_factors: FloatArray
    title_means: FloatArray
    average_length: float

    @classmethod
    def fit(
        cls,
        settings: TransformSettings,
        *,
        n_users: int,
        title_ids: IntArray,
        title_counts: NDArray[np.int64],
        title_means: NDArray[np.float64],
    ) -> Self:
        """Freeze the weights of titles; needs no pass over the ratings.

        Parameters
        ----------
        settings
            A subclass gives its part of them.
        n_users
            Rows of the matrix.
        title_ids, title_counts, title_means : ndarray of shape (n_titles,)
            Of the stored matrix.
        """
        own = TransformSettings(**settings.model_dump(include=set(TransformSettings.model_fields)))
        ones = own.values == "binary"
        total = title_counts.sum() if ones else title_means @ title_counts
        return cls(
            settings=own,
            title_ids=title_ids,
            title_factors=_factors(own, n_users, title_counts).astype(np.float32),
            title_means=title_means.astype(np.float32),
            average_length=float(total) / n_users if own.weighting == "bm25" else 0.0,
        )

    def apply(self, ratings: sparse.csr_matrix) -> sparse.csr_matrix:
        """Transform rows of ratings; every stored entry stays stored, also when it becomes 0.

        Parameters
        ----------
        ratings : csr_matrix of shape (n, n_titles)

        Returns
        -------
        csr_matrix of shape (n, n_titles), float32
            Shares `indices` and `indptr` with the ratings.
        """
        from reelhouse.interactions.kernels import transform_rows

        if ratings.shape[1] != self.title_ids.size:
            raise FeatureError(
                f"the rows have {ratings.shape[1]} titles, the transform has {self.title_ids.size}"
            )
        if self.settings.values == "binary":
            values = np.ones(ratings.nnz, dtype=np.float32)
        else:
            values = ratings.data.astype(np.float32)
        centre = self.settings.centre
        offsets = self.title_means if centre == "title" else np.zeros_like(self.title_means)
        transform_rows(
            frozen(ratings.indptr), frozen(ratings.indices), values, centre == "user",
            frozen(offsets), frozen(self.title_factors), self.average_length, BM25_K1, BM25_B,
            self.settings.unit_rows,
        )  # fmt: skip
        vectors = sparse.csr_matrix((values, ratings.indices, ratings.indptr), shape=ratings.shape)
        vectors.has_sorted_indices = ratings.has_sorted_indices
        return vectors

    def new_users(self, ratings: pa.Table) -> NewUsers:
        """Transform the ratings of users whom the matrix does not hold.

        Parameters
        ----------
        ratings : pa.Table
            Columns user_id, title_id and rating, in any order of rows; of a repeated pair the
            first counts.

        Raises
        ------
        SourceError
            A column is missing or has nulls.
        """
        users, titles, values = (_column(ratings, name) for name in _RATING_COLUMNS)
        user_ids, rows = np.unique(users, return_inverse=True)
        columns = np.searchsorted(self.title_ids, titles).clip(max=self.title_ids.size - 1)
        known = self.title_ids[columns] == titles
        # Sorted by row and column, first come first; then only the first of each pair is kept.
        pairs, first = np.unique(
            rows[known].astype(np.int64) * self.title_ids.size + columns[known], return_index=True
        )
        row_of, column_of = np.divmod(pairs, self.title_ids.size)
        indptr = np.searchsorted(row_of, np.arange(user_ids.size + 1)).astype(np.int32)
        matrix = sparse.csr_matrix(
            (values[known][first].astype(np.float32), column_of.astype(np.int32), indptr),
            shape=(user_ids.size, self.title_ids.size),
        )
        n_unknown = int((~known).sum())
        return NewUsers(self.apply(matrix), user_ids.astype(np.int32), n_unknown)

    def save(self, path: Path) -> None:
        """Write to one safetensors file."""
        arrays = {
            "title_ids": self.title_ids,
            "title_factors": self.title_factors,
            "title_means": self.title_means,
            "average_length": np.array([self.average_length]),
        }
        store_arrays(path, arrays, {"settings": self.settings.model_dump_json()})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        FeatureError
            The file is missing, damaged, or holds no transform.
        """
        from safetensors import safe_open

        ids, factors, means, length = load_arrays(path, _ARRAYS)
        with safe_open(path, framework="np") as file:
            about = file.metadata() or {}
        try:
            settings = TransformSettings.model_validate_json(about.get("settings", ""))
        except ValidationError as error:
            raise FeatureError(
                f"{path} holds no settings of a transform: {error.errors()[0]['msg']}"
            ) from None
        return cls(settings, ids, factors, means, float(length[0]))

    def digest(self) -> str:
        """Short name of this transform: the same settings over the same titles."""
        content = hashlib.sha256(self.settings.model_dump_json().encode())
        for array in (self.title_ids, self.title_factors, self.title_means, self.average_length):
            content.update(np.asarray(array).tobytes())
        return content.hexdigest()[:16]


_RATING_COLUMNS = ("user_id", "title_id", "rating")


def _factors(
    settings: TransformSettings, n_users: int, counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    raters = counts.astype(np.float64)
    factors: NDArray[np.float64] = np.ones(counts.size)
    if settings.weighting == "popularity":
        factors = 1.0 / np.sqrt(raters)
    elif settings.weighting == "idf":
        # Smoothed, as for the words of descriptions: a title that all rated still counts.
        factors = np.log((1 + n_users) / (1 + raters)) + 1.0
    elif settings.weighting == "bm25":
        factors = np.log(n_users) - np.log1p(raters)
    return factors


def _column(ratings: pa.Table, name: str) -> NDArray[np.generic]:
    if name not in ratings.column_names:
        raise SourceError(
            f"the ratings have no column {name!r}, required are {', '.join(_RATING_COLUMNS)}"
        )
    column = ratings.column(name)
    if column.null_count:
        raise SourceError(f"column {name} has {column.null_count} nulls, required are none")
    array: NDArray[np.generic] = column.to_numpy()
    return array
