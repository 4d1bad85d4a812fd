"""Scratch folders that are gone afterwards, and those of killed processes.

Every scratch folder holds a file that its process keeps locked. The lock falls with the process,
however it ends, so a folder whose file can be locked is nobody's any more. A number of a process
would not do: numbers are used again, and mean nothing to another container.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: What begins the name of every scratch folder.
PREFIX = "reelhouse-"

_LOCK = ".in-use"

# Between making a folder and locking its file a process holds nothing.
_YOUNG_SECONDS = 600.0


@contextmanager
def scratch_folder(purpose: str = "") -> Iterator[Path]:
    """A new folder in the temporary directory (`TMPDIR`); it is removed at the end.

    Parameters
    ----------
    purpose
        A word for its name, so that one knows what it is when it is found.
    """
    root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{purpose}-" if purpose else PREFIX))
    descriptor = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
        os.close(descriptor)


@dataclass(frozen=True)
class Abandoned:
    """A scratch folder whose process is gone.

    Parameters
    ----------
    path
        The folder.
    size
        Bytes of the files in it.
    """

    path: Path
    size: int


def abandoned_folders(parent: Path | None = None) -> list[Abandoned]:
    """Find the scratch folders of this user whose process is gone.

    Parameters
    ----------
    parent
        Where to look; the temporary directory by default.

    Returns
    -------
    list of Abandoned
        By path. A folder without a lock file, a link, and what another user owns are none of ours.
    """
    found = []
    for path in sorted((parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*")):
        with _claimed(path) as ours:
            if ours:
                found.append(Abandoned(path, _size(path)))
    return found


def remove_abandoned(path: Path) -> bool:
    """Remove a scratch folder if its process is gone, and say whether it was removed."""
    with _claimed(path) as ours:
        if ours:
            shutil.rmtree(path, ignore_errors=True)
        return ours and not path.exists()


@contextmanager
def _claimed(path: Path) -> Iterator[bool]:
    """Hold the lock of a folder if nobody else does."""
    try:
        about = path.lstat()
        descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        yield (
            stat.S_ISDIR(about.st_mode)
            and about.st_uid == os.geteuid()
            and os.fstat(descriptor).st_mtime < time.time() - _YOUNG_SECONDS
            and _lock(descriptor)
        )
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _size(folder: Path) -> int:
    return sum(
        Path(parent, name).lstat().st_size
        for parent, _, names in os.walk(folder)
        for name in names
        if Path(parent, name).is_file()
    )
