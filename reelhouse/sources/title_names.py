"""Read the names and years of rated titles."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from reelhouse.errors import SourceError
from reelhouse.schema import TITLE_NAMES
from reelhouse.sources.small_text import MAX_ID, ReadTable, Skipped, parse_id, read_small_text
from reelhouse.sources.title_files import BrokenLine, TitleFile, TitleRecord, open_title_file

_LOG = logging.getLogger(__name__)
_YEAR = re.compile(r"(\d{4})(?:\.0)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1850, 2100


def read_title_names(uri: str) -> ReadTable:
    """Read names of titles from any of the files that `title_files` recognises.

    Parameters
    ----------
    uri : str
        Local path or any fsspec URI; plain, gzip or zip.

    Returns
    -------
    ReadTable
        A table of schema TITLE_NAMES in the order of the file. Of lines with the same id the first
        wins. A year that is none leaves its title without one. All of it is in `skipped`.

    Raises
    ------
    SourceError
        The file cannot be read, or holds no names of titles.
    """
    text = read_small_text(uri)
    file = open_title_file(text, "names")
    if not file.has_names:
        raise SourceError(
            f"{text.name} holds ids and genres alone: {text.first_line()}, required names of titles"
        )
    skipped: list[Skipped] = []
    rows = []
    for title_id, record in known_ids(file, skipped):
        if record.name:
            rows.append((title_id, record.name, _year(record, skipped)))
        else:
            skipped.append(Skipped(record.line, record.raw, "the name is empty, required a name"))
    table = table_of(rows, TITLE_NAMES)
    refuse_nothing(table, skipped, text.name, "names")
    _LOG.info("%s (%s): %d names, %d skipped", text.name, file.kind, table.num_rows, len(skipped))
    return ReadTable(table, tuple(skipped), text.uri, text.sha256, text.n_bytes)


def known_ids(file: TitleFile, skipped: list[Skipped]) -> Iterator[tuple[int, TitleRecord]]:
    """Yield the records whose id is readable and new; add the others to `skipped`."""
    lines: dict[int, int] = {}
    for record in file.records:
        if isinstance(record, BrokenLine):
            skipped.append(Skipped(*record))
            continue
        title_id = parse_id(record.title_id)
        if title_id is None:
            reason = f"the id is {record.title_id.strip()!r}, required a number up to {MAX_ID:,}"
        elif title_id in lines:
            reason = f"title {title_id} stands in line {lines[title_id]} already, which is kept"
        else:
            lines[title_id] = record.line
            yield title_id, record
            continue
        skipped.append(Skipped(record.line, record.raw, reason))


def table_of(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    """Rows as a table."""
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    arrays = [
        pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)
    ]
    return pa.table(arrays, schema=schema)


def refuse_nothing(table: pa.Table, skipped: list[Skipped], name: str, wanted: str) -> None:
    """Raise SourceError when not one line was good."""
    if table.num_rows:
        return
    why = f": line {skipped[0].line}: {skipped[0].reason}" if skipped else " below its header"
    raise SourceError(f"{name} holds no {wanted}, required at least one{why}")


def _year(record: TitleRecord, skipped: list[Skipped]) -> int | None:
    if not record.year:
        return None
    match = _YEAR.fullmatch(record.year)
    if match and _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        return int(match[1])
    reason = (
        f"the year is {record.year!r}, required {_FIRST_YEAR} to {_LAST_YEAR}; kept without one"
    )
    skipped.append(Skipped(record.line, record.raw, reason))
    return None
