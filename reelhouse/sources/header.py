"""Recognise the columns of a titles file by its header."""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

from reelhouse.errors import SourceError

#: The twelve canonical source columns, in the order of the original file.
COLUMNS = (
    "show_id",
    "type",
    "title",
    "director",
    "cast",
    "country",
    "date_added",
    "release_year",
    "rating",
    "duration",
    "listed_in",
    "description",
)
REQUIRED = ("title", "type", "listed_in", "description", "release_year")
DELIMITERS = (",", ";", "\t")

# Other names seen for them, without case, spaces and underscores.
_ALIASES = {
    "id": "show_id",
    "kind": "type",
    "name": "title",
    "directors": "director",
    "directedby": "director",
    "actor": "cast",
    "actors": "cast",
    "stars": "cast",
    "countries": "country",
    "added": "date_added",
    "year": "release_year",
    "released": "release_year",
    "agerating": "rating",
    "maturityrating": "rating",
    "length": "duration",
    "genre": "listed_in",
    "genres": "listed_in",
    "category": "listed_in",
    "categories": "listed_in",
    "summary": "description",
    "plot": "description",
    "synopsis": "description",
    "overview": "description",
}
_KNOWN = {name.replace("_", ""): name for name in COLUMNS} | _ALIASES
_FILLERS = re.compile(r"[\s_\-\u200b\u2060\ufeff]+")
_LONGEST_SHOWN = 200


class Columns(NamedTuple):
    """Which field of a record is which canonical column."""

    width: int
    """Fields of a record, trailing empty columns not counted."""
    positions: dict[str, int]
    """Canonical name -> index of the field."""
    names: dict[str, str]
    """Header as it stands in the file -> canonical name."""
    ignored: tuple[str, ...]
    """Headers that mean nothing here."""
    header: tuple[str, ...]
    """All headers, in the order of the file."""


def split_header(line: str) -> tuple[list[str], str]:
    """Cut the header line with the delimiter that makes the most known columns of it.

    >>> split_header("title;type;year")
    (['title', 'type', 'year'], ';')
    """
    best: tuple[list[str], str] = ([], DELIMITERS[0])
    most = -1
    for delimiter in DELIMITERS:
        fields = next(csv.reader([line], delimiter=delimiter), [])
        known = sum(_canonical(field) is not None for field in fields)
        if known > most:
            best, most = (fields, delimiter), known
    return best


def match_columns(header: list[str], name: str) -> Columns:
    """Map the header's fields to canonical columns.

    Parameters
    ----------
    header : list of str
        Fields of the first record.
    name : str
        The file, for messages.

    Raises
    ------
    SourceError
        A required column is absent or a column is there twice.
    """
    fields = [field.strip().strip("\ufeff") for field in header]
    while fields and not fields[-1]:
        fields.pop()
    positions: dict[str, int] = {}
    names: dict[str, str] = {}
    for position, field in enumerate(fields):
        column = _canonical(field)
        if column is None:
            continue
        if column in positions:
            first = fields[positions[column]]
            raise SourceError(
                f"{name} has the column {column} twice in its header: {first!r} is field "
                f"{positions[column] + 1}, {field!r} is field {position + 1}, required once"
            )
        positions[column], names[field] = position, column
    _refuse_missing(positions, fields, name)
    ignored = tuple(field for field in fields if _canonical(field) is None)
    return Columns(len(fields), positions, names, ignored, tuple(fields))


def _canonical(field: str) -> str | None:
    return _KNOWN.get(_FILLERS.sub("", field).casefold())


def _refuse_missing(positions: dict[str, int], fields: list[str], name: str) -> None:
    missing = [column for column in REQUIRED if column not in positions]
    if not missing:
        return
    found = ", ".join(fields)
    # Escaped: an arbitrary file's first line must not reach a terminal as it is.
    shown = repr(found if len(found) <= _LONGEST_SHOWN else found[:_LONGEST_SHOWN] + "...")
    noun = "column" if len(missing) == 1 else "columns"
    raise SourceError(
        f"{name} lacks the required {noun} {', '.join(missing)}; its header is {shown}"
    )
