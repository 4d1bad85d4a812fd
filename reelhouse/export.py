"""Published tables as CSV for spreadsheets or as one Parquet file, part by part."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from reelhouse.storage.tables import write_table
from reelhouse.storage.version import Version

# A spreadsheet takes a cell that begins so for a formula, the full-width forms too; some programs
# drop spaces and quotes first. An apostrophe counts among what may be dropped, so that a text that
# already looks escaped is escaped once more, and `unescaped` is exact.
_DROPPED = r"[\s\x{FEFF}\x{200B}-\x{200F}\x{2060}\pZ'\"]*"
_LEAD = rf"({_DROPPED}[=+\-@\t\r\n\x00＝＋－＠])"
_FORMULA_LEAD, _ESCAPED = rf"\A{_LEAD}", rf"\A'{_LEAD}"


def export_csv(version: Version, table: str, target: BinaryIO) -> int:
    """Write a table as CSV: UTF-8, LF line ends, a header.

    Lists are joined with `, `. A text cell that a spreadsheet would take for a formula gets a
    leading apostrophe, which `unescaped` takes away again; numbers are left alone.

    Returns
    -------
    int
        Rows written.
    """
    count = 0
    for number, part in enumerate(version.iter_tables(table)):
        options = pa_csv.WriteOptions(include_header=number == 0)
        pa_csv.write_csv(as_cells(part), target, options)
        count += part.num_rows
    return count


def export_parquet(version: Version, table: str, path: Path) -> int:
    """Write a table as one Parquet file, which appears when it is complete.

    Returns
    -------
    int
        Rows written.
    """
    parts = version.iter_tables(table)
    first = next(parts)
    return write_table(chain([first], parts), path, first.schema)


def as_cells(table: pa.Table) -> pa.Table:
    """Lists as text, and text safe for a spreadsheet; all other columns as they are."""
    names = _cells(pa.chunked_array([table.column_names], pa.string())).to_pylist()
    return pa.table([_cells(column) for column in table.columns], names=names)


def unescaped(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give back the texts as they were before `as_cells`.

    >>> unescaped(pa.chunked_array([["'=SUM(A1)", "'' -x", "'Tis", None]])).to_pylist()
    ['=SUM(A1)', "' -x", "'Tis", None]
    """
    return pc.replace_substring_regex(texts, _ESCAPED, r"\1")


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_list(column.type):
        column = pa.chunked_array([_joined(chunk) for chunk in column.chunks], pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.replace_substring_regex(column, _FORMULA_LEAD, r"'\1")
    return column


def _joined(lists: pa.ListArray) -> pa.Array:
    """Elements joined with `, `; a null element is left out, a null list stays null."""
    if pa.types.is_string(lists.type.value_type) and not lists.flatten().null_count:
        return pc.binary_join(lists, ", ")
    joined = (
        None if held is None else ", ".join(str(value) for value in held if value is not None)
        for held in lists.to_pylist()
    )
    return pa.array(joined, pa.string())
