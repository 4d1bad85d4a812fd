"""Find the one CSV of a zip archive, and refuse archives that are not what they should be."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple, cast

from reelhouse.errors import SourceError
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.location import one_line
from reelhouse.uris import leads_out

_ENCRYPTED = 0x1
_CSV_SUFFIXES = (".csv", ".tsv")


class ArchivedText(NamedTuple):
    """The one text of an archive, open."""

    name: str
    file: BinaryIO
    compressed_bytes: int


def open_only_csv(archive: BinaryIO, name: str, limits: ReadLimits) -> ArchivedText:
    """Open the only CSV of a zip archive; nothing is ever extracted to a path.

    Parameters
    ----------
    archive : BinaryIO
        The whole archive, seekable.
    name : str
        Its name for messages.
    limits : ReadLimits
        The most entries.

    Raises
    ------
    SourceError
        The archive is damaged, encrypted, holds suspicious names, or not exactly one CSV.
    """
    try:
        opened = zipfile.ZipFile(archive)
        entry = _only_csv(opened.infolist(), name, limits)
        file = cast(BinaryIO, opened.open(entry))
    except SourceError:
        raise
    # zipfile answers damage with whatever its parsing runs into.
    except Exception as error:
        raise SourceError(
            f"{name} is a truncated or damaged zip archive: {one_line(error)}"
        ) from error
    # repr: whoever packed the archive chose this name, and it ends on a terminal.
    return ArchivedText(f"{name} ({entry.filename!r})", file, entry.compress_size)


def _only_csv(entries: list[zipfile.ZipInfo], name: str, limits: ReadLimits) -> zipfile.ZipInfo:
    if len(entries) > limits.max_entries:
        raise SourceError(
            f"{name} holds {len(entries):,} entries, required at most {limits.max_entries}"
        )
    for entry in entries:
        refuse_escape(entry.orig_filename, name)
    if any(entry.filename.startswith("xl/") for entry in entries):
        raise SourceError(f"{name} is an Excel workbook (.xlsx), required a CSV file")
    found = [entry for entry in entries if _is_csv(entry)]
    if len(found) != 1:
        listed = ", ".join(repr(entry.filename) for entry in found or entries)[:200] or "nothing"
        raise SourceError(f"{name} holds {len(found)} CSV files ({listed}), required exactly 1")
    if found[0].flag_bits & _ENCRYPTED:
        raise SourceError(f"{name} is encrypted, required a zip archive without a password")
    return found[0]


def refuse_escape(entry_name: str, name: str) -> None:
    """Refuse names that lead out of the archive: whoever wrote one meant harm."""
    if leads_out(entry_name):
        raise SourceError(f"{name} holds an entry with an unsafe name: {entry_name!r}")


def _is_csv(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = "__MACOSX" in path.parts or path.name.startswith(".")
    return not entry.is_dir() and not hidden and path.suffix.lower() in _CSV_SUFFIXES
