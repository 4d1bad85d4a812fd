"""The spill file: records of ratings, per chunk of the input in buckets of users."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import SourceError
from reelhouse.sources.ratings.spill_kernels import LEAST_USER, N_WORDS, USER_BITS

Records = NDArray[np.int32]
Counts = NDArray[np.int64]
#: Most bytes of a record, and those that it has as a rule.
WORD_BYTES = 8


class SpillWriter:
    """Appends blocks of records from several threads at once.

    Parameters
    ----------
    path : Path
        The file; one that is there is replaced.
    expected : int
        About how many bytes it will have. They are set aside at once: a file that grows by every
        write costs its system several times as much.
    """

    def __init__(self, path: Path, expected: int) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._end = 0
        try:
            self._file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
        except OSError as error:
            raise _unwritable(path, error) from error
        # Not every system can, and the estimate may be more than there is room for.
        with suppress(OSError, AttributeError):
            os.posix_fallocate(self._file, 0, max(expected, 1))

    def append(self, records: NDArray[Any]) -> int:
        """Write records; give their place in the file, in bytes."""
        # As single numbers: a view without rows could not be cast to bytes.
        held: Any = np.ascontiguousarray(records).reshape(-1)
        view = memoryview(held).cast("B")
        # One at a time: the system would let the others wait in a busy loop.
        with self._lock:
            place = self._end
            try:
                while len(view):
                    written = os.pwrite(self._file, view, self._end)
                    view, self._end = view[written:], self._end + written
            except OSError as error:
                raise _unwritable(self._path, error) from error
        return place

    def close(self) -> None:
        """Close the file and give back what was set aside in vain."""
        os.ftruncate(self._file, self._end)
        os.close(self._file)


class Pieces(NamedTuple):
    """The records of a bucket as they are packed, chunk by chunk."""

    words: Counts
    """Of shape (capacity,): the records of all chunks, one chunk after the other."""
    counts: Counts
    """Of shape (n_pieces,): records of each chunk."""
    packings: Counts
    """Of shape (n_pieces, N_PACKING)."""
    first_rows: Counts
    """Of shape (n_pieces,): what is to be added to the rows of each chunk."""

    def users(self) -> range:
        """Bounds of user // n_buckets, as far as they follow from the packing."""
        if not self.counts.size:
            return range(0)
        if (self.packings[:, N_WORDS] > 1).any():
            return range(2**31)
        least = self.packings[:, LEAST_USER]
        return range(int(least.min()), int((least + (1 << self.packings[:, USER_BITS])).max()))


@dataclass(frozen=True)
class SpillIndex:
    """Where the records of each bucket are in the spill file.

    Attributes
    ----------
    places : ndarray of shape (n_chunks,), int64
        Of each chunk's records, in bytes.
    counts : ndarray of shape (n_chunks, n_buckets), int64
        Records of each chunk and bucket.
    first_rows : ndarray of shape (n_chunks,), int64
        Row number of each chunk's first row, from 0 over the whole input.
    packings : ndarray of shape (n_chunks, N_PACKING), int64
        How each chunk's records are packed.
    """

    places: Counts
    counts: Counts
    first_rows: Counts
    packings: Counts
    _starts: Counts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        before = np.cumsum(self.counts, axis=1) - self.counts
        starts = self.places[:, None] + before * self._n_words[:, None] * WORD_BYTES
        object.__setattr__(self, "_starts", starts)

    @property
    def _n_words(self) -> Counts:
        n_words: Counts = self.packings[:, N_WORDS]
        return n_words

    @property
    def n_buckets(self) -> int:
        """Number of buckets."""
        return int(self.counts.shape[1])

    @property
    def sizes(self) -> Counts:
        """Records of each bucket."""
        total: Counts = self.counts.sum(axis=0)
        return total

    def largest_bucket(self) -> int:
        """Most int64 that the records of a bucket take."""
        return int((self.counts * self._n_words[:, None]).sum(axis=0).max(initial=1))

    def read(self, path: Path, bucket: int, words: Counts) -> Pieces:
        """Read a bucket's records as they are packed, in the order of the input.

        Parameters
        ----------
        path : Path
        bucket : int
        words : ndarray of shape (largest_bucket(),), int64
            Filled, without gaps.

        Returns
        -------
        Pieces

        Raises
        ------
        SourceError
            The file is gone, or ends early.
        """
        chunks = np.flatnonzero(self.counts[:, bucket])
        counts = self.counts[chunks, bucket]
        sizes = counts * self._n_words[chunks] * WORD_BYTES
        starts = self._starts[chunks, bucket]
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error
        held: Any = words
        view, at = memoryview(held).cast("B"), 0
        try:
            for size, start in zip(sizes.tolist(), starts.tolist(), strict=True):
                if os.preadv(file, [view[at : at + size]], start) != size:
                    raise SourceError(f"{path} ends early, expected records of bucket {bucket}")
                at += size
        finally:
            os.close(file)
        return Pieces(words, counts, self.packings[chunks], self.first_rows[chunks])


def _unwritable(path: Path, error: OSError) -> SourceError:
    return SourceError(f"{path} cannot be written: {error.strerror or error}")
