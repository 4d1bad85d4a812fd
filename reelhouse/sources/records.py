"""Cut decoded text into CSV records, in blocks, and name the place of whatever is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from reelhouse.errors import SourceError
from reelhouse.sources.header import Columns, match_columns, split_header
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.opening import OpenedText
from reelhouse.sources.quotes import line_of_open_quote
from reelhouse.sources.scalars import TYPES, parse_type

_LINE_ENDS = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}
#: A block ends early at this size, so that unusually long records do not fill the memory.
_BLOCK_CHARS = 256 * 1024**2


class Damage(NamedTuple):
    """A record that is not what the header promises."""

    fields: list[str]
    value: str
    required: str


class Block(NamedTuple):
    """Consecutive data records."""

    first_row: int
    """1-based number of the first record."""
    rows: list[list[str]]
    """One list per record, each as wide as the header; empty strings stand for damaged ones."""
    damaged: dict[int, Damage]
    """By index within the block."""


class Records:
    """The data records of an opened text.

    Parameters
    ----------
    text : OpenedText
        Bytes, not yet decoded.
    limits : ReadLimits
        The longest record.

    Raises
    ------
    SourceError
        The encoding or the header is wrong.
    """

    def __init__(self, text: OpenedText, limits: ReadLimits) -> None:
        self._text, self._limits = text, limits
        self._decoded = io.TextIOWrapper(text.stream, encoding=text.encoding, newline="")
        self._lines_read = 0
        self._pending: list[str] = []  # the lines of the record that is being read
        self._pending_chars = 0
        lines = self._lines()
        header = next((line for line in lines if line.strip()), "")
        if not header:
            raise SourceError(f"{text.name} is empty, required a CSV file with a header")
        ending = header[len(header.rstrip("\r\n")) :]
        self.line_end = _LINE_ENDS.get(ending, "none")
        fields, self.delimiter = split_header(header)
        self.columns: Columns = match_columns(fields, text.name)
        self._reader = csv.reader(lines, delimiter=self.delimiter, strict=True)

    @property
    def encoding(self) -> str:
        """The codec that the text is read with."""
        return self._text.encoding

    def blocks(self, rows_per_block: int) -> Iterator[Block]:
        """Yield all records in blocks of the given number of rows; the last may be shorter."""
        first_row = 1
        while True:
            block = self._next_block(first_row, rows_per_block)
            if not block.rows:
                return
            yield block
            first_row += len(block.rows)

    def _next_block(self, first_row: int, n_rows: int) -> Block:
        rows: list[list[str]] = []
        damaged: dict[int, Damage] = {}
        width = self.columns.width
        blank = [""] * width
        n_chars = 0
        damage: Damage | None
        while len(rows) < n_rows and n_chars < _BLOCK_CHARS:
            self._pending.clear()
            n_chars += self._pending_chars
            self._pending_chars = 0
            try:
                row = next(self._reader, None)
            except csv.Error as error:
                row, damage = self._recover(error)
            else:
                if row is None:
                    break
                if len(row) == width and len(self._pending) == 1:
                    rows.append(row)
                    continue
                damage = self._check(row)
            if not row:
                continue  # A blank line is no record.
            if damage is not None:
                damaged[len(rows)] = damage
                row = blank
            rows.append(row[:width])
        return Block(first_row, rows, damaged)

    def _check(self, row: list[str]) -> Damage | None:
        """Accept a record whose surplus fields are empty; describe any other wrong one."""
        width = self.columns.width
        if any(self._is_title(line) for line in self._pending[1:]):
            self._refuse_open_quote("the quoted field that swallows the next title")
        n_fields = len(row)
        while n_fields > width and not row[n_fields - 1]:
            n_fields -= 1
        if n_fields == width or (len(row) <= 1 and not "".join(row).strip()):
            if n_fields != width:
                row.clear()
            return None
        if n_fields < width and not self._pending[-1].endswith(("\n", "\r")):
            # Only the last line of a file can lack its end: a copy that broke off stops so.
            raise SourceError(
                f"{self._text.name} breaks off in the middle of a record: line {self._lines_read}, "
                f"the last, has {_fields(n_fields)}, required {_fields(width)}"
            )
        return Damage(row, _fields(n_fields), _fields(width))

    def _is_title(self, line: str) -> bool:
        """Tell whether a line within a record would be a whole title by itself."""
        fields = next(csv.reader([line], delimiter=self.delimiter), [])
        if len(fields) != self.columns.width:
            return False
        return parse_type(fields[self.columns.positions["type"]]).value in TYPES

    def _recover(self, error: csv.Error) -> tuple[list[str], Damage]:
        """Keep a single line whose quoting is wrong as damaged; refuse what spans lines."""
        if "field limit" in str(error):
            self._refuse_open_quote(f"a field longer than {csv.field_size_limit():,} characters")
        if len(self._pending) > 1 or "unexpected end" in str(error):
            self._refuse_open_quote("the quoted field that is never closed")
        row = next(csv.reader(self._pending, delimiter=self.delimiter), [])
        return row, Damage(row, "a quote inside a quoted field", "quotes doubled inside quotes")

    def _refuse_open_quote(self, what: str) -> NoReturn:
        first = self._lines_read - len(self._pending) + 1
        line = line_of_open_quote(self._pending, self.delimiter, first)
        raise SourceError(
            f"{self._text.name} has an unbalanced quote: {what} began at line {line}, "
            "required a closing quote before the next delimiter"
        )

    def _lines(self) -> Iterator[str]:
        """Yield the lines with their ends; keep those of the current record."""
        readline, pending = self._decoded.readline, self._pending
        longest = self._limits.max_record_chars
        while True:
            try:
                line = readline(longest + 1)
            except UnicodeDecodeError as error:
                raise self._wrong_encoding(error) from error
            if not line:
                return
            self._lines_read += 1
            self._pending_chars += len(line)
            pending.append(line)
            if "\0" in line:
                raise SourceError(
                    f"{self._text.name} holds a NUL character at line {self._lines_read}, required "
                    "text in UTF-8, or in UTF-16 with a byte order mark"
                )
            if self._pending_chars > longest:
                self._refuse_open_quote(f"a record longer than {longest:,} characters")
            yield line

    def _wrong_encoding(self, error: UnicodeDecodeError) -> SourceError:
        codec = "UTF-16" if self.encoding == "utf-16" else "UTF-8"
        before = bytes(error.object[: error.start]).decode(error.encoding, errors="replace")
        n_breaks = before.count("\n") + before.count("\r") - before.count("\r\n")
        # The object ends where the decoder stands: whatever precedes it was decoded.
        offset = self._text.stream.tell() - len(error.object) + error.start
        return SourceError(
            f"{self._text.name} is not {codec}: byte 0x{error.object[error.start]:02X} at line "
            f"{self._lines_read + n_breaks + 1} (byte {offset:,} of the text), required UTF-8, or "
            "UTF-16 with a byte order mark"
        )


def _fields(number: int) -> str:
    return f"{number} field" if number == 1 else f"{number} fields"
