"""Rows of a CSR matrix as the compiled kernels take them, without a copy of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.kernels_sums import square_lengths
from reelhouse.threads import available_threads, map_threads

#: Kernels are compiled for each of these when first met; other types are turned into float32.
_KEPT_TYPES = (np.int8, np.int16, np.float32, np.float64)
#: Rows that meet one tile of centroids before the next: their own data stay near, too.
_ROWS_PER_PIECE = 4096
#: Fewer multiplications than this are not worth a thread.
_SMALL_WORK = 500_000
#: Bytes of a cache line.
_ALIGNMENT = 64


@dataclass(frozen=True)
class Rows:
    """Arrays of a CSR matrix and which of its rows are meant.

    Attributes
    ----------
    indptr : ndarray of shape (n_stored_rows + 1,), int64
    indices : ndarray of shape (n_entries,), int32 or int64
    data : ndarray of shape (n_entries,), int8, int16, float32 or float64
    numbers : ndarray of shape (n,), int64
        The rows that are meant, in order.
    n_features : int
    """

    indptr: NDArray[np.int64]
    indices: NDArray[Any]
    data: NDArray[Any]
    numbers: NDArray[np.int64]
    n_features: int

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.numbers.size)

    def take(self, positions: NDArray[np.integer]) -> Rows:
        """Some of these rows; nothing but their numbers is copied."""
        numbers = self.numbers[positions]
        return replace(self, numbers=numbers)

    def dense(self, positions: NDArray[np.integer]) -> NDArray[np.float32]:
        """Some of these rows as an ndarray of shape (n_positions, n_features), float32."""
        out = np.zeros((len(positions), self.n_features), dtype=np.float32)
        for at, number in enumerate(self.numbers[positions]):
            entries = slice(self.indptr[number], self.indptr[number + 1])
            # A column may be stored twice.
            np.add.at(out[at], self.indices[entries], self.data[entries])
        return out

    def squares(self, n_threads: int | None = None) -> NDArray[np.float64]:
        """Squared length of each row, shape (n,)."""
        out = np.empty(self.n)
        in_pieces(
            lambda first, last: square_lengths(
                self.indptr, self.data, self.numbers, first, last, out
            ),
            self.n,
            n_threads,
            work=self.work,
        )
        return out

    @property
    def work(self) -> int:
        """About how many entries these rows have."""
        n_stored = max(self.indptr.size - 1, 1)
        return int(self.data.size * (self.n / n_stored))


def rows_of(X: Any) -> Rows:
    """All rows of a matrix.

    Parameters
    ----------
    X : sparse matrix or array, or ndarray, of shape (n, n_features)
        CSR is taken as it is; anything else is converted.
    """
    if not (sparse.issparse(X) and X.format == "csr"):
        X = sparse.csr_array(X)
    data = X.data
    if data.dtype == np.bool_:
        data = data.view(np.int8)
    elif data.dtype not in _KEPT_TYPES:
        data = data.astype(np.float32)
    indptr = X.indptr.astype(np.int64, copy=False)
    indices = X.indices
    if indices.dtype not in (np.int32, np.int64):
        indices = indices.astype(np.int32)
    numbers = np.arange(X.shape[0], dtype=np.int64)
    contiguous = np.ascontiguousarray
    return Rows(contiguous(indptr), contiguous(indices), contiguous(data), numbers, X.shape[1])


def in_pieces(
    function: Callable[[int, int], None],
    n: int,
    n_threads: int | None,
    *,
    work: int,
    rows_per_piece: int = _ROWS_PER_PIECE,
) -> None:
    """Call `function(first, last)` for pieces of range(n), in threads.

    Parameters
    ----------
    work : int
        About how many multiplications all pieces make together.
    """
    threads = n_threads if n_threads is not None else available_threads()
    if threads <= 1 or work < _SMALL_WORK:
        # One thread, but the same pieces: they keep a tile and its rows in the cache.
        threads, least = 1, 1
    else:
        least = 4 * threads
    n_pieces = max(min(least, n), -(-n // rows_per_piece), 1)
    bounds = np.linspace(0, n, n_pieces + 1).astype(int).tolist()
    map_threads(lambda piece: function(*piece), pairwise(bounds), threads)


def aligned_zeros(shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """Zeros that start at a cache line, so that a vector of a tile lies within one."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    buffer = np.zeros(n_bytes + _ALIGNMENT, dtype=np.uint8)
    skip = -buffer.ctypes.data % _ALIGNMENT
    return buffer[skip : skip + n_bytes].view(dtype).reshape(shape)
