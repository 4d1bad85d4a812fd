"""Objects by key over obstore: what a folder, a bucket and memory have in common."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError

from reelhouse.errors import StoreError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

logger = logging.getLogger(__name__)

#: Bytes of one part of a large upload or download; two parts are in flight per file.
PART_BYTES = 8 * 1024 * 1024
_PARTS_IN_FLIGHT = 2

#: What begins the name of the object that a store is tried with.
PROBE = ".reelhouse-probe-"

#: What ends the name of a local file that is still being written.
PARTIAL = ".partial"

# '#' begins the temporary names of obstore, which its listing hides; the rest cannot be written
# on every store.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\#]")


class ObjectMissingError(StoreError):
    """The store holds no object with this key."""


class ObjectExistsError(StoreError):
    """The store already holds an object with the key that was to be created."""


class Listed(NamedTuple):
    """One object of a listing; size in bytes, time of the last change by the store's clock."""

    key: str
    size: int
    modified: datetime


def check_key(key: str) -> str:
    """Return `key` when it is a relative path that means the same on every store.

    Raises
    ------
    StoreError
        When the key is empty or absolute, has an empty, `.` or `..` segment, or holds a
        backslash, `#` or a control character.

    Examples
    --------
    >>> check_key("runs/a/titles.parquet")
    'runs/a/titles.parquet'
    """
    if _FORBIDDEN.search(key) or any(part in ("", ".", "..") for part in key.split("/")):
        raise StoreError(
            f"object key {key!r} is refused: required are non-empty segments other than . and .. "
            f"joined by /, without backslash, # and control characters"
        )
    return key


def one_line(error: BaseException) -> str:
    """Return the first line of an error: obstore appends a dump of its internals."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class Objects:
    """A flat space of objects, each written whole or not at all.

    Parameters
    ----------
    objects
        The obstore store that does the work.
    uri
        How messages name the store; free of credentials.
    """

    def __init__(self, objects: ObjectStore, uri: str) -> None:
        self._objects = objects
        self.uri = uri

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        # obstore's own state holds the secret key; what may travel travels as a URI.
        raise TypeError(f"{self!r} cannot be sent to another process")

    def get(self, key: str) -> bytes:
        """Return an object's bytes; `ObjectMissingError` when there is none."""
        with self._reading(key):
            return bytes(obstore.get(self._objects, check_key(key)).bytes())

    def fetch(self, key: str, target: Path) -> None:
        """Copy an object into the file `target`, streaming; the file appears when complete."""
        partial = target.with_name(target.name + PARTIAL)
        with self._reading(key):
            chunks = obstore.get(self._objects, check_key(key)).stream(min_chunk_size=PART_BYTES)
            try:
                with partial.open("wb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        """Say whether the store holds the object."""
        try:
            with self._reading(key):
                obstore.head(self._objects, check_key(key))
        except ObjectMissingError:
            return False
        return True

    def list(self, prefix: str = "") -> Sequence[Listed]:
        """Return the objects under a prefix of whole segments, sorted by key."""
        if prefix:
            check_key(prefix.rstrip("/"))
        with self._reading(prefix or "the whole store"):
            found = obstore.list(self._objects, prefix or None, chunk_size=1000).collect()
        return sorted(
            Listed(entry["path"], entry["size"], entry["last_modified"]) for entry in found
        )

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object, replacing it; a file is streamed. On return it is durable."""
        with self._writing(key):
            obstore.put(
                self._objects,
                check_key(key),
                content,
                chunk_size=PART_BYTES,
                max_concurrency=_PARTS_IN_FLIGHT,
            )

    def create(self, key: str, content: bytes) -> None:
        """Write an object that must not exist yet; of several writers one succeeds.

        Raises
        ------
        ObjectExistsError
            When there is one. It may be this very call's: a lost reply makes the client try
            again, so read it back before believing it.
        StoreError
            When the outcome is a failure or unknown.
        """
        with self._writing(key):
            try:
                obstore.put(self._objects, check_key(key), content, mode="create")
            except AlreadyExistsError:
                self._refuse_existing(key)

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        with self._writing(key), suppress(FileNotFoundError):
            obstore.delete(self._objects, check_key(key))

    def require_writable(self) -> None:
        """Check by writing that the store takes objects and honours create-if-absent.

        Raises
        ------
        StoreError
            When it is read-only, or replaces an object that was to be created.
        """
        key = f"{PROBE}{secrets.token_hex(8)}"
        # The name is random: an object that exists is this call's own, its reply was lost.
        with suppress(ObjectExistsError):
            self.create(key, b"probe")
        try:
            self.create(key, b"probe")
        except ObjectExistsError:
            return
        finally:
            self._delete_probe(key)
        raise StoreError(
            f"{self.uri} replaces an object that was to be created only if absent, "
            f"so two writers could lose a version: a store that honours If-None-Match is required"
        )

    def _delete_probe(self, key: str) -> None:
        try:
            self.delete(key)
        except StoreError as error:
            # A key that may write and not delete is enough to publish.
            logger.warning("the probe object stays behind: %s", error)

    def _refuse_existing(self, key: str) -> NoReturn:
        raise ObjectExistsError(f"{self.uri} already holds {key}") from None

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise ObjectMissingError(f"{self.uri} holds no {key}") from None
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(f"{self.uri}: cannot read {key}: {one_line(error)}") from error

    @contextmanager
    def _writing(self, key: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(f"{self.uri}: cannot write {key}: {one_line(error)}") from error
