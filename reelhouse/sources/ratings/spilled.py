"""The spill file: records of ratings, per chunk of the input in buckets of users."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import SourceError
from reelhouse.sources.ratings.spill_kernels import N_WORDS, unpack

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
    def sizes(self) -> Counts:
        """Records of each bucket."""
        total: Counts = self.counts.sum(axis=0)
        return total

    def largest_piece(self) -> int:
        """Most int64 that a bucket has in a chunk."""
        return int((self.counts * self._n_words[:, None]).max(initial=1))

    def read(self, path: Path, bucket: int, words: Counts, into: Records) -> int:
        """Read a bucket's records, in the order of the input; give their number.

        Parameters
        ----------
        path : Path
        bucket : int
        words : ndarray of shape (largest_piece(),), int64
            Scratch.
        into : ndarray of shape (capacity, 4), int32
            Filled: user // n_buckets, title, row over the whole input (as uint32), rating and day.
        """
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error
        held: Any = words
        view = memoryview(held).cast("B")
        n = 0
        try:
            for chunk in np.flatnonzero(self.counts[:, bucket]).tolist():
                count = int(self.counts[chunk, bucket])
                piece = view[: count * int(self._n_words[chunk]) * WORD_BYTES]
                if os.preadv(file, [piece], int(self._starts[chunk, bucket])) != len(piece):
                    raise SourceError(f"{path} ends early, expected records of bucket {bucket}")
                unpack(words, count, self.packings[chunk], self.first_rows[chunk], into, n)
                n += count
        finally:
            os.close(file)
        return n


def _unwritable(path: Path, error: OSError) -> SourceError:
    return SourceError(f"{path} cannot be written: {error.strerror or error}")
