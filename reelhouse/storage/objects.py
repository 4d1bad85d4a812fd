"""Objects by key over obstore: what a folder, a bucket and memory have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError

from reelhouse.errors import StoreError
from reelhouse.redaction import public_cause, redacted
from reelhouse.uris import leads_out

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ObjectStore

_T = TypeVar("_T")

#: Bytes of one part of a large upload or download; two parts are in flight per file.
PART_BYTES = 8 * 1024 * 1024
_PARTS_IN_FLIGHT = 2

#: What begins the name of the object that a store is tried with.
PROBE = ".reelhouse-probe-"

#: What ends the name of a local file that is still being written.
PARTIAL = ".partial"

#: What a browser must be told of a file that it reads from a store; it takes no style sheet else.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}

# '#' begins the temporary names of obstore, which its listing hides; the rest cannot be written
# on every store.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\#]")


def _attributes(key: str) -> Attributes | None:
    media_type = _MEDIA_TYPES.get(PurePosixPath(key).suffix)
    return None if media_type is None else {"Content-Type": media_type}


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
        When the key is empty or absolute, has an empty, `.` or `..` segment (encoded ones too), or
        holds a backslash, `#` or a control character.

    Examples
    --------
    >>> check_key("runs/a/titles.parquet")
    'runs/a/titles.parquet'
    """
    parts = key.split("/")
    if _FORBIDDEN.search(key) or any(part in ("", ".", "..") for part in parts) or leads_out(key):
        raise StoreError(
            f"object key {key!r} is refused: required are non-empty segments other than . and .. "
            f"joined by /, without backslash, # and control characters"
        )
    return key


def one_line(error: BaseException) -> str:
    """Return the first line of an error: obstore appends a dump of its internals."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return redacted((str(error).strip().splitlines() or [type(error).__name__])[0])


class Objects:
    """A flat space of objects, each written whole or not at all.

    Parameters
    ----------
    objects
        The obstore store that does the work.
    uri
        How messages name the store; free of credentials.
    """

    #: Objects that eight writers at once try to create before a store is written to.
    _probe_rounds = 5

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
            checked = check_key(key)
            return self._tried(lambda: bytes(obstore.get(self._objects, checked).bytes()))

    def fetch(self, key: str, target: Path) -> None:
        """Copy an object into the file `target`, streaming; the file appears when complete."""
        with self._reading(key):
            checked = check_key(key)
            self._tried(lambda: self._fetch(checked, target))

    def exists(self, key: str) -> bool:
        """Say whether the store holds the object."""
        try:
            with self._reading(key):
                checked = check_key(key)
                self._tried(lambda: obstore.head(self._objects, checked))
        except ObjectMissingError:
            return False
        return True

    def list(self, prefix: str = "") -> Sequence[Listed]:
        """Return the objects under a prefix of whole segments, sorted by key."""
        if prefix:
            check_key(prefix.rstrip("/"))
        with self._reading(prefix or "the whole store"):
            found = self._tried(
                lambda: obstore.list(self._objects, prefix or None, chunk_size=1000).collect()
            )
        return sorted(
            Listed(entry["path"], entry["size"], entry["last_modified"]) for entry in found
        )

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object, replacing it; a file is streamed. On return it is durable."""
        with self._writing(key):
            checked = check_key(key)
            self._tried(
                lambda: obstore.put(
                    self._objects,
                    checked,
                    content,
                    attributes=_attributes(checked),
                    chunk_size=PART_BYTES,
                    max_concurrency=_PARTS_IN_FLIGHT,
                )
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
            checked = check_key(key)
            try:
                self._tried(lambda: obstore.put(self._objects, checked, content, mode="create"))
            except AlreadyExistsError:
                self._refuse_existing(key)

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        with self._writing(key), suppress(FileNotFoundError):
            checked = check_key(key)
            self._tried(lambda: obstore.delete(self._objects, checked))

    def require_writable(self) -> None:
        """Check by writing that the store takes objects and honours create-if-absent.

        Raises
        ------
        StoreError
            When it is read-only, replaces an object that was to be created, or lets several
            writers at once create it.
        """
        from reelhouse.storage.probe import require_create_once

        require_create_once(self, rounds=self._probe_rounds)

    def _tried(self, act: Callable[[], _T]) -> _T:
        """Do what talks to the store; where connections break, more than once.

        `act` may have been done already when it is done again: every operation of this class
        bears that, `create` by its own warning.
        """
        return act()

    def _fetch(self, key: str, target: Path) -> None:
        partial = target.with_name(target.name + PARTIAL)
        chunks = obstore.get(self._objects, key).stream(min_chunk_size=PART_BYTES)
        try:
            with partial.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _refuse_existing(self, key: str) -> NoReturn:
        raise ObjectExistsError(f"{self.uri} already holds {key}") from None

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise ObjectMissingError(f"{self.uri} holds no {key}") from None
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(f"{self.uri}: cannot read {key}: {one_line(error)}") from public_cause(
                error
            )

    @contextmanager
    def _writing(self, key: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(
                f"{self.uri}: cannot write {key}: {one_line(error)}"
            ) from public_cause(error)
