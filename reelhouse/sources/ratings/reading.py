"""Read one chunk of text: strictly, then carefully, and into buckets of users."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.schema import QUARANTINE
from reelhouse.sources.ratings.careful import Reading, read_carefully, split_fields
from reelhouse.sources.ratings.chunks import Chunk, Segment
from reelhouse.sources.ratings.counting import Counting
from reelhouse.sources.ratings.field_kernels import DAY, NO_DAY, day_table
from reelhouse.sources.ratings.layouts import Layout
from reelhouse.sources.ratings.line_kernels import (
    AT_TITLE,
    N_HEADERS,
    N_RECORDS,
    N_REFUSED,
    N_ROWS,
    N_STATES,
    read_lines,
)
from reelhouse.sources.ratings.spill_kernels import N_PACKING, N_WORDS, scatter
from reelhouse.sources.ratings.spilled import SpillWriter

Counts = NDArray[np.int64]
#: The shortest line that makes a record is "1,1," with its end.
_SHORTEST_LINE = 5
#: Refused lines are looked at in batches of this size, and headers are taken out.
_BATCH = 4_096
#: What stands in quarantine as the rule that an unreadable line broke.
UNREADABLE = "expect_line_to_be_readable"
#: So many lines that make no sense, with hardly a good one in the chunk, and reading stops.
_MOST_SENSELESS, _LEAST_SHARE = 100_000, 0.01
_REFUSED = pa.schema([field for field in QUARANTINE if field.name != "source"])


@dataclass
class ChunkFacts:
    """What one chunk held.

    Attributes
    ----------
    n_rows : int
        Lines with data, good or bad.
    n_records, n_repaired : int
    rows_of_entries : list of (entry, n_rows), for each segment
    place : int, of its records in the spill file
    packing : ndarray of shape (N_PACKING,), int64, how they are packed
    bucket_counts : ndarray of shape (n_buckets,), int64
    users : tuple of int, least and greatest
    headers : ndarray of shape (n_headers, 2), int64; title and rows of the chunk before it
    refused : list of Table
        Lines that could not be read, as in QUARANTINE without source, rows from 0 in the chunk.
    reasons : Counter of their kinds
    hopeless : bool
        Reading stopped early: the chunk is something else than ratings.
    """

    n_rows: int = 0
    n_records: int = 0
    n_repaired: int = 0
    rows_of_entries: list[tuple[int, int]] = field(default_factory=list)
    place: int = 0
    packing: Counts = field(default_factory=lambda: np.zeros(N_PACKING, np.int64))
    bucket_counts: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    users: tuple[int, int] = (0, -1)
    headers: Counts = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    refused: list[pa.Table] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    hopeless: bool = False


class ChunkReader:
    """Reads chunks one after the other; each thread has one, with the memory it needs.

    Parameters
    ----------
    capacity : int
        Bytes of a chunk.
    layout : Layout
    n_buckets : int

    Attributes
    ----------
    counts : Counting
        Values of all chunks that it read.
    """

    def __init__(self, capacity: int, layout: Layout, n_buckets: int) -> None:
        n_most = capacity // _SHORTEST_LINE + 2
        self._layout, self._n_buckets = layout, n_buckets
        self._roles = np.array(layout.roles, dtype=np.int64)
        self._days = day_table()
        # Only as much of these as the chunks really hold is ever touched.
        self._records = np.empty((n_most, 4), dtype=np.int32)
        self._scattered = np.empty(2 * n_most, dtype=np.int64)
        self._buckets = np.empty(n_most, dtype=np.uint16)
        self._state = np.zeros(N_STATES, dtype=np.int64)
        self.counts = Counting()
        self._lines: list[tuple[Any, ...]] = []
        self._headers = np.empty((_BATCH, 2), dtype=np.int64)
        self._refused = np.empty((_BATCH, 4), dtype=np.int64)

    def read(self, chunk: Chunk, spill: SpillWriter) -> ChunkFacts:
        """Read a chunk and append its records to the spill file."""
        facts = ChunkFacts()
        self._state[:] = 0
        headers: list[Counts] = []
        for segment in chunk.segments:
            before = int(self._state[N_ROWS])
            self._read_segment(chunk, segment, facts, headers)
            facts.rows_of_entries.append((segment.entry, int(self._state[N_ROWS]) - before))
        facts.n_rows = int(self._state[N_ROWS])
        facts.n_records = int(self._state[N_RECORDS])
        if headers:
            facts.headers = np.concatenate(headers)
        if facts.n_repaired:
            self._restore_order(facts.n_records)
        self._bucket(facts, spill)
        return facts

    def _read_segment(
        self, chunk: Chunk, segment: Segment, facts: ChunkFacts, headers: list[Counts]
    ) -> None:
        state, at = self._state, segment.start
        state[AT_TITLE] = segment.title
        delimiter = self._layout.delimiter
        text = chunk.bytes
        while at < segment.stop and not facts.hopeless:
            at = read_lines(
                text,
                at,
                segment.stop,
                self._roles,
                ord(delimiter[0]),
                len(delimiter),
                self._days,
                state,
                self._records,
                self._headers,
                self._refused,
            )
            if state[N_HEADERS]:
                headers.append(self._headers[: state[N_HEADERS]].copy())
            for begin, end, row, title in self._refused[: state[N_REFUSED]].tolist():
                last = segment.unfinished and end >= segment.stop - 1
                line = bytes(chunk.text[begin:end])
                self._look_again(line, row, title, facts, unfinished=last)
            self._put_away(facts)
            facts.hopeless = self._is_hopeless(facts)
            state[N_HEADERS] = state[N_REFUSED] = 0
        if segment.unfinished and not facts.hopeless:
            self._doubt_last(chunk, segment, facts)

    def _doubt_last(self, chunk: Chunk, segment: Segment, facts: ChunkFacts) -> None:
        """Take a last line without end or date back, where the line before it has a date.

        It reads as a whole line, though it was cut just before its date.
        """
        n, n_rows = int(self._state[N_RECORDS]), int(self._state[N_ROWS])
        days = self._records[:n, 3] >> 16
        if n < 2 or self._records[n - 1, 2] != n_rows - 1 or days[-1] != NO_DAY:
            return
        if days[-2] == NO_DAY or DAY not in self._layout.roles:
            return
        begin = max(chunk.text.rfind(b"\n", segment.start, segment.stop - 1) + 1, segment.start)
        line = bytes(chunk.text[begin : segment.stop - 1])
        self._state[N_RECORDS] -= 1
        title = int(self._records[n - 1, 1])
        self._look_again(line, n_rows - 1, title, facts, unfinished=True)
        self._put_away(facts)

    def _look_again(
        self, line: bytes, row: int, title: int, facts: ChunkFacts, *, unfinished: bool
    ) -> None:
        """Make a record of a refused line after all, or send it to quarantine."""
        found = read_carefully(line, self._layout, title, unfinished=unfinished)
        if isinstance(found, Reading):
            value = (found.hundredths & 0xFFFF) | (found.day << 16)
            place = int(self._state[N_RECORDS])
            self._records[place] = (found.user, found.title, row, value)
            self._state[N_RECORDS] += 1
            facts.n_repaired += 1
            return
        fields = split_fields(line.decode("utf-8", "replace"), self._layout)
        raw = json.dumps(fields, ensure_ascii=False)
        facts.reasons[found.kind] += 1
        title_text = None if found.title is None else str(found.title)
        self._lines.append(
            (row, title_text, found.column, found.value, UNREADABLE, found.reason, raw)
        )

    def _is_hopeless(self, facts: ChunkFacts) -> bool:
        n_rows, n_records = int(self._state[N_ROWS]), int(self._state[N_RECORDS])
        return is_hopeless(n_rows, n_records, facts.reasons)

    def _put_away(self, facts: ChunkFacts) -> None:
        """Keep refused lines as a table: as Python objects they would take ten times the room."""
        if self._lines:
            columns = [list(column) for column in zip(*self._lines, strict=True)]
            facts.refused.append(pa.table(columns, schema=_REFUSED))
            self._lines.clear()

    def _restore_order(self, n: int) -> None:
        """Put repaired records where their rows belong: the first of repeats is kept."""
        order = np.argsort(self._records[:n, 2], kind="stable")
        self._records[:n] = self._records[:n][order]

    def _bucket(self, facts: ChunkFacts, spill: SpillWriter) -> None:
        n = facts.n_records
        facts.bucket_counts = np.zeros(self._n_buckets, dtype=np.int64)
        facts.packing = np.zeros(N_PACKING, dtype=np.int64)
        least, greatest, n_uncounted = scatter(
            self._records,
            n,
            facts.n_rows,
            self._buckets,
            facts.bucket_counts,
            np.empty(self._n_buckets, dtype=np.int64),
            self._scattered,
            self.counts.ratings,
            self.counts.days,
            self.counts.titles,
            facts.packing,
        )
        facts.users = (int(least), int(greatest))
        if n_uncounted:
            self.counts.add_titles(self._records[:n, 1])
        facts.place = spill.append(self._scattered[: n * int(facts.packing[N_WORDS])])


def is_hopeless(n_rows: int, n_read: int, reasons: Counter[str]) -> bool:
    """Judge whether a careful look at more lines is in vain; it takes microseconds for each.

    Lines without a title do not count: below the next header they make sense.
    """
    n_untitled = reasons["header missing"] + reasons["header damaged"]
    n_senseless = reasons.total() - n_untitled
    return n_senseless > _MOST_SENSELESS and n_read < _LEAST_SHARE * n_rows
