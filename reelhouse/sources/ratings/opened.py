"""Open an input of ratings: a file, a folder or an archive becomes a sequence of texts."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from reelhouse.sources.content import HEAD_BYTES, compression_of
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.location import open_location, unreadable
from reelhouse.sources.opening import BoundedStream, HashedStream, copied
from reelhouse.sources.ratings.choosing import choose
from reelhouse.sources.ratings.chunks import Entry
from reelhouse.sources.ratings.packed import open_zip, refuse_many, tar_entries
from reelhouse.uris import public_uri

_BLOCK = 1024 * 1024
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
#: Bytes of text per compressed byte, as ratings go.
_USUAL_RATIO = 4


@dataclass
class OpenedRatings:
    """Texts of an input, to be read in order.

    Attributes
    ----------
    uri : str
        Where it was opened, without credentials.
    n_text_bytes : int
        About how many bytes all texts have.
    entries : iterator of Entry
    stored : list of (name, digest, bytes)
        Of every stored file that was read so far; complete when the entries are.
    """

    uri: str
    n_text_bytes: int
    entries: Iterator[Entry]
    stored: list[_Stored] = field(default_factory=list)

    def digest(self) -> tuple[str, int]:
        """Give sha256 and size of what is stored; call it when all entries were read.

        Of several files it is the sha256 of the lines that `sha256sum` prints for them.
        """
        for file in self.stored:
            file.finish()
        n_bytes = sum(file.n_bytes() for file in self.stored)
        if len(self.stored) == 1:
            return self.stored[0].hexdigest(), n_bytes
        lines = "".join(f"{file.hexdigest()}  {file.name}\n" for file in self.stored)
        return hashlib.sha256(lines.encode()).hexdigest(), n_bytes


@dataclass(frozen=True)
class _Stored:
    """A stored file: how to learn its digest and size once it was read."""

    name: str
    hexdigest: Callable[[], str]
    n_bytes: Callable[[], int]
    finish: Callable[[], None]


def _nothing_left() -> None:
    """All that is stored was read."""


@contextmanager
def open_ratings(uri: str, scratch: Path, limits: ReadLimits) -> Iterator[OpenedRatings]:
    """Open a path or URI.

    Parameters
    ----------
    uri : str
        A file (plain, gzip, zip, tar or tar.gz) anywhere, or a local folder.
    scratch : Path
        Folder for the copy that a zip needs.
    limits : ReadLimits

    Raises
    ------
    SourceError
        It cannot be opened, or holds nothing that may be ratings.
    """
    local = _local_path(uri)
    with ExitStack() as stack:
        if local is not None and local.is_dir():
            yield _open_folder(local, stack, scratch, limits)
        else:
            yield _open_file(uri, stack, scratch, limits)


def _local_path(uri: str) -> Path | None:
    """The path of a local file or folder; None for other URIs."""
    if uri.startswith("file://"):
        return Path(unquote(urlsplit(uri).path))
    return Path(uri) if uri and "://" not in uri else None


def _open_folder(
    folder: Path, stack: ExitStack, scratch: Path, limits: ReadLimits
) -> OpenedRatings:
    # Two levels: downloads have a folder of their own, and mv_*.txt another one.
    patterns = ("*", "*/*", "*/*/*")
    found = (path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    names = choose((path.relative_to(folder).as_posix() for path in found), str(folder))
    refuse_many(len(names), str(folder), limits)
    paths = [folder / name for name in names]
    if len(paths) == 1:  # It may be an archive.
        return _open_file(str(paths[0]), stack, scratch, limits)
    opened = OpenedRatings(str(folder), sum(map(_text_size, paths)), iter(()))
    opened.entries = _folder_entries(names, paths, opened, limits)
    return opened


def _folder_entries(
    names: list[str], paths: list[Path], opened: OpenedRatings, limits: ReadLimits
) -> Iterator[Entry]:
    for name, path in zip(names, paths, strict=True):
        with ExitStack() as stack:
            if _is_gzip(path):
                raw = cast(BinaryIO, stack.enter_context(path.open("rb", buffering=0)))
                stored = HashedStream(raw, str(path))
                text = _unzipped(io.BufferedReader(stored, _BLOCK), stored, str(path), limits)
                digest = _of_stream(name, stored)
                opened.stored.append(replace(digest, finish=_nothing_left))
                yield Entry(str(path), text, None)
                digest.finish()  # Now: the file is closed before the next one is read.
            else:
                yield _plain_entry(path, name, stack, opened)


def _open_file(uri: str, stack: ExitStack, scratch: Path, limits: ReadLimits) -> OpenedRatings:
    name = public_uri(uri)
    stored = HashedStream(stack.enter_context(open_location(uri)), uri)
    buffered = io.BufferedReader(stored, _BLOCK)
    kind = compression_of(buffered.peek(HEAD_BYTES))
    local = _local_path(uri)
    n_stored = local.stat().st_size if local is not None else 0
    opened = OpenedRatings(name, n_stored, iter(()))
    if kind == "zip":
        opened.stored.append(_of_stream(name, stored))
        archive = stack.enter_context(copied(buffered, name, scratch, limits))
        opened.n_text_bytes, opened.entries = open_zip(archive, name, limits)
        return opened
    if kind == "gzip":
        text = _unzipped(buffered, stored, name, limits)
        opened.n_text_bytes *= _USUAL_RATIO
    else:
        text = _bounded(cast(BinaryIO, buffered), stored, name, limits)
    is_tar = text.peek(HEAD_BYTES)[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC)
    if kind is None and not is_tar and local is not None:
        opened.entries = iter([_plain_entry(local, name, stack, opened)])
        return opened
    opened.stored.append(_of_stream(name, stored))
    opened.entries = tar_entries(text, name, limits) if is_tar else iter([Entry(name, text, None)])
    return opened


def _plain_entry(path: Path, name: str, stack: ExitStack, opened: OpenedRatings) -> Entry:
    """A text that is stored as it is: hashed by whoever reads it, beside the parsing."""
    try:
        file = stack.enter_context(path.open("rb", buffering=0))
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(str(path), error) from error
    digest = hashlib.sha256()
    opened.stored.append(_Stored(name, digest.hexdigest, lambda: size, _nothing_left))
    return Entry(str(path), file, digest)


def _of_stream(name: str, stored: HashedStream) -> _Stored:
    def finish() -> None:
        while stored.read(_BLOCK):
            pass

    return _Stored(name, stored.sha256, lambda: stored.n_bytes, finish)


def _unzipped(
    buffered: Any, stored: HashedStream, name: str, limits: ReadLimits
) -> io.BufferedReader[BoundedStream]:
    return _bounded(cast(BinaryIO, gzip.GzipFile(fileobj=buffered)), stored, name, limits)


def _bounded(
    source: BinaryIO, stored: HashedStream, name: str, limits: ReadLimits
) -> io.BufferedReader[BoundedStream]:
    return io.BufferedReader(BoundedStream(source, name, limits, lambda: stored.n_bytes), _BLOCK)


def _is_gzip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return compression_of(file.read(HEAD_BYTES)) == "gzip"
    except OSError as error:
        raise unreadable(str(path), error) from error


def _text_size(path: Path) -> int:
    """About how many bytes of text a file holds."""
    return path.stat().st_size * (_USUAL_RATIO if path.suffix == ".gz" else 1)
