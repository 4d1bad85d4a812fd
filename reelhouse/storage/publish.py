"""Publishing a run: every file, then the manifest, then the commit; all or nothing.

Nothing here deletes what a failed run wrote. Where an outcome is unknown the commit may have
landed, and then the files are a version.
"""

from __future__ import annotations

import hashlib
import logging
import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from reelhouse.errors import StoreError
from reelhouse.settings import Settings
from reelhouse.storage.commits import Commit, CommitLog, manifest_path
from reelhouse.storage.manifest import FileEntry, Name, RunManifest, Sha256
from reelhouse.storage.objects import PARTIAL
from reelhouse.storage.store import ObjectMissingError, Store, check_key
from reelhouse.storage.version import Version

logger = logging.getLogger(__name__)

#: Called after each file with its entry, the files done and the files in all.
OnFile = Callable[[FileEntry, int, int], None]

_THREADS = 8


class RunReference(Settings):
    """A run that is whole in the store and not yet committed."""

    collection: Name
    """Line of versions that it is for."""

    run_id: Name
    """Name of the run's folder."""

    manifest: str
    """Path of its manifest below the collection."""

    manifest_sha256: Sha256
    """Digest of its manifest."""

    commit_id: str
    """Drawn here, so that committing the same reference twice makes one version."""


def publish(
    store: Store,
    collection: str,
    staged: Path,
    manifest: RunManifest,
    expected_parent: int | None,
    on_file: OnFile | None = None,
) -> Version:
    """Upload a run and commit it; see `upload_run` and `commit_run`."""
    CommitLog(store, collection).require_head(expected_parent)
    reference = upload_run(store, collection, staged, manifest, on_file=on_file)
    return commit_run(store, reference, expected_parent)


def upload_run(
    store: Store,
    collection: str,
    staged: Path,
    manifest: RunManifest,
    *,
    on_file: OnFile | None = None,
) -> RunReference:
    """Write every staged file and the manifest under the run; readers see nothing of it yet.

    May be called again after any failure: the same content is written to the same keys.

    Parameters
    ----------
    store
        Where to write.
    collection
        Line of versions that the run belongs to.
    staged
        Folder with the run's files; it is not changed.
    manifest
        Everything but `files`, which is filled in here.
    on_file
        Called in this thread after each file.

    Raises
    ------
    StoreError
        When the staged folder holds nothing, a link or a half-written file; when a file cannot be
        written; when the run id is already used for other content.
    """
    if manifest.collection != collection:
        raise StoreError(f"the manifest is for {manifest.collection}, required is {collection}")
    files = _staged_files(staged)
    with ThreadPoolExecutor(_THREADS) as pool:
        entries = list(pool.map(lambda path: _entry(staged, path), files))
    content = manifest.model_copy(update={"files": entries}).to_json()
    folder = f"{collection}/runs/{manifest.run_id}"
    if not _complete(store, folder, content):
        _upload(store, folder, staged, entries, on_file)
        _require_landed(store, folder, entries)
        store.put(f"{folder}/manifest.json", content)
    return RunReference(
        collection=collection,
        run_id=manifest.run_id,
        manifest=manifest_path(manifest.run_id),
        manifest_sha256=hashlib.sha256(content).hexdigest(),
        commit_id=uuid.uuid4().hex,
    )


def commit_run(store: Store, reference: RunReference, expected_parent: int | None) -> Version:
    """Make an uploaded run the version in force. Not to be retried by a scheduler.

    Raises
    ------
    CommitConflictError
        When the log has moved away from `expected_parent`; nothing is committed.
    StoreError
        When the commit failed or its outcome is unknown; the run's files stay.
    """
    log = CommitLog(store, reference.collection)
    commit = Commit(
        version=(expected_parent or 0) + 1,
        collection=reference.collection,
        commit_id=reference.commit_id,
        run_id=reference.run_id,
        manifest=reference.manifest,
        manifest_sha256=reference.manifest_sha256,
        parent=expected_parent,
        created_at=datetime.now(UTC),
    )
    log.append(commit)
    logger.info("%s: version %d is run %s", reference.collection, commit.version, commit.run_id)
    return log.version(commit.version)


def _staged_files(staged: Path) -> list[Path]:
    found = []
    for folder, subfolders, names in os.walk(staged):
        for name in subfolders + names:
            path = Path(folder, name)
            if path.is_symlink() or name.endswith(PARTIAL):
                problem = "a symbolic link" if path.is_symlink() else "half-written"
                raise StoreError(f"{path} is {problem}, required are whole files and folders")
            if name in names:
                found.append(path)
    if not found:
        raise StoreError(f"{staged} holds no file to publish")
    if staged / "manifest.json" in found:
        raise StoreError(f"{staged} holds a manifest.json, publishing writes its own")
    return sorted(found)


def _entry(staged: Path, path: Path) -> FileEntry:
    name = check_key(path.relative_to(staged).as_posix())
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileEntry(path=name, size=path.stat().st_size, sha256=digest, rows=_rows(path))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error


def _rows(path: Path) -> int | None:
    if path.suffix != ".parquet":
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except pa.ArrowException as error:
        raise StoreError(f"{path} is no Parquet file: {error}") from error


def _complete(store: Store, folder: str, content: bytes) -> bool:
    """Say whether the run stands whole in the store; refuse one of other content."""
    try:
        present = store.get(f"{folder}/manifest.json")
    except ObjectMissingError:
        return False
    if present != content:
        # It may be committed: overwriting its files would damage a version.
        raise StoreError(f"{folder} in {store.uri} already holds another run, use a new run id")
    return True


def _upload(
    store: Store, folder: str, staged: Path, entries: list[FileEntry], on_file: OnFile | None
) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = {
            pool.submit(store.put, f"{folder}/{entry.path}", staged / entry.path): entry
            for entry in entries
        }
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                future.result()
                if on_file is not None:
                    on_file(waiting[future], done, len(entries))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _require_landed(store: Store, folder: str, entries: list[FileEntry]) -> None:
    """Check by one listing that every file is there in full before anything points at it."""
    present = {listed.key: listed.size for listed in store.list(folder)}
    for entry in entries:
        size = present.get(f"{folder}/{entry.path}")
        if size != entry.size:
            raise StoreError(
                f"{folder}/{entry.path} in {store.uri} has {size or 'no'} bytes after writing, "
                f"required are {entry.size}; nothing was committed"
            )
