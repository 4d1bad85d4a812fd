"""One committed publication, read with every byte checked."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelhouse.errors import DamagedFileError, StoreError
from reelhouse.storage.manifest import FileEntry, RunManifest
from reelhouse.storage.store import ObjectMissingError, Store

if TYPE_CHECKING:
    import pyarrow as pa

    from reelhouse.storage.commits import Commit


@dataclass(frozen=True)
class Version:
    """What a commit points at.

    Parameters
    ----------
    number
        Number of the version, from 1.
    commit
        Its commit object.
    manifest
        The manifest of its run, verified against the commit.
    store
        Where it stands.
    """

    number: int
    commit: Commit
    manifest: RunManifest
    store: Store

    def object_key(self, path: str) -> str:
        """Return the store's key of a file of this version."""
        return f"{self.manifest.collection}/runs/{self.manifest.run_id}/{path}"

    def entry(self, path: str) -> FileEntry:
        """Return what the manifest says of a file; `StoreError` when it has none."""
        for entry in self.manifest.files:
            if entry.path == path:
                return entry
        raise StoreError(f"{self._where()} has no {path}")

    def has(self, name: str) -> bool:
        """Say whether the version holds a table, a file or a folder of this name."""
        return bool(self._parts(name)) or any(
            entry.path == name or entry.path.startswith(f"{name}/") for entry in self.manifest.files
        )

    def read_bytes(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises
        ------
        DamagedFileError
            When the file is missing or differs from the manifest.
        StoreError
            When the version has no such file or the store cannot be read.
        """
        entry = self.entry(path)
        try:
            content = self.store.get(self.object_key(path))
        except ObjectMissingError:
            raise self._missing(path) from None
        self._check(entry, len(content), hashlib.sha256(content).hexdigest())
        return content

    def iter_tables(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield a table part by part, in order: one part is in memory at a time.

        Parameters
        ----------
        name
            `titles` means the file titles.parquet, or the folder of that name with part files.
        columns
            Columns to read; all by default.

        Raises
        ------
        DamagedFileError
            When a file is missing, differs from the manifest, or is no Parquet.
        StoreError
            When the version has no such table or column.
        """
        parts = self._parts(name)
        if not parts:
            raise StoreError(f"{self._where()} has no table {name}")
        for entry in parts:
            yield self._read_part(entry, columns)

    def read_table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a whole table; see `iter_tables` for the arguments and errors."""
        import pyarrow as pa

        return pa.concat_tables(self.iter_tables(name, columns))

    def rows_of(self, name: str, column: str, value: str | int) -> pa.Table:
        """Return the rows of one key of a table that is sorted by it.

        Where the manifest's results name the `first` key of each part, only the part that may hold
        the key is read; of a part only the row groups that may hold it are decoded.

        Parameters
        ----------
        name
            As for `iter_tables`.
        column
            The column that the table is sorted by.
        value
            What stands there.

        Raises
        ------
        DamagedFileError, StoreError
            As `iter_tables`.
        """
        import pyarrow as pa

        parts = self._parts(name)
        if not parts:
            raise StoreError(f"{self._where()} has no table {name}")
        first = (self.manifest.results.get(name) or {}).get("first") or []
        if len(first) == len(parts):
            parts = [parts[max(bisect_right(first, value) - 1, 0)]]
        return pa.concat_tables(self._rows_of(entry, column, value) for entry in parts)

    def fetch(self, prefix: str, folder: Path) -> list[Path]:
        """Copy a file, or all files of a folder, to a local folder, verified.

        Parameters
        ----------
        prefix
            A file (`report/index.html`) or a folder (`report`); empty means everything.
        folder
            Where to put them, under the same paths.

        Returns
        -------
        list of Path
            The files that were written, in the manifest's order.
        """
        wanted = [
            entry
            for entry in self.manifest.files
            if not prefix or entry.path == prefix or entry.path.startswith(f"{prefix}/")
        ]
        if not wanted:
            raise StoreError(f"{self._where()} has no {prefix or 'files'}")
        return [self.fetch_file(entry, folder / entry.path) for entry in wanted]

    def fetch_file(self, entry: FileEntry, target: Path) -> Path:
        """Copy one file to `target`, verified; a damaged one leaves nothing behind."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.store.fetch(self.object_key(entry.path), target)
        except ObjectMissingError:
            raise self._missing(entry.path) from None
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            self._check(entry, target.stat().st_size, digest)
        except DamagedFileError:
            target.unlink()
            raise
        return target

    def _parts(self, name: str) -> list[FileEntry]:
        single, folder = f"{name}.parquet", f"{name}.parquet/"
        found = [
            entry
            for entry in self.manifest.files
            if entry.path == single
            or (entry.path.startswith(folder) and entry.path.endswith(".parquet"))
        ]
        return sorted(found, key=lambda entry: entry.path)

    def _read_part(self, entry: FileEntry, columns: Sequence[str] | None) -> pa.Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        source = pa.BufferReader(_held_by_arrow(self.read_bytes(entry.path)))
        wanted = None if columns is None else list(columns)
        try:
            file = pq.ParquetFile(source, page_checksum_verification=True)
            self._require_columns(entry.path, file.schema_arrow, wanted)
            return file.read(columns=wanted)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(entry.path, f"cannot be decoded: {_brief(error)}") from error

    def _rows_of(self, entry: FileEntry, column: str, value: str | int) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        source = pa.BufferReader(_held_by_arrow(self.read_bytes(entry.path)))
        try:
            file = pq.ParquetFile(source, page_checksum_verification=True)
            self._require_columns(entry.path, file.schema_arrow, [column])
            at = file.schema_arrow.get_field_index(column)
            groups = [
                number
                for number in range(file.num_row_groups)
                if _may_hold(file.metadata.row_group(number).column(at).statistics, value)
            ]
            rows = file.read_row_groups(groups)
            return rows.filter(pc.equal(rows[column], value))
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(entry.path, f"cannot be decoded: {_brief(error)}") from error

    def _require_columns(self, path: str, schema: pa.Schema, columns: list[str] | None) -> None:
        absent = [name for name in columns or [] if name not in schema.names]
        if absent:
            raise StoreError(
                f"{path} of {self._where()} has no column {', '.join(absent)}, "
                f"it has {', '.join(schema.names)}"
            )

    def _check(self, entry: FileEntry, size: int, digest: str) -> None:
        if size != entry.size:
            raise self._damaged(entry.path, f"has {size} bytes, the manifest says {entry.size}")
        if digest != entry.sha256:
            raise self._damaged(entry.path, "differs from the manifest's sha256")

    def _missing(self, path: str) -> StoreError:
        """What a missing file means: damage, or a version that is being retired as it is read."""
        from reelhouse.storage.retired import Retired, read_record

        manifest = self.manifest
        record = read_record(self.store, manifest.collection, manifest.run_id)
        if record is None:
            return self._damaged(path, "is missing")
        where = f"{manifest.collection} in {self.store.uri}"
        return Retired(self.number, self.commit, record, where).error()

    def _damaged(self, path: str, problem: str) -> DamagedFileError:
        return DamagedFileError(f"{path} of {self._where()} {problem}")

    def _where(self) -> str:
        return f"version {self.number} of {self.manifest.collection} in {self.store.uri}"


def _may_hold(statistics: Any, value: str | int) -> bool:
    """Say whether a row group may hold a value: one without statistics may hold any."""
    if statistics is None or not statistics.has_min_max:
        return True
    return bool(statistics.min <= value <= statistics.max)


def _held_by_arrow(content: bytes) -> pa.Buffer:
    """A copy in Arrow's own memory.

    Arrow's threads let go of what they decoded when they get to it. Where that is memory of
    Python's and the command has ended meanwhile, the whole process is aborted.
    """
    import pyarrow as pa

    held = pa.BufferOutputStream()
    held.write(content)
    return held.getvalue()


def _brief(error: Any) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
