"""Reading a whole version to find what is damaged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from reelhouse.errors import DamagedFileError
from reelhouse.scratch import scratch_folder
from reelhouse.storage.manifest import FileEntry
from reelhouse.storage.version import Version

_THREADS = 4


@dataclass(frozen=True)
class Damage:
    """One damaged file.

    Parameters
    ----------
    path
        The file, below the run.
    problem
        What is wrong, in words.
    """

    path: str
    problem: str


def verify(version: Version) -> list[Damage]:
    """Read every file of a version; none is held in memory as a whole.

    Returns
    -------
    list of Damage
        One for each file that is missing, differs from its sha256 or cannot be decoded, in the
        manifest's order; empty when all is well.

    Raises
    ------
    StoreError
        When the store cannot be reached, which says nothing about the files.
    """
    with scratch_folder("verify") as folder:
        numbered = list(enumerate(version.manifest.files))
        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(lambda item: _check(version, item[1], folder / str(item[0])), numbered)
            return [damage for damage in found if damage is not None]


def _check(version: Version, entry: FileEntry, target: Path) -> Damage | None:
    try:
        version.fetch_file(entry, target)
        problem = _parquet_problem(entry, target) if entry.path.endswith(".parquet") else None
    except DamagedFileError as error:
        problem = str(error)
    target.unlink(missing_ok=True)
    return Damage(entry.path, problem) if problem else None


def _parquet_problem(entry: FileEntry, path: Path) -> str | None:
    """Decode a Parquet file: bytes may be as published and still not have been sound."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            rows = sum(batch.num_rows for batch in file.iter_batches())
    except (pa.ArrowException, OSError) as error:
        return f"{entry.path} cannot be decoded: {(str(error).splitlines() or ['?'])[0]}"
    if entry.rows is not None and rows != entry.rows:
        return f"{entry.path} has {rows} rows, the manifest says {entry.rows}"
    return None
