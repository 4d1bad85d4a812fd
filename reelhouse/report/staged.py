"""Tables of a run that is about to be published, as the page's writers read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class Staged:
    """A staged run.

    Parameters
    ----------
    folder : Path
        Its files, as they will be published.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str) -> bool:
        """Say whether the run has a table."""
        return bool(self._parts(name))

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a small table; none where the run has no such table."""
        return [row for part in self._parts(name) for row in pq.read_table(part).to_pylist()]

    def first_rows(self, name: str, most: int) -> tuple[list[dict[str, Any]], int]:
        """The first rows of a table that may be large, and how many it has."""
        found: list[dict[str, Any]] = []
        n_rows = 0
        for part in self._parts(name):
            with pq.ParquetFile(part) as file:
                n_rows += file.metadata.num_rows
                for batch in file.iter_batches(most):
                    if len(found) >= most:
                        break
                    found += batch.to_pylist()
        return found[:most], n_rows

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A whole table."""
        wanted = None if columns is None else list(columns)
        return pa.concat_tables([pq.read_table(part, columns=wanted) for part in self._parts(name)])

    def batches(self, name: str, rows: int = 8_192) -> Iterator[pa.Table]:
        """Yield a table some rows at a time."""
        for part in self._parts(name):
            with pq.ParquetFile(part) as file:
                for batch in file.iter_batches(rows):
                    yield pa.Table.from_batches([batch])

    def of_titles(self, name: str, title_ids: pa.Array) -> pa.Table:
        """The rows of some titles; all other rows are in memory a part at a time."""
        pieces = []
        for part in self._parts(name):
            table = pq.read_table(part)
            pieces.append(table.filter(pc.is_in(table["title_id"], value_set=title_ids)))
        return pa.concat_tables(pieces).combine_chunks()

    def _parts(self, name: str) -> list[Path]:
        path = self.folder / f"{name}.parquet"
        if path.is_dir():
            return sorted(path.glob("*.parquet"))
        return [path] if path.exists() else []
