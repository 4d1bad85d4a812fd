"""A local folder as an object store.

Reading and listing are obstore's. Writing is done here, because obstore makes an object visible
before its bytes are on the disk: after a power cut a commit could stand whole in the listing and
empty on the disk. Here a file and its folder are flushed before the name is given.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from obstore.store import LocalStore

from reelhouse.errors import StoreError
from reelhouse.storage.objects import PART_BYTES, Listed, Objects, check_key, one_line

# obstore's own temporary names have this form, and its listing hides them.
_TEMPORARY = re.compile(r"#\d+$")


class LocalFolder(Objects):
    """Objects as files under a root folder; symbolic links below it are refused.

    Parameters
    ----------
    root
        An existing folder.
    """

    # That of two hard links of one name one fails is the kernel's promise, and flushing is slow.
    _probe_rounds = 1

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        try:
            super().__init__(LocalStore(self.root), str(root))
        except Exception as error:
            raise StoreError(f"store {root} cannot be opened: {one_line(error)}") from error

    def __reduce__(self) -> str | tuple[Any, ...]:
        return (LocalFolder, (Path(self.uri),))

    def get(self, key: str) -> bytes:
        """Return an object's bytes; `ObjectMissingError` when there is none."""
        self._path(key)
        return super().get(key)

    def fetch(self, key: str, target: Path) -> None:
        """Copy an object into the file `target`, streaming; the file appears when complete."""
        self._path(key)
        super().fetch(key, target)

    def exists(self, key: str) -> bool:
        """Say whether the store holds the object."""
        self._path(key)
        return super().exists(key)

    def list(self, prefix: str = "") -> Sequence[Listed]:
        """Return the objects under a prefix of whole segments, sorted by key."""
        if prefix:
            self._path(prefix.rstrip("/"))
        found = super().list(prefix)
        for folder in {entry.key.rpartition("/")[0] for entry in found}:
            if folder:
                self._path(folder)
        for entry in found:
            self._refuse_link(self.root / entry.key)
        return found

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object, replacing it; a file is streamed. On return it is durable."""
        self._write(key, content, os.replace)

    def create(self, key: str, content: bytes) -> None:
        """Write an object that must not exist yet; of several writers one succeeds.

        Raises
        ------
        ObjectExistsError
            When there is one.
        StoreError
            When the folder cannot be written.
        """
        self._write(key, content, self._link)

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none. On return it is durable."""
        path = self._path(key)
        # Missing already, or its folder is: another housekeeping was faster.
        with self._writing(key), suppress(FileNotFoundError):
            path.unlink()
            _flush_folder(path.parent)

    def leftovers(self, prefix: str, *, older_than: float) -> Iterator[Path]:
        """Yield temporary files that killed writers left behind.

        Parameters
        ----------
        prefix
            Folder of the store to look into; empty means all of it.
        older_than
            Age in seconds below which a file may still be written to.
        """
        limit = time.time() - older_than
        for folder, _, names in os.walk(self._path(prefix) if prefix else self.root):
            for name in names:
                path = Path(folder, name)
                if _TEMPORARY.search(name) and path.lstat().st_mtime < limit:
                    yield path

    def remove_empty_folders(self, prefix: str) -> None:
        """Remove the folders at and below a prefix that hold nothing; a bucket has no folders."""
        for folder, _, _ in os.walk(self._path(prefix), topdown=False):
            # Not empty, or gone already.
            with suppress(OSError):
                Path(folder).rmdir()

    def _path(self, key: str) -> Path:
        """Return the file of a key, or of a prefix, having refused links on the way."""
        path = self.root
        for part in check_key(key).split("/"):
            path = path / part
            self._refuse_link(path)
        return path

    def _refuse_link(self, path: Path) -> None:
        if path.is_symlink():
            raise StoreError(
                f"{self.uri}: {path.relative_to(self.root)} is a symbolic link, "
                f"required is a file or folder of the store's own"
            )

    def _link(self, temporary: Path, path: Path) -> None:
        # A hard link fails when the name is taken, also between processes; a rename does not.
        try:
            os.link(temporary, path)
        except FileExistsError:
            self._refuse_existing(path.relative_to(self.root).as_posix())

    def _write(self, key: str, content: bytes | Path, place: Callable[[Path, Path], None]) -> None:
        path = self._path(key)
        temporary = path.with_name(f"{path.name}#{secrets.randbelow(10**12)}")
        with self._writing(key):
            self._make_folders(path.parent)
            try:
                _write_flushed(temporary, content)
                place(temporary, path)
                _flush_folder(path.parent)
            finally:
                temporary.unlink(missing_ok=True)

    def _make_folders(self, folder: Path) -> None:
        missing = []
        while folder != self.root and not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _flush_folder(new.parent)


def _write_flushed(path: Path, content: bytes | Path) -> None:
    with path.open("xb") as file:
        if isinstance(content, Path):
            with content.open("rb") as source:
                shutil.copyfileobj(source, file, PART_BYTES)
        else:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
