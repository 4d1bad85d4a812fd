"""Open an input as a bounded stream of text bytes, hashed while it is read.

What is stored may be plain, gzip or zip; the first bytes decide, not the name.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, cast

from reelhouse.errors import SourceError
from reelhouse.redaction import public_cause
from reelhouse.sources.archives import open_only_csv
from reelhouse.sources.content import HEAD_BYTES, compression_of, encoding_of, refuse_foreign
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.location import one_line, open_location, unreadable
from reelhouse.uris import public_uri

_LOG = logging.getLogger(__name__)
_BLOCK = 1024 * 1024
#: A ratio says nothing about a small text: a short repetitive one packs better than any bomb.
_RATIO_FLOOR = 10_000_000


class HashedStream(io.RawIOBase):
    """The stored bytes: hashed and counted in the one pass that reads them."""

    def __init__(self, file: BinaryIO, uri: str) -> None:
        super().__init__()
        self._file, self._uri = file, uri
        self._hash = hashlib.sha256()
        self.n_bytes = 0

    def readable(self) -> bool:
        """Say yes, as io asks."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer; return the number of bytes, 0 at the end."""
        try:
            data = self._file.read(len(buffer))
        # A connection can break in as many ways as there are clients.
        except Exception as error:
            raise unreadable(self._uri, error) from public_cause(error, self._uri)
        self._hash.update(data)
        self.n_bytes += len(data)
        buffer[: len(data)] = data
        return len(data)

    def sha256(self) -> str:
        """Give the digest of what was read so far."""
        return self._hash.hexdigest()


class BoundedStream(io.RawIOBase):
    """The text bytes: refused once they exceed the limits or the compression proves damaged."""

    def __init__(
        self, file: BinaryIO, name: str, limits: ReadLimits, stored_bytes: Callable[[], int]
    ) -> None:
        super().__init__()
        self._file, self._name, self._limits = file, name, limits
        self._stored_bytes = stored_bytes
        self._produced = 0

    def readable(self) -> bool:
        """Say yes, as io asks."""
        return True

    def tell(self) -> int:
        """Give the number of text bytes produced so far."""
        return self._produced

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer; return the number of bytes, 0 at the end."""
        try:
            data = self._file.read(len(buffer))
        except EOFError as error:
            raise SourceError(
                f"{self._name} is truncated: its compressed data end after "
                f"{self._produced:,} bytes of text"
            ) from error
        except SourceError:
            raise
        # Each compression method has exceptions of its own.
        except Exception as error:
            raise SourceError(
                f"{self._name} is damaged after {self._produced:,} bytes of text: {one_line(error)}"
            ) from error
        self._produced += len(data)
        self._check_limits()
        buffer[: len(data)] = data
        return len(data)

    def _check_limits(self) -> None:
        if self._produced > self._limits.max_bytes:
            raise SourceError(
                f"{self._name} holds more than {self._limits.max_bytes:,} bytes of text, "
                "the most that is read"
            )
        if self._produced <= _RATIO_FLOOR:
            return
        stored = max(1, self._stored_bytes())
        if self._produced > stored * self._limits.max_ratio:
            raise SourceError(
                f"{self._name} looks like an archive bomb: {self._produced:,} bytes of text from "
                f"{stored:,} stored bytes, required at most {self._limits.max_ratio} to 1"
            )


class OpenedText(NamedTuple):
    """Text bytes ready to be decoded, and how to learn what the stored bytes were."""

    uri: str
    """Where it was opened, without credentials."""
    name: str
    """The same, with the entry within a zip: what messages say."""
    stream: io.BufferedReader[BoundedStream]
    encoding: str
    stored: HashedStream

    def finish(self) -> tuple[str, int]:
        """Read what nobody asked for; return sha256 and size of all stored bytes."""
        while self.stored.read(_BLOCK):
            pass
        return self.stored.sha256(), self.stored.n_bytes


@contextmanager
def open_text(uri: str, scratch: Path, limits: ReadLimits) -> Iterator[OpenedText]:
    """Open a path or URI and undo its compression.

    Parameters
    ----------
    uri : str
        Local path or any fsspec URI; plain, gzip or zip.
    scratch : Path
        Folder for the copy that a zip needs, since its directory stands at its end.
    limits : ReadLimits
        What is refused.

    Raises
    ------
    SourceError
        The input cannot be opened or is no text.
    """
    name = public_uri(uri)
    with ExitStack() as stack:
        stored = HashedStream(stack.enter_context(open_location(uri)), uri)
        buffered = io.BufferedReader(stored, _BLOCK)
        kind = compression_of(buffered.peek(HEAD_BYTES))
        _LOG.debug("%s: compression %s", name, kind)
        if kind == "gzip":
            source = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=buffered)))
            bounded = BoundedStream(source, name, limits, lambda: stored.n_bytes)
        elif kind == "zip":
            copy = stack.enter_context(copied(buffered, name, scratch, limits))
            entry = open_only_csv(copy, name, limits)
            name, source = entry.name, stack.enter_context(entry.file)
            bounded = BoundedStream(source, name, limits, lambda: entry.compressed_bytes)
        else:
            # One text byte per stored byte at most, so that only max_bytes can be exceeded.
            plain = cast(BinaryIO, buffered)
            bounded = BoundedStream(plain, name, limits, lambda: stored.n_bytes)
        stream = io.BufferedReader(bounded, _BLOCK)
        head = stream.peek(HEAD_BYTES)
        refuse_foreign(head, name)
        yield OpenedText(public_uri(uri), name, stream, encoding_of(head), stored)


@contextmanager
def copied(
    stored: io.BufferedReader[HashedStream], name: str, scratch: Path, limits: ReadLimits
) -> Iterator[BinaryIO]:
    """Copy the stored bytes into a nameless file on the scratch disk."""
    with TemporaryFile(dir=scratch) as copy:
        n_bytes = 0
        while block := stored.read(_BLOCK):
            n_bytes += len(block)
            if n_bytes > limits.max_bytes:
                raise SourceError(
                    f"{name} holds more than {limits.max_bytes:,} bytes, the most that is read"
                )
            copy.write(block)
        copy.seek(0)
        yield cast(BinaryIO, copy)
