"""Sum up what the chunks of an input held, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.schema import QUARANTINE
from reelhouse.sources.ratings.counting import Counting, distinct_values
from reelhouse.sources.ratings.facts import REFUSED_LINES, RatingsSpill, RepeatedHeader
from reelhouse.sources.ratings.field_kernels import DAMAGED_HEADER
from reelhouse.sources.ratings.layouts import Layout
from reelhouse.sources.ratings.reading import ChunkFacts
from reelhouse.sources.ratings.spilled import SpillIndex

Counts = NDArray[np.int64]
_MOST_REPEATS_NAMED = 100


class Tally:
    """Sums over chunks, and the file of the lines that could not be read.

    Parameters
    ----------
    uri : str
    folder : Path
        Where the spill is.
    """

    def __init__(self, uri: str, folder: Path) -> None:
        self._uri, self._folder = uri, folder
        self.n_rows = self.n_read = self.n_repaired = 0
        self.reasons: Counter[str] = Counter()
        self._users: list[tuple[int, int]] = []
        self._places: list[int] = []
        self._bucket_counts: list[Counts] = []
        self._chunk_rows: list[int] = []
        self._packings: list[Counts] = []
        self._sources: list[str] = []
        self._source_rows: list[int] = []
        self._headers: list[Counts] = []
        self._refused: pa.RecordBatchFileWriter | None = None

    def __enter__(self) -> Self:
        """Open the file of the refused lines."""
        self._refused = pa.ipc.new_file(self._folder / REFUSED_LINES, QUARANTINE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        assert self._refused is not None
        self._refused.close()

    def add(self, facts: ChunkFacts, names: list[str]) -> None:
        """Add the next chunk's."""
        self._places.append(facts.place)
        self._bucket_counts.append(facts.bucket_counts)
        self._chunk_rows.append(self.n_rows)
        self._packings.append(facts.packing)
        self._add_sources(facts, names)
        if facts.n_records:
            self._users.append(facts.users)
        if facts.headers.size:
            self._headers.append(facts.headers + np.array([0, self.n_rows]))
        for lines in facts.refused:
            self._quarantine(lines)
        self.reasons.update(facts.reasons)
        self.n_rows += facts.n_rows
        self.n_read += facts.n_records
        self.n_repaired += facts.n_repaired

    def _add_sources(self, facts: ChunkFacts, names: list[str]) -> None:
        """Note the first row of every text that begins in this chunk."""
        row = self.n_rows
        for entry, n_rows in facts.rows_of_entries:
            while len(self._sources) <= entry:  # Texts without lines have no segment.
                self._sources.append(names[len(self._sources)])
                self._source_rows.append(row)
            row += n_rows

    def _quarantine(self, lines: pa.Table) -> None:
        assert self._refused is not None
        rows = lines["row"].to_numpy() + self.n_rows
        sources, within = locate(rows, self._sources, np.array(self._source_rows))
        columns = {name: lines[name] for name in lines.column_names}
        columns |= {"source": pa.array(sources), "row": pa.array(within)}
        self._refused.write_table(pa.table(columns, schema=QUARANTINE))

    def spill(
        self, stored: tuple[str, int], layout: Layout, countings: Iterable[Counting]
    ) -> RatingsSpill:
        """Give the sums as a spill, whose records are written."""
        ratings, dates, titles, n_undated = distinct_values(countings)
        first_rows = np.array(self._source_rows, dtype=np.int64)
        repeats, n_repeats, n_empty, n_damaged = self._judge_headers(first_rows)
        return RatingsSpill(
            uri=self._uri,
            sha256=stored[0],
            n_bytes=stored[1],
            layout=layout,
            n_rows=self.n_rows,
            n_read=self.n_read,
            n_quarantined=self.n_rows - self.n_read,
            n_repaired=self.n_repaired,
            reasons=dict(sorted(self.reasons.items())),
            ratings=ratings,
            dates=dates,
            titles=titles,
            n_undated=n_undated,
            user_range=(min(u[0] for u in self._users), max(u[1] for u in self._users)),
            repeated_headers=repeats,
            n_repeated_headers=n_repeats,
            n_empty_headers=n_empty,
            n_damaged_headers=n_damaged,
            sources=tuple(self._sources),
            first_rows=first_rows,
            folder=self._folder,
            index=SpillIndex(
                np.array(self._places, dtype=np.int64),
                np.array(self._bucket_counts, dtype=np.int64),
                np.array(self._chunk_rows, dtype=np.int64),
                np.array(self._packings, dtype=np.int64),
            ),
        )

    def _judge_headers(
        self, first_rows: Counts
    ) -> tuple[tuple[RepeatedHeader, ...], int, int, int]:
        """Headers that repeat a title, and the numbers of those, of empty and damaged ones."""
        if not self._headers:
            return (), 0, 0, 0
        titles, rows = np.concatenate(self._headers).T
        damaged = titles == DAMAGED_HEADER
        # A text's end ends its last title too, but the next header stands at the same row.
        empty = int((np.diff(rows, append=self.n_rows) == 0).sum())
        order = np.argsort(titles, kind="stable")
        first = np.empty(titles.size, dtype=np.int64)
        starts = np.diff(titles[order], prepend=titles[order][0] - 1) != 0
        first[order] = order[np.maximum.accumulate(np.where(starts, np.arange(titles.size), 0))]
        repeats = np.flatnonzero((first != np.arange(titles.size)) & ~damaged)
        named = repeats[:_MOST_REPEATS_NAMED]
        sources, within = locate(rows[named], self._sources, first_rows)
        first_sources, _ = locate(rows[first[named]], self._sources, first_rows)
        shown = tuple(
            RepeatedHeader(title_id=title, source=source, row=row, first_source=before)
            for title, source, row, before in zip(
                titles[named].tolist(), sources, within, first_sources, strict=True
            )
        )
        return shown, int(repeats.size), empty, int(damaged.sum())


def locate(rows: Counts, sources: list[str], first_rows: Counts) -> tuple[list[str], list[int]]:
    """Source of each row of the input, and the row's number there, from 1.

    Parameters
    ----------
    rows : ndarray of shape (n,), int64
        Counted from 0 over the whole input.
    sources : list of str
    first_rows : ndarray of shape (n_sources,), int64
        Rows before each source; a source without rows has those of the next one.
    """
    at = np.searchsorted(first_rows, rows, side="right") - 1
    return [sources[place] for place in at.tolist()], (rows - first_rows[at] + 1).tolist()
