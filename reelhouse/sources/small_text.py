"""Read a whole small text, such as a list of titles, as numbered lines; keep what is left out."""

from __future__ import annotations

import re
from typing import NamedTuple

import pyarrow as pa

from reelhouse.errors import SourceError
from reelhouse.scratch import scratch_folder
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.opening import open_text

#: Bounds on files that are read whole: the longest of the prize's, qualifying.txt, has 52 MB.
SMALL_LIMITS = ReadLimits(max_bytes=512 * 1024**2)
#: Largest id that the tables hold.
MAX_ID = 2**31 - 1

_ID = re.compile(r"\s*0*(\d{1,10})\s*", re.ASCII)
_LINE_END = re.compile(r"\r\n|\n|\r")
_SHOWN = 60


class Skipped(NamedTuple):
    """A line, or one value of it, that is not in the table."""

    line: int
    """1-based number within the file."""
    raw: str
    """The line as it stands in the file."""
    reason: str
    """What is wrong with it, and what was required."""


class ReadTable(NamedTuple):
    """What a small file holds."""

    table: pa.Table
    skipped: tuple[Skipped, ...]
    """In the order of the file."""
    uri: str
    """Where it was read, without credentials."""
    sha256: str
    """Of the bytes as stored."""
    n_bytes: int
    """As stored."""


class SmallText(NamedTuple):
    """A text, decoded."""

    name: str
    """For messages."""
    text: str
    uri: str
    sha256: str
    n_bytes: int

    def lines(self) -> list[str]:
        """All lines without their ends; line 1 is the first."""
        return _LINE_END.split(self.text)

    def first_line(self) -> str:
        """Say how the text begins, cut and escaped, since it ends on a terminal."""
        first = next((line for line in self.lines() if line.strip()), "").strip()
        return f"its first line is {first if len(first) <= _SHOWN else first[:_SHOWN] + '...'!r}"


def read_small_text(uri: str, limits: ReadLimits = SMALL_LIMITS) -> SmallText:
    """Read a text of at most `limits.max_bytes`, plain, gzip or zip.

    It is UTF-8, UTF-16 with a byte order mark, or else what Windows made of latin-1, which reads
    latin-1 too.

    Raises
    ------
    SourceError
        The file is absent, empty, too large, or no text.
    """
    with (
        scratch_folder("text") as scratch,
        open_text(uri, scratch, limits) as opened,
    ):
        data = opened.stream.read()
        sha256, n_bytes = opened.finish()
    text = _decoded(data, opened.encoding, opened.name)
    if "\0" in text:
        line = 1 + len(_LINE_END.findall(text, 0, text.index("\0")))
        raise SourceError(f"{opened.name} holds a NUL character at line {line}, required text")
    if not text.strip():
        raise SourceError(f"{opened.name} holds blank lines only, required one title or user each")
    return SmallText(opened.name, text, opened.uri, sha256, n_bytes)


def _decoded(data: bytes, encoding: str, name: str) -> str:
    if encoding == "utf-16":
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            raise SourceError(
                f"{name} breaks off or is damaged at byte {error.start:,}, required UTF-16"
            ) from error
    for codec in (encoding, "cp1252"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    # Five bytes mean nothing to Windows; latin-1 reads any byte.
    return data.decode("latin-1")


def parse_id(text: str) -> int | None:
    """Read an id that the tables can hold, or None.

    >>> parse_id(" 0012 "), parse_id("2147483648"), parse_id("-1")
    (12, None, None)
    """
    match = _ID.fullmatch(text)
    number = int(match[1]) if match else MAX_ID + 1
    return number if number <= MAX_ID else None
