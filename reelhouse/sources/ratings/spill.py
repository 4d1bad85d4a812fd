"""Read an input of ratings in threads, into buckets of users on the scratch disk."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import NoReturn

import numpy as np

from reelhouse.errors import SourceError
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.ratings.chunks import Chunk, Chunks
from reelhouse.sources.ratings.facts import RECORDS, RatingsSpill, remove_spill
from reelhouse.sources.ratings.layouts import EXPECTED, first_line
from reelhouse.sources.ratings.opened import OpenedRatings, open_ratings
from reelhouse.sources.ratings.reading import ChunkFacts, ChunkReader, is_hopeless
from reelhouse.sources.ratings.spilled import WORD_BYTES, SpillWriter
from reelhouse.sources.ratings.tally import Tally
from reelhouse.threads import available_threads

_LOG = logging.getLogger(__name__)
#: A prize in its original layout is 17,770 files.
RATING_LIMITS = ReadLimits(max_entries=100_000)
#: Text that is parsed at a time. What is made of little stays in the cache; what is made of much
#: comes back in fewer, larger pieces. An input is about so many chunks, between these bounds.
_LEAST_CHUNK, _MOST_CHUNK, _CHUNKS = 2 * 2**20, 8 * 2**20, 1_000
_MOST_BUCKETS = 16_381
#: Text whose lines tell how long lines are.
_SAMPLE_BYTES = 256 * 1024
#: This share of an input's rows must be readable.
_LEAST_SHARE = 0.01


def spill_ratings(
    uri: str,
    scratch: Path,
    *,
    rows_per_partition: int = 1_500_000,
    n_threads: int | None = None,
    limits: ReadLimits | None = None,
    on_rows: Callable[[int, int], None] | None = None,
    chunk_bytes: int | None = None,
) -> RatingsSpill:
    """Read ratings of any known layout; count their values and spill them into buckets.

    Memory does not grow with the input: a few chunks are held at a time, and the distinct values.

    Parameters
    ----------
    uri : str
        A file anywhere, plain, gzip, zip, tar or tar.gz; or a local folder. It holds the Netflix
        Prize's ``combined_data_*.txt`` or ``mv_*.txt``, MovieLens' ``ratings.csv``, ``u.data`` or
        ``ratings.dat``, or a CSV whose header names user, title, rating and perhaps date.
    scratch : Path
        Folder for 8 to 16 bytes per rating; made when absent. An earlier reading is replaced.
    rows_per_partition : int
        About how many ratings a partition is to have.
    n_threads : int, optional
        One per core when not given. The result does not depend on it.
    limits : ReadLimits, optional
        What is refused; `RATING_LIMITS` when not given.
    on_rows : callable, optional
        Called with the number of rows read so far and about how many there are, now and then.
    chunk_bytes : int, optional
        Text that is parsed at a time; at least as long as any line. 2 to 8 MiB when not given. The
        result does not depend on it.

    Returns
    -------
    RatingsSpill

    Raises
    ------
    SourceError
        The input cannot be opened, or nothing in it (or almost nothing) can be read as ratings.
    """
    if rows_per_partition < 1:
        raise ValueError(f"rows_per_partition={rows_per_partition}, required at least 1")
    limits = limits or RATING_LIMITS
    scratch.mkdir(parents=True, exist_ok=True)
    n_threads = n_threads or available_threads()
    try:
        with open_ratings(uri, scratch, limits) as opened:
            chunk_bytes = chunk_bytes or choose_chunk(opened.n_text_bytes)
            spilling = _Spilling(opened, scratch, n_threads, chunk_bytes, limits)
            spill = spilling.run(rows_per_partition, on_rows or (lambda *_: None))
    except BaseException:
        remove_spill(scratch)
        raise
    _LOG.info(
        "%s: %d of %d rows read, into %d buckets",
        spill.uri,
        spill.n_read,
        spill.n_rows,
        spill.n_partitions,
    )
    return spill


class _Turn:
    """What the work on the next chunk waits for: chunks are read, and hashed, one by one."""

    def __init__(self) -> None:
        self.read, self.hashed = Event(), Event()

    def end(self) -> None:
        """Let the next one go on, whatever became of this one."""
        self.read.set()
        self.hashed.set()


class _Spilling:
    """One reading of an input.

    A thread does all that there is to do about a chunk, while its text is in the thread's cache.
    """

    def __init__(
        self,
        opened: OpenedRatings,
        scratch: Path,
        n_threads: int,
        chunk_bytes: int,
        limits: ReadLimits,
    ) -> None:
        self._opened, self._scratch = opened, scratch
        self._n_threads, self._chunk_bytes = n_threads, chunk_bytes
        self._free: SimpleQueue[Chunk] = SimpleQueue()
        # One for each thread, and two where the text is cut.
        for _ in range(n_threads + 2):
            self._free.put(Chunk.empty(chunk_bytes))
        self._chunks = Chunks(opened.entries, self._free, opened.uri, limits)
        self._to_come = iter(self._chunks)
        self._readers: SimpleQueue[ChunkReader] = SimpleQueue()
        self._writer: SpillWriter | None = None
        self._expected = 0

    def run(self, rows_per_partition: int, on_rows: Callable[[int, int], None]) -> RatingsSpill:
        """Read everything."""
        with ExitStack() as stack:
            tally = Tally(self._opened.uri, self._scratch)
            stack.enter_context(tally)
            stack.callback(self._close)
            pool = stack.enter_context(ThreadPoolExecutor(self._n_threads, "ratings"))
            for facts in self._facts(pool, rows_per_partition):
                before = tally.n_rows
                tally.add(facts, self._chunks.names)
                if facts.hopeless:
                    self._refuse(facts.n_rows, facts.n_records, f" after row {before:,}")
                if is_hopeless(tally.n_rows, tally.n_read, tally.reasons):
                    self._refuse(tally.n_rows, tally.n_read)
                on_rows(tally.n_rows, max(tally.n_rows, self._expected))
        if not tally.n_read or tally.n_read < tally.n_rows * _LEAST_SHARE:
            self._refuse(tally.n_rows, tally.n_read)
        assert self._chunks.layout is not None
        readers = [self._readers.get() for _ in range(self._n_threads)]
        countings = [reader.counts for reader in readers]
        return tally.spill(self._opened.digest(), self._chunks.layout, countings)

    def _facts(self, pool: ThreadPoolExecutor, rows_per_partition: int) -> Iterator[ChunkFacts]:
        """Read chunks in threads; yield what they held, in their order."""
        under_way: deque[Future[ChunkFacts | None]] = deque()
        before = _Turn()
        before.end()
        while True:
            while len(under_way) < 2 * self._n_threads:
                turn = _Turn()
                under_way.append(pool.submit(self._next, before, turn, rows_per_partition))
                before = turn
            facts = under_way.popleft().result()
            if facts is None:
                return
            yield facts

    def _next(self, before: _Turn, turn: _Turn, rows_per_partition: int) -> ChunkFacts | None:
        """Read the next chunk and what it holds; None behind the last one."""
        try:
            before.read.wait()
            chunk = next(self._to_come, None)
            if chunk is None:
                return None
            writer = self._writer or self._begin(chunk, rows_per_partition)
            turn.read.set()
            try:
                return self._read(chunk, writer, before, turn)
            finally:
                chunk.clear()
                self._free.put(chunk)
        finally:
            turn.end()

    def _begin(self, chunk: Chunk, rows_per_partition: int) -> SpillWriter:
        """Make what depends on the layout and on the length of lines."""
        layout = self._chunks.layout
        assert layout is not None
        expected = estimate_rows(chunk, self._opened.n_text_bytes)
        self._expected = int(expected)
        n_buckets = count_buckets(expected, rows_per_partition)
        for _ in range(self._n_threads):
            self._readers.put(ChunkReader(self._chunk_bytes, layout, n_buckets))
        self._writer = SpillWriter(self._scratch / RECORDS, int(expected * WORD_BYTES))
        return self._writer

    def _read(self, chunk: Chunk, writer: SpillWriter, before: _Turn, turn: _Turn) -> ChunkFacts:
        hash_first = before.hashed.is_set()
        if hash_first:
            _hash(chunk)
            turn.hashed.set()
        reader = self._readers.get()
        try:
            facts = reader.read(chunk, writer)
        finally:
            self._readers.put(reader)
        if not hash_first:
            before.hashed.wait()
            _hash(chunk)
        return facts

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _refuse(self, n_rows: int, n_read: int, where: str = "") -> NoReturn:
        """Refuse an input of which nothing, or almost nothing, can be read as ratings."""
        shown = first_line(next(iter(self._chunks.lead.strip().splitlines()), b""))
        raise SourceError(
            f"{self._opened.uri} holds no ratings{where}: {n_read:,} of {n_rows:,} lines can be "
            f"read; {shown}, expected {EXPECTED}"
        )


def _hash(chunk: Chunk) -> None:
    """Add what was stored to the digests; hashlib releases the interpreter's lock."""
    text = memoryview(chunk.text)
    for digest, start, stop in chunk.to_hash:
        digest.update(text[start:stop])


