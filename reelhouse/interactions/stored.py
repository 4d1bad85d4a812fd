"""The stored interaction matrix: what it holds, its blocks, and Dask arrays of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import FeatureError
from reelhouse.interactions.blocks import Rows, load_arrays, load_rows, store_arrays
from reelhouse.interactions.partitions import IntArray
from reelhouse.interactions.settings import TransformSettings
from reelhouse.interactions.transform import UserTransform

if TYPE_CHECKING:
    import dask.array

#: Describes the matrix; written last.
INDEX_FILE = "interactions.json"
TITLES_FILE = "titles.safetensors"
BLOCK_FILE = "block-{:05d}.safetensors"

_FORMAT = 1
_FIGURES = (
    "users_of_block", "ratings_of_block", "dtype", "rating_range", "n_read", "min_user_ratings",
    "min_title_ratings",
)  # fmt: skip


@dataclass(frozen=True)
class Interactions:
    """A stored interaction matrix of shape (n_users, n_titles).

    Attributes
    ----------
    folder : Path
        Where the blocks are.
    users_of_block, ratings_of_block : tuple of int
        Rows and stored ratings of each block, one block per partition.
    title_ids : ndarray of shape (n_titles,), int32
        Title of each column, ascending.
    title_counts : ndarray of shape (n_titles,), int64
        Raters of each title, at least 1.
    title_means : ndarray of shape (n_titles,), float64
        Mean of each title's ratings.
    dtype : {"int8", "float32"}
        Of the ratings: int8 where all are whole numbers that fit.
    rating_range : tuple of (float, float)
        Least and greatest rating.
    n_read : int
        Ratings of the partitions, kept or not.
    min_user_ratings, min_title_ratings : int
        What the dense core was cut by.
    """

    folder: Path
    users_of_block: tuple[int, ...]
    ratings_of_block: tuple[int, ...]
    title_ids: IntArray
    title_counts: NDArray[np.int64]
    title_means: NDArray[np.float64]
    dtype: Literal["int8", "float32"]
    rating_range: tuple[float, float]
    n_read: int
    min_user_ratings: int
    min_title_ratings: int

    @property
    def n_blocks(self) -> int:
        """Blocks, one per partition."""
        return len(self.users_of_block)

    @property
    def n_users(self) -> int:
        """Rows of the matrix."""
        return sum(self.users_of_block)

    @property
    def n_titles(self) -> int:
        """Columns of the matrix."""
        return int(self.title_ids.size)

    @property
    def n_ratings(self) -> int:
        """Stored entries."""
        return sum(self.ratings_of_block)

    @property
    def mean_rating(self) -> float:
        """Mean of all stored ratings."""
        return float(self.title_means @ self.title_counts) / self.n_ratings

    def path(self, index: int) -> Path:
        """File of a block."""
        return self.folder / BLOCK_FILE.format(index)

    def load(self, index: int) -> Rows:
        """Load the ratings of one block and whose they are.

        Returns
        -------
        Rows
            csr_matrix of shape (users_of_block[index], n_titles), `dtype`; an explicit zero is a
            rating of 0.
        """
        rows = load_rows(self.path(index))
        return Rows(_as_type(rows.matrix, self.dtype), rows.user_ids)

    def load_vectors(self, index: int, transform: UserTransform) -> sparse.csr_matrix:
        """Load one block as the rows that are clustered.

        Returns
        -------
        csr_matrix of shape (users_of_block[index], n_titles), float32
        """
        return transform.apply(load_rows(self.path(index)).matrix)

    def user_ids(self, index: int) -> IntArray:
        """Users of one block, in the order of its rows."""
        users: IntArray = load_arrays(self.path(index), ("user_ids",))[0]
        return users

    def transform(self, settings: TransformSettings) -> UserTransform:
        """Fit what makes ratings the rows that are clustered; new users go through the same."""
        return UserTransform.fit(
            settings,
            n_users=self.n_users,
            title_ids=self.title_ids,
            title_counts=self.title_counts,
            title_means=self.title_means,
        )

    def array(self, settings: TransformSettings | None = None) -> dask.array.Array:
        """Rows that are clustered, loaded and transformed block by block when they are asked for.

        Parameters
        ----------
        settings
            None: the defaults. The minimum counts of `InteractionSettings` have no effect here:
            the stored matrix was cut by its own.

        Returns
        -------
        dask array of shape (n_users, n_titles), float32
            Blocks are CSR; chunk sizes are known; the graph holds paths only.
        """
        transform = self.transform(settings or TransformSettings())
        path = self.folder / f"transform-{transform.digest()}.safetensors"
        transform.save(path)
        return self._array(partial(_load_vectors, path), "float32")

    def raw(self) -> dask.array.Array:
        """Ratings as they are stored.

        Returns
        -------
        dask array of shape (n_users, n_titles), `dtype`
            As `array`; an explicit zero is a rating of 0.
        """
        return self._array(partial(_load_ratings, self.dtype), self.dtype)

    def _array(self, load: Callable[[Path], sparse.csr_matrix], dtype: str) -> dask.array.Array:
        import dask.array as da

        # Keys of their own for every call: blocks that are stored anew are not those of before.
        # (da.concatenate would leave out the blocks without rows.)
        name = f"interactions-{uuid.uuid4().hex}"
        graph = {(name, index, 0): (load, self.path(index)) for index in range(self.n_blocks)}
        meta = sparse.csr_matrix((0, self.n_titles), dtype=dtype)
        return da.Array(graph, name, chunks=(self.users_of_block, (self.n_titles,)), meta=meta)

    def save(self) -> None:
        """Write what describes the blocks into their folder, the index last."""
        titles = {name: getattr(self, name) for name in _TITLE_ARRAYS}
        store_arrays(self.folder / TITLES_FILE, titles)
        described = {"format": _FORMAT, **{name: getattr(self, name) for name in _FIGURES}}
        scratch = self.folder / f"{INDEX_FILE}.partial"
        scratch.write_text(json.dumps(described, indent=1), encoding="utf-8")
        scratch.replace(self.folder / INDEX_FILE)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a stored matrix.

        Raises
        ------
        FeatureError
            The folder holds none, or what describes it is damaged.
        """
        path = folder / INDEX_FILE
        try:
            described = json.loads(path.read_text(encoding="utf-8"))
            if described["format"] != _FORMAT:
                raise FeatureError(f"{path} has format {described['format']!r}, expected {_FORMAT}")
            figures: dict[str, Any] = {name: described[name] for name in _FIGURES}
        except FileNotFoundError:
            raise FeatureError(f"{folder} holds no stored interactions: no {INDEX_FILE}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FeatureError(f"{path} describes no stored interactions: {error!r}") from None
        for name in ("users_of_block", "ratings_of_block", "rating_range"):
            figures[name] = tuple(figures[name])
        ids, counts, means = load_arrays(folder / TITLES_FILE, _TITLE_ARRAYS)
        return cls(folder=folder, title_ids=ids, title_counts=counts, title_means=means, **figures)


_TITLE_ARRAYS = ("title_ids", "title_counts", "title_means")


def _load_vectors(transform: Path, block: Path) -> sparse.csr_matrix:
    return UserTransform.load(transform).apply(load_rows(block).matrix)


def _load_ratings(dtype: str, block: Path) -> sparse.csr_matrix:
    return _as_type(load_rows(block).matrix, dtype)


def _as_type(matrix: sparse.csr_matrix, dtype: str) -> sparse.csr_matrix:
    """Bring a block of whole numbers to the type of the matrix, where others have fractions."""
    return matrix if matrix.dtype == dtype else matrix.astype(dtype)
