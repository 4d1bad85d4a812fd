"""Cut the texts of an input into chunks of whole lines, which know the title they begin under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import SourceError
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.ratings.field_kernels import DAMAGED_HEADER, NO_TITLE
from reelhouse.sources.ratings.layouts import HEAD_BYTES, Layout, recognise
from reelhouse.sources.ratings.line_kernels import PADDING

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"[ \t]*(\d+)[ \t]*:", re.ASCII)
_LARGEST_ID = 2**31 - 1


class Digest(Protocol):
    """A running hash, such as that of `hashlib.sha256()`."""

    def update(self, data: Any, /) -> None:
        """Add bytes."""


class TextStream(Protocol):
    """Where the bytes of a text come from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer; give the number of bytes, 0 at the end."""


class Entry(NamedTuple):
    """One text of an input."""

    name: str
    stream: TextStream
    digest: Digest | None
    """Where the text is what is stored: to be updated with all of it, in order."""


class Segment(NamedTuple):
    """Whole lines of one entry, within a chunk."""

    entry: int
    start: int
    stop: int
    title: int
    """Title of the lines before the first header, or why there is none."""
    unfinished: bool
    """The last line had no line end."""


@dataclass
class Chunk:
    """A buffer of text and what it holds.

    Attributes
    ----------
    text : bytearray of `capacity` + PADDING bytes
    bytes : ndarray of uint8, a view of it
    fill : int, bytes that are used
    segments : list of Segment
    to_hash : list of (Digest, start, stop), what was stored as it stands here
    """

    text: bytearray
    fill: int = 0
    segments: list[Segment] = field(default_factory=list)
    to_hash: list[tuple[Digest, int, int]] = field(default_factory=list)

    @classmethod
    def empty(cls, capacity: int) -> Chunk:
        """Make a chunk with room for `capacity` bytes."""
        return cls(bytearray(capacity + PADDING))

    @property
    def bytes(self) -> NDArray[np.uint8]:
        """The text as numbers, without a copy."""
        return np.frombuffer(self.text, dtype=np.uint8)

    @property
    def capacity(self) -> int:
        """Bytes that may be read into it; a line end still fits behind them."""
        return len(self.text) - PADDING

    def clear(self) -> None:
        """Forget what it holds."""
        self.fill = 0
        self.segments = []
        self.to_hash = []


class Chunks:
    """Chunks of an input, in order; their layout is known with the first.

    Parameters
    ----------
    entries : iterable of Entry
        Read one after the other.
    free : queue of Chunk
        Where empty chunks are taken from; whoever is done with one clears it and puts it back.
    name : str
        The input, for messages.
    limits : ReadLimits

    Attributes
    ----------
    layout : Layout or None
        None before the first chunk.
    names : list of str
        Of the entries so far.
    lead : bytes
        Beginning of the first entry that is not empty.
    """

    def __init__(
        self, entries: Iterable[Entry], free: SimpleQueue[Chunk], name: str, limits: ReadLimits
    ) -> None:
        self.layout: Layout | None = None
        self.names: list[str] = []
        self.lead = b""
        self._entries, self._free, self._name, self._limits = entries, free, name, limits
        self._n_bytes = 0

    def __iter__(self) -> Iterator[Chunk]:
        """Yield chunks; SourceError on what cannot be read as ratings."""
        chunk = self._free.get()
        for entry in self._entries:
            self.names.append(entry.name)
            # The beginning of an entry is judged as a whole.
            if chunk.capacity - chunk.fill < min(HEAD_BYTES, chunk.capacity // 2):
                yield chunk
                chunk = self._free.get()
            title, start = NO_TITLE, chunk.fill
            at_end, first = self._fill(entry, chunk), True
            while True:
                if first:
                    start, first = self._begin(entry, chunk, start), False
                if at_end:
                    self._close(chunk, start, title)
                    break
                title, tail = self._cut(entry, chunk, start, title)
                full, chunk = chunk, self._free.get()
                chunk.text[: len(tail)] = tail
                chunk.fill, start = len(tail), 0
                if full.segments:
                    yield full
                else:
                    full.clear()
                    self._free.put(full)
                at_end = self._fill(entry, chunk)
        if self.layout is None:
            what = f"its {len(self.names)} files are" if len(self.names) > 1 else "it is"
            raise SourceError(f"{self._name} holds no ratings: {what} empty")
        yield chunk

    def _fill(self, entry: Entry, chunk: Chunk) -> bool:
        """Read until the chunk is full or the entry ends; tell whether it ended."""
        start = chunk.fill
        view = memoryview(chunk.text)
        ended = False
        while chunk.fill < chunk.capacity:
            got = entry.stream.readinto(view[chunk.fill : chunk.capacity])
            if not got:
                ended = True
                break
            chunk.fill += got
        if entry.digest is not None and chunk.fill > start:
            chunk.to_hash.append((entry.digest, start, chunk.fill))
        self._n_bytes += chunk.fill - start
        if self._n_bytes > self._limits.max_bytes:
            raise SourceError(
                f"{self._name} holds more than {self._limits.max_bytes:,} bytes of text, "
                "the most that is read"
            )
        return ended

    def _begin(self, entry: Entry, chunk: Chunk, start: int) -> int:
        """Recognise the layout with the first entry; give the place of the first data line."""
        head = bytes(chunk.text[start : min(chunk.fill, start + HEAD_BYTES)])
        if not head:
            return start
        if self.layout is None:
            self.layout, self.lead = recognise(head, entry.name), head
        if head.startswith(_BYTE_ORDER_MARK):
            start += len(_BYTE_ORDER_MARK)
        if not self.layout.has_header:
            return start
        while start < chunk.fill:
            line_end = chunk.text.find(b"\n", start, chunk.fill)
            line_end = chunk.fill if line_end < 0 else line_end
            blank = not chunk.text[start:line_end].strip()
            start = min(line_end + 1, chunk.fill)
            if not blank:
                break
        return start

    def _close(self, chunk: Chunk, start: int, title: int) -> None:
        """End an entry's last segment, with a line end where it has none."""
        if chunk.fill == start:
            return
        unfinished = chunk.text[chunk.fill - 1] != ord("\n")
        if unfinished:
            chunk.text[chunk.fill] = ord("\n")
            chunk.fill += 1
        entry = len(self.names) - 1
        chunk.segments.append(Segment(entry, start, chunk.fill, title, unfinished))

    def _cut(self, entry: Entry, chunk: Chunk, start: int, title: int) -> tuple[int, bytes]:
        """End a segment at the last line end; give the title after it and the bytes left over."""
        assert self.layout is not None
        stop = chunk.text.rfind(b"\n", start, chunk.fill) + 1
        if not stop and start == 0:
            raise SourceError(
                f"{entry.name} holds a line of more than {chunk.capacity:,} bytes, "
                "required lines of ratings"
            )
        stop = max(stop, start)
        tail = bytes(chunk.text[stop : chunk.fill])
        if stop > start:
            number = len(self.names) - 1
            chunk.segments.append(Segment(number, start, stop, title, unfinished=False))
            if self.layout.titled:
                title = last_title(chunk.text, start, stop, title)
        return title, tail


def last_title(text: bytearray, start: int, stop: int, title: int) -> int:
    """Title of the last header in text[start:stop], searched backwards; `title` without any.

    It judges lines as `read_header` does.
    """
    end = stop
    while (colon := text.rfind(b":", start, end)) >= 0:
        begin = max(text.rfind(b"\n", start, colon) + 1, start)
        line_end = text.find(b"\n", colon, stop)
        line = bytes(text[begin:line_end]).removesuffix(b"\r").rstrip(b" \t")
        if line.endswith(b":") and b"," not in line:
            found = _HEADER.fullmatch(line)
            known = found and int(found[1]) <= _LARGEST_ID
            return int(found[1]) if found and known else DAMAGED_HEADER
        end = begin
    return title