def choose_chunk(n_text_bytes: int) -> int:
    """Bytes of a chunk, for about so much text.

    Every chunk has a piece of every bucket, and there are more buckets the more text there is.

    >>> choose_chunk(3 * 10**9), choose_chunk(10**6), choose_chunk(10**11)
    (3000000, 2097152, 8388608)
    """
    return min(max(n_text_bytes // _CHUNKS, _LEAST_CHUNK), _MOST_CHUNK)


def estimate_rows(chunk: Chunk, n_text_bytes: int) -> float:
    """Rows that a text is likely to have, by the lines of its first chunk."""
    sample = chunk.text[: min(chunk.fill, _SAMPLE_BYTES)]
    return n_text_bytes * max(sample.count(b"\n"), 1) / max(len(sample), 1)


def count_buckets(n_rows: float, rows_per_partition: int) -> int:
    """Give the number of buckets: 1, or a prime, so that user ids of any pattern spread evenly.

    >>> count_buckets(1_000_000, 1_500_000), count_buckets(9_000_000, 1_500_000)
    (1, 7)
    """
    if n_rows <= rows_per_partition:
        return 1
    number = min(max(int(np.ceil(n_rows / rows_per_partition)), 3), _MOST_BUCKETS)
    while any(number % divisor == 0 for divisor in range(2, int(number**0.5) + 1)):
        number += 1
    return number
