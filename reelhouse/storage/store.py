"""The store that the rest of Reelhouse sees, and how one is opened from a URI."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from obstore.store import MemoryStore

from reelhouse.errors import StoreError
from reelhouse.storage.bucket import Bucket
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.objects import (
    Listed,
    ObjectExistsError,
    ObjectMissingError,
    Objects,
    check_key,
)
from reelhouse.uris import leads_out

_SCHEME = re.compile(r"[\w+.-]*://|(s3|file|memory):", re.I)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

__all__ = [
    "Listed",
    "ObjectExistsError",
    "ObjectMissingError",
    "Store",
    "check_key",
    "open_store",
]


class Store(Protocol):
    """Objects by key. Each is written whole or not at all; all errors are `StoreError`."""

    @property
    def uri(self) -> str:
        """How messages name the store; free of credentials."""

    def get(self, key: str) -> bytes:
        """Return an object's bytes; `ObjectMissingError` when there is none."""

    def fetch(self, key: str, target: Path) -> None:
        """Copy an object into the file `target`, streaming; the file appears when complete."""

    def exists(self, key: str) -> bool:
        """Say whether the store holds the object."""

    def list(self, prefix: str = "") -> Sequence[Listed]:
        """Return the objects under a prefix of whole segments, sorted by key."""

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object, replacing it; a file is streamed. On return it is durable."""

    def create(self, key: str, content: bytes) -> None:
        """Write an object that must not exist yet; `ObjectExistsError` when there is one."""

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""

    def require_writable(self) -> None:
        """Check by writing that the store takes objects and honours create-if-absent."""


def open_store(uri: str | Path, *, create: bool = False) -> Store:
    """Open a local folder, a bucket, or a new store in memory.

    Parameters
    ----------
    uri
        A path, `file:///path`, `s3://bucket/prefix` or `memory://`.
    create
        Make a local folder that is absent, provided that its parent exists. Buckets are never
        made.

    Raises
    ------
    StoreError
        When the store is absent, is no folder, cannot be reached, or the scheme is unknown.
    """
    text = str(uri)
    _refuse_unprintable(text)
    # Without the slashes too: s3:bucket is no folder that anybody means.
    found = _SCHEME.match(text)
    if text == "memory://":
        return Objects(MemoryStore(), text)
    if text.startswith("s3://"):
        return Bucket(text)
    is_uri = text.startswith("file://")
    if found and not is_uri:
        raise StoreError(
            f"a store that begins with {found[0][:20]!r} is not known, "
            f"required is a folder, file:///path or s3://bucket/prefix"
        )
    return LocalFolder(_folder(_path_of(text) if is_uri else _expanded(text), create=create))


def _refuse_unprintable(text: str) -> None:
    try:
        os.fsencode(text)
        refused = not text.strip() or _CONTROL.search(text)
    except UnicodeEncodeError:
        refused = True
    if refused:
        raise StoreError(f"store {text!r} is no path and no URI")


def _folder(path: Path, *, create: bool) -> Path:
    """Return the folder, made when asked for."""
    try:
        if create and not path.exists():
            _make(path)
        if not path.exists():
            raise StoreError(f"store {path} does not exist")
        if not path.is_dir():
            raise StoreError(f"store {path} is no folder")
    except OSError as error:
        raise StoreError(f"store {path} cannot be opened: {error.strerror}") from error
    return path


def _path_of(uri: str) -> Path:
    """Return the path of a file URI; a path without scheme may hold `..`, a URI may not."""
    parts = urlsplit(uri)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
        # The URI is not repeated: what it holds may be secret.
        raise StoreError(
            "the store's file URI holds a host, a query or a fragment, required is file:///path"
        )
    if leads_out(path.lstrip("/")) or not path.startswith("/") or _CONTROL.search(path):
        raise StoreError(f"store {uri!r} is refused, required is file:///path without ..")
    return Path(path)


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~somebody
        raise StoreError(f"store {text!r} is no path: {error}") from error


def _make(path: Path) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"store {path} cannot be made: its parent folder does not exist")
    path.mkdir(exist_ok=True)
