"""Writing tables as Parquet: zstd, a checksum per page, complete or not there at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from reelhouse.errors import StoreError
from reelhouse.storage.objects import PARTIAL

#: Rows of one row group: small enough to decode a piece of a part, large enough to compress.
ROW_GROUP = 65_536

Rows: TypeAlias = "pa.Table | pa.RecordBatch"


def write_table(
    rows: Rows | Iterable[Rows], path: Path, schema: pa.Schema, *, row_group: int = ROW_GROUP
) -> int:
    """Write a table, or a stream of batches, to one Parquet file.

    Parameters
    ----------
    rows
        A table, or tables and record batches of any sizes; one row group is in memory at a time.
    path
        The file; it appears when it is complete and replaces an older one.
    schema
        Columns of the file. The rows may have them in another order and as types that convert
        without loss; further columns are refused.
    row_group
        Rows of each row group but the last.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    StoreError
        When the columns do not fit or the file cannot be written.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        count = _write_file(_fitting(rows, schema, path), partial, schema, row_group)
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def write_parts(
    rows: Rows | Iterable[Rows], folder: Path, schema: pa.Schema, *, rows_per_part: int
) -> list[Path]:
    """Write a table as a folder of part files, `part-00000.parquet` and on.

    Parameters
    ----------
    rows
        As in `write_table`; one part is in memory at a time.
    folder
        Such as `titles.parquet`; it appears when it is complete and replaces an older one.
    schema
        As in `write_table`.
    rows_per_part
        Rows of every part but the last; without rows there is one empty part.

    Returns
    -------
    list of Path
        The part files in order.
    """
    partial = folder.with_name(folder.name + PARTIAL)
    names: list[str] = []
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for part in _regrouped(_fitting(rows, schema, folder), rows_per_part, schema):
            names.append(f"part-{len(names):05d}.parquet")
            _write_file(iter([part]), partial / names[-1], schema)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [folder / name for name in names]


def _write_file(
    tables: Iterator[pa.Table], path: Path, schema: pa.Schema, row_group: int = ROW_GROUP
) -> int:
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True) as writer:
        for table in _regrouped(tables, row_group, schema):
            writer.write_table(table, row_group_size=row_group)
            count += table.num_rows
    return count


def _fitting(rows: Rows | Iterable[Rows], schema: pa.Schema, path: Path) -> Iterator[pa.Table]:
    """Yield the rows as tables of exactly this schema."""
    for piece in [rows] if isinstance(rows, pa.Table | pa.RecordBatch) else rows:
        table = pa.Table.from_batches([piece]) if isinstance(piece, pa.RecordBatch) else piece
        if set(table.column_names) != set(schema.names) or table.num_columns != len(schema):
            raise StoreError(
                f"{path.name} is given the columns {', '.join(table.column_names)}, "
                f"required are {', '.join(schema.names)}"
            )
        yield _cast(table.select(schema.names), schema, path)


def _cast(table: pa.Table, schema: pa.Schema, path: Path) -> pa.Table:
    for field in schema:
        if not field.nullable and table.column(field.name).null_count:
            raise StoreError(f"{path.name}: column {field.name} has nulls, required are none")
    try:
        return table.cast(schema)
    except pa.ArrowException as error:
        raise StoreError(f"{path.name} does not fit its schema: {error}") from error


def _regrouped(tables: Iterable[pa.Table], rows: int, schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the same rows in tables of `rows` each, the last one shorter; at least one table."""
    waiting: list[pa.Table] = []
    count = 0
    yielded = False
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        if count < rows:
            continue
        joined = pa.concat_tables(waiting)
        whole = count - count % rows
        for start in range(0, whole, rows):
            yield joined.slice(start, rows)
        yielded = True
        waiting, count = [joined.slice(whole)], count - whole
    if count or not yielded:
        yield pa.concat_tables(waiting) if waiting else schema.empty_table()
