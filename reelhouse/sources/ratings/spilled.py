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

Records = NDArray[np.int32]
Counts = NDArray[np.int64]
#: Bytes of a record: user, title, row; rating and day together.
RECORD_BYTES = 16
#: Column of the row number.
_ROW = 2


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
    """

    places: Counts
    counts: Counts
    first_rows: Counts
    _starts: Counts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        before = np.cumsum(self.counts, axis=1) - self.counts
        object.__setattr__(self, "_starts", self.places[:, None] + before * RECORD_BYTES)

    @property
    def sizes(self) -> Counts:
        """Records of each bucket."""
        total: Counts = self.counts.sum(axis=0)
        return total

    def read(self, path: Path, bucket: int, into: Records) -> int:
        """Read a bucket's records, in the order of the input; give their number.

        Rows are counted over the whole input afterwards, as uint32.
        """
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error
        try:
            return self._read(file, path, bucket, into)
        finally:
            os.close(file)

    def _read(self, file: int, path: Path, bucket: int, into: Records) -> int:
        rows = into.view(np.uint32)
        held: Any = into
        view = memoryview(held).cast("B")
        n = 0
        for chunk in np.flatnonzero(self.counts[:, bucket]).tolist():
            count = int(self.counts[chunk, bucket])
            begin, end = n * RECORD_BYTES, (n + count) * RECORD_BYTES
            if os.preadv(file, [view[begin:end]], int(self._starts[chunk, bucket])) != end - begin:
                raise SourceError(f"{path} ends early, expected the records of bucket {bucket}")
            rows[n : n + count, _ROW] += np.uint32(self.first_rows[chunk])
            n += count
        return n


def _unwritable(path: Path, error: OSError) -> SourceError:
    return SourceError(f"{path} cannot be written: {error.strerror or error}")
