"""Read a Kaggle catalogue of titles, whatever its packing, into partitions of canonical rows."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reelhouse.errors import SourceError
from reelhouse.settings import Settings
from reelhouse.sources.formats import cut
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.opening import OpenedText, open_text
from reelhouse.sources.partition import TitlesConverter

_LOG = logging.getLogger(__name__)
# Columns with few distinct values; a dictionary of the others is built and thrown away.
_DICTIONARY_COLUMNS = ["type", "rating", "date_added", "release_year", "country.list.element"]


class TitlesSnapshot(Settings):
    """What one input file was and where its rows are now."""

    uri: str
    """Where it was read from, without credentials."""

    sha256: str
    """Of the bytes as stored, before any decompression."""

    n_bytes: int
    """Number of bytes as stored."""

    n_rows: int
    """Data records of the file, good or bad: the rows of all parts."""

    parts: tuple[Path, ...]
    """Parquet files of schema SOURCE_TITLES, in the order of the file."""

    encoding: str
    """utf-8, utf-8-sig (with a byte order mark) or utf-16."""

    line_end: str
    """LF, CRLF or CR, as the header ends."""

    header: tuple[str, ...]
    """All headers, in the order of the file: those of a row's `raw` fields."""

    columns: dict[str, str]
    """Header in the file -> canonical column."""

    ignored_columns: tuple[str, ...]
    """Headers that were recognised as nothing."""

    repairs: dict[str, int]
    """Number of rows in which a field was mended, by field."""


def read_titles(
    uri: str,
    out: Path,
    *,
    rows_per_partition: int = 50_000,
    limits: ReadLimits | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> TitlesSnapshot:
    """Read a titles file into Parquet partitions on the local disk.

    No record is dropped: what cannot be read is a row whose `unreadable` says why.

    Parameters
    ----------
    uri : str
        Path or any fsspec URI of a CSV file, plain, gzip or zip; `reelhouse.sources.formats` has
        the other forms.
    out : Path
        Folder for the partitions ``part-00000.parquet`` ...; made when absent. Those of an
        earlier reading are removed.
    rows_per_partition : int
        Rows of each partition but the last. Fewer when records are unusually long.
    limits : ReadLimits, optional
        What is refused.
    on_rows : callable, optional
        Called after each partition with the number of rows read so far.

    Returns
    -------
    TitlesSnapshot

    Raises
    ------
    SourceError
        The input cannot be read as a titles file; one line names the file and the place. No
        partition is left behind.
    """
    if rows_per_partition < 1:
        raise ValueError(f"rows_per_partition={rows_per_partition}, required at least 1")
    limits = limits or ReadLimits()
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("part-*.parquet"):  # An earlier reading may have made more of them.
        stale.unlink()
    parts: list[Path] = []
    try:
        with open_text(uri, out, limits) as text:
            return _read(text, out, parts, rows_per_partition, limits, on_rows)
    except BaseException:
        for part in parts:
            part.unlink(missing_ok=True)
        raise


def _read(
    text: OpenedText,
    out: Path,
    parts: list[Path],
    rows_per_partition: int,
    limits: ReadLimits,
    on_rows: Callable[[int], None] | None,
) -> TitlesSnapshot:
    records = cut(text, limits)
    converter = TitlesConverter(records.columns)
    repairs: Counter[str] = Counter()
    n_rows = 0
    for block in records.blocks(rows_per_partition):
        table = converter.convert(block)
        parts.append(out / f"part-{len(parts):05d}.parquet")
        _write(table, parts[-1])
        repairs.update(_count_repairs(table))
        n_rows += table.num_rows
        if on_rows is not None:
            on_rows(n_rows)
    if not n_rows:
        raise SourceError(f"{text.name} has a header and no rows, required at least 1 title")
    sha256, n_bytes = text.finish()
    _LOG.info("%s: %d rows in %d partitions", text.name, n_rows, len(parts))
    return TitlesSnapshot(
        uri=text.uri,
        sha256=sha256,
        n_bytes=n_bytes,
        n_rows=n_rows,
        parts=tuple(parts),
        encoding=records.encoding,
        line_end=records.line_end,
        header=records.columns.header,
        columns=records.columns.names,
        ignored_columns=records.columns.ignored,
        repairs=dict(sorted(repairs.items())),
    )


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="lz4", use_dictionary=_DICTIONARY_COLUMNS)


def _count_repairs(table: pa.Table) -> dict[str, int]:
    counts = pc.value_counts(pc.list_flatten(table["repaired"])).to_pylist()
    return {count["values"]: count["counts"] for count in counts}
