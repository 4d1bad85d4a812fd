"""Texts of ratings inside zip and tar archives; nothing is ever extracted to a path."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from reelhouse.errors import SourceError
from reelhouse.sources.archives import refuse_escape
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.location import one_line
from reelhouse.sources.opening import BoundedStream
from reelhouse.sources.ratings.choosing import (
    choose,
    is_packed,
    kind_of,
    may_be_many,
    nothing_chosen,
)
from reelhouse.sources.ratings.chunks import Entry

_BLOCK = 1024 * 1024
_ENCRYPTED = 0x1


def open_zip(archive: BinaryIO, name: str, limits: ReadLimits) -> tuple[int, Iterator[Entry]]:
    """Open the ratings of a zip archive.

    Parameters
    ----------
    archive : BinaryIO
        The whole archive, seekable.
    name : str
        The archive, for messages.
    limits : ReadLimits

    Returns
    -------
    n_text_bytes : int
    entries : iterator of Entry
        In natural order of their names.

    Raises
    ------
    SourceError
        The archive is damaged or encrypted, holds unsafe names, or no ratings.
    """
    try:
        files = zipfile.ZipFile(archive)
    # zipfile answers damage with whatever its parsing runs into.
    except Exception as error:
        raise SourceError(
            f"{name} is a truncated or damaged zip archive: {one_line(error)}"
        ) from error
    infos = {info.filename: info for info in files.infolist() if not info.is_dir()}
    refuse_many(len(infos), name, limits)
    for info in infos.values():
        refuse_escape(info.orig_filename, name)
    # What is packed again inside a zip is not unpacked.
    plain = [entry for entry in infos if not is_packed(entry)]
    chosen = [infos[entry] for entry in choose(plain, name)]
    _refuse_overlaps(chosen, archive, name, limits)
    return sum(info.file_size for info in chosen), _zip_entries(files, chosen, name, limits)


def _refuse_overlaps(
    infos: list[zipfile.ZipInfo], archive: BinaryIO, name: str, limits: ReadLimits
) -> None:
    """Refuse entries that share their bytes: each alone may look harmless."""
    stored, size = sum(info.compress_size for info in infos), archive.seek(0, io.SEEK_END)
    if stored > size:
        raise SourceError(
            f"{name} looks like an archive bomb: its files take {stored:,} of {size:,} stored bytes"
        )
    text = sum(info.file_size for info in infos)
    if text > limits.max_bytes:
        raise SourceError(
            f"{name} holds {text:,} bytes of text, required at most {limits.max_bytes:,}"
        )


def _zip_entries(
    files: zipfile.ZipFile, infos: list[zipfile.ZipInfo], name: str, limits: ReadLimits
) -> Iterator[Entry]:
    for info in infos:
        full = f"{name} ({info.filename!r})"
        if info.flag_bits & _ENCRYPTED:
            raise SourceError(f"{name} is encrypted, required a zip archive without a password")
        try:
            file = cast(BinaryIO, files.open(info))
        except Exception as error:
            raise SourceError(f"{full} is damaged: {one_line(error)}") from error
        size = info.compress_size
        bounded = BoundedStream(file, full, limits, lambda size=size: size)  # type: ignore[misc]
        yield Entry(full, io.BufferedReader(bounded, _BLOCK), None)


def tar_entries(
    text: Any, name: str, limits: ReadLimits, packed_in: str | None = None
) -> Iterator[Entry]:
    """Texts of a tar archive as they come: it is read once, from front to end.

    The first member that may be ratings decides of which kind they all are.

    Parameters
    ----------
    text : binary stream
        The archive without its compression.
    name : str
        The archive, for messages.
    limits : ReadLimits
    packed_in : str, optional
        The member of another archive that this one is.

    Raises
    ------
    SourceError
        The archive is damaged, holds unsafe names, links or devices, or no ratings.
    """
    chosen: int | None = None
    seen: list[str] = []
    try:
        archive = tarfile.open(fileobj=text, mode="r|", bufsize=_BLOCK)  # noqa: SIM115
        for member in archive:
            seen.append(member.name)
            _refuse_member(member, name, len(seen), limits)
            kind = kind_of(member.name) if member.isreg() else None
            if kind is None or chosen not in (None, kind):
                continue
            if chosen is not None and not may_be_many(kind):
                raise SourceError(
                    f"{name} holds several files that may be ratings, among them "
                    f"{member.name!r}, required 1"
                )
            chosen = kind
            file = cast(Any, archive.extractfile(member))
            if is_packed(member.name) and packed_in is None:
                # As the prize was handed out: a tar of the titles' files inside another one.
                yield from tar_entries(file, name, limits, packed_in=member.name)
            else:
                yield Entry(f"{name} ({member.name!r})", _Member(file, name), None)
    except tarfile.TarError as error:
        raise _damaged(name, error) from error
    if chosen is None:
        raise nothing_chosen(seen, name)


class _Member:
    """A file of a tar archive, whose damage is told in one line."""

    def __init__(self, file: Any, name: str) -> None:
        self._file, self._name = file, name

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer; return the number of bytes, 0 at the end."""
        try:
            got: int = self._file.readinto(buffer)
        except tarfile.TarError as error:
            raise _damaged(self._name, error) from error
        return got


def _damaged(name: str, error: tarfile.TarError) -> SourceError:
    return SourceError(f"{name} is a truncated or damaged tar archive: {one_line(error)}")


def _refuse_member(member: tarfile.TarInfo, name: str, number: int, limits: ReadLimits) -> None:
    """Refuse what no archive of ratings holds: whoever packed it meant harm, or made a mistake."""
    refuse_many(number, name, limits)
    refuse_escape(member.name, name)
    if member.isdir() or (member.isreg() and not member.issparse()):
        return
    what = "a link" if member.issym() or member.islnk() else "a device or sparse file"
    raise SourceError(f"{name} holds {what}, {member.name!r}, required plain files")


def refuse_many(number: int, name: str, limits: ReadLimits) -> None:
    """Refuse more files than limits allow."""
    if number > limits.max_entries:
        raise SourceError(
            f"{name} holds more than {limits.max_entries:,} files, the most that are read"
        )
