"""Finding the explorer page of a version: where it stands, or fetched from a bucket first."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from reelhouse.errors import ReportError
from reelhouse.report.shell import INDEX, REPORT
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.manifest import FileEntry
from reelhouse.storage.version import Version

#: Fetched pages that are kept of a store; older ones are removed.
MOST_KEPT = 5


def page_of(version: Version, cache: Path | None = None) -> Path:
    """Path of a version's `index.html` on this machine, every file of the page verified.

    The page of a local store is opened where it stands; that of a bucket is fetched into a cache,
    and only what is not there already.

    Parameters
    ----------
    version : Version
    cache : Path or None
        Where fetched pages are kept; `reelhouse` in the user's cache folder by default.

    Raises
    ------
    ReportError
        When the version has no page.
    DamagedFileError
        When a file of it is missing or differs from the manifest.
    """
    entries = [one for one in version.manifest.files if one.path.startswith(f"{REPORT}/")]
    if not any(one.path == f"{REPORT}/{INDEX}" for one in entries):
        raise ReportError(
            f"version {version.number} of {version.manifest.collection} in {version.store.uri} "
            "has no explorer page; it was published without one"
        )
    if isinstance(version.store, LocalFolder):
        for entry in entries:
            version.read_bytes(entry.path)
        return version.store.root / version.object_key(f"{REPORT}/{INDEX}")
    return _fetched(version, entries, cache or user_cache()) / REPORT / INDEX


def user_cache() -> Path:
    """The folder of the user's cache, as the XDG base directories say."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "reelhouse"


def _fetched(version: Version, entries: list[FileEntry], cache: Path) -> Path:
    of_store = cache / hashlib.sha256(version.store.uri.encode()).hexdigest()[:16]
    folder = of_store / version.manifest.collection / version.manifest.run_id
    # What was fetched is for its owner's eyes, like what it was fetched from.
    of_store.mkdir(parents=True, exist_ok=True, mode=0o700)
    for entry in entries:
        target = folder / entry.path
        if not _is_there(entry, target):
            version.fetch_file(entry, target)
    folder.touch()
    _keep_newest(folder.parent)
    return folder


def _is_there(entry: FileEntry, path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != entry.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256


def _keep_newest(folder: Path) -> None:
    pages = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for page in pages[MOST_KEPT:]:
        shutil.rmtree(page, ignore_errors=True)
