"""Recognise a file of rated titles by its content and cut it into records.

The Netflix Prize's movie_titles.csv (unquoted commas in names, NULL for a year), MovieLens'
u.item, movies.dat and movies.csv, and any CSV whose header names an id beside a name or genres.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from reelhouse.errors import SourceError
from reelhouse.sources.small_text import SmallText

#: The flags of u.item, in their order.
U_ITEM_GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
_U_ITEM_FIELDS = 5 + len(U_ITEM_GENRES)

#: Most lines of one record.
_MOST_LINES = 20
_NAMES = {
    "title_id": ("titleid", "movieid", "itemid", "filmid", "id"),
    "name": ("name", "title", "titlename", "movietitle", "moviename", "movie", "film"),
    "year": ("year", "releaseyear", "yearofrelease"),
    "genres": ("genres", "genre", "listedin", "categories", "category"),
}
_FILLERS = re.compile(r"[\s_\-.\u200b\u2060\ufeff]+")
_SEPARATORS = re.compile(r"[|,;]")
_NO_GENRES = {"", "(no genres listed)", "null", "unknown", "\\n"}
_YEAR_AT_END = re.compile(r"\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)(?:\s*\((?:V|TV|VG|mini)\))?\s*$")


class TitleRecord(NamedTuple):
    """One title, not yet checked."""

    line: int
    raw: str
    title_id: str
    name: str
    year: str
    """Empty where the file says nothing."""
    genres: tuple[str, ...]


class BrokenLine(NamedTuple):
    """A line that cannot be cut into the fields that its file has."""

    line: int
    raw: str
    reason: str


class TitleFile(NamedTuple):
    """A recognised file."""

    kind: str
    """As its authors call it, such as `movie_titles.csv`."""
    has_names: bool
    has_genres: bool
    records: Iterator[TitleRecord | BrokenLine]


def open_title_file(text: SmallText, wanted: str) -> TitleFile:
    """Recognise a file of titles.

    Parameters
    ----------
    text : SmallText
    wanted : str
        What the caller needs beside an id, for messages.

    Raises
    ------
    SourceError
        The first lines are those of no kind of title file.
    """
    lines = text.lines()
    found = _with_header(lines) or _without_header(lines)
    if found is None:
        raise SourceError(
            f"{text.name} holds no {wanted} of titles: {text.first_line()}, expected {_EXPECTED}"
        )
    return found


def year_at_end(name: str) -> tuple[str, str]:
    """Part a name from the year in parentheses at its end, as MovieLens writes it.

    >>> year_at_end("Babylon 5 (1994-1998) ")
    ('Babylon 5', '1994')
    >>> year_at_end("Paterson")
    ('Paterson', '')
    """
    match = _YEAR_AT_END.search(name)
    if match is None or not name[: match.start()].strip():
        return name.strip(), ""
    return name[: match.start()].strip(), match[1]


def split_genres(cell: str) -> tuple[str, ...]:
    """Cut a cell of genres, each once and in its order.

    >>> split_genres("Drama|Sci-Fi|Drama"), split_genres("(no genres listed)")
    (('Drama', 'Sci-Fi'), ())
    """
    found = (genre.strip() for genre in _SEPARATORS.split(cell))
    return tuple(dict.fromkeys(genre for genre in found if genre.lower() not in _NO_GENRES))


def _cut_movie_titles(lines: list[str]) -> Iterator[TitleRecord | BrokenLine]:
    named = [line.split(",", 2)[-1].strip() for line in lines if line.count(",") >= 2]
    with_comma = [name for name in named if "," in name]
    # The original quotes nothing; a copy that another program saved quotes all names with commas.
    quoted = bool(with_comma) and all(_is_quoted(name) for name in with_comma)
    for number, line in _numbered(lines):
        fields = line.split(",", 2)
        if len(fields) < 3:
            yield _wrong_width(number, line, len(fields), 3)
            continue
        name = fields[2].strip()
        if quoted and _is_quoted(name):
            name = name[1:-1].replace('""', '"')
        year = "" if fields[1].strip().upper() == "NULL" else fields[1].strip()
        yield TitleRecord(number, line, fields[0], name, year, ())


def _is_quoted(name: str) -> bool:
    return len(name) >= 2 and name[0] == name[-1] == '"'


def _cut_u_item(lines: list[str]) -> Iterator[TitleRecord | BrokenLine]:
    for number, line in _numbered(lines):
        fields = line.split("|")
        flags = [field.strip() for field in fields[5:]]
        if len(fields) != _U_ITEM_FIELDS:
            yield _wrong_width(number, line, len(fields), _U_ITEM_FIELDS)
        elif not set(flags) <= {"0", "1"}:
            yield BrokenLine(number, line, "a genre's flag is neither 0 nor 1")
        else:
            genres = (
                genre for genre, flag in zip(U_ITEM_GENRES, flags, strict=True) if flag == "1"
            )
            name, year = year_at_end(fields[1])
            known = tuple(genre for genre in genres if genre not in _NO_GENRES)
            yield TitleRecord(number, line, fields[0], name, year, known)


def _cut_movies_dat(lines: list[str]) -> Iterator[TitleRecord | BrokenLine]:
    for number, line in _numbered(lines):
        fields = line.split("::")
        if len(fields) != 3:
            yield _wrong_width(number, line, len(fields), 3)
            continue
        name, year = year_at_end(fields[1])
        yield TitleRecord(number, line, fields[0], name, year, split_genres(fields[2]))


class _Kind(NamedTuple):
    name: str
    line: re.Pattern[str]
    """What most lines begin with."""
    has_names: bool
    has_genres: bool
    cut: Callable[[list[str]], Iterator[TitleRecord | BrokenLine]]


_KINDS = (
    _Kind("movies.dat", re.compile(r"\s*\d+::.*::"), True, True, _cut_movies_dat),
    _Kind("u.item", re.compile(r"\s*\d+\|([^|]*\|){22}"), True, True, _cut_u_item),
    _Kind(
        "movie_titles.csv",
        re.compile(r"\s*\d+\s*,\s*(\d{4}|NULL|null|)\s*,(?!\s*\d+(\.\d+)?\s*(,|$))"),
        True,
        False,
        _cut_movie_titles,
    ),
)
_EXPECTED = (
    "movie_titles.csv (id,year,name), u.item, movies.dat (id::name::genres), or a header that "
    "names an id and a name or genres"
)


def _without_header(lines: list[str]) -> TitleFile | None:
    first = [line for line in lines if line.strip()][:20]
    for kind in _KINDS:
        # Half of the lines decide: the very first may be the damaged one.
        if sum(kind.line.match(line) is not None for line in first) >= len(first) / 2:
            return TitleFile(kind.name, kind.has_names, kind.has_genres, kind.cut(lines))
    return None


def _with_header(lines: list[str]) -> TitleFile | None:
    first = next(index for index, line in enumerate(lines) if line.strip())
    cut = {mark: next(csv.reader([lines[first]], delimiter=mark)) for mark in (",", ";", "\t", "|")}
    found = {mark: _positions(fields) for mark, fields in cut.items()}
    mark = max(found, key=lambda mark: len(found[mark]))
    positions = found[mark]
    if "title_id" not in positions or not {"name", "genres"} & set(positions):
        return None
    records = _cut_csv(lines, first, mark, len(cut[mark]), positions)
    return TitleFile("csv", "name" in positions, "genres" in positions, records)


def _positions(fields: list[str]) -> dict[str, int]:
    """Column -> index of the field; the plainest of several names wins."""
    plain = [_FILLERS.sub("", field).lower() for field in fields]
    positions = {}
    for column, names in _NAMES.items():
        found = next((plain.index(name) for name in names if name in plain), None)
        if found is not None:
            positions[column] = found
    return positions


def _cut_csv(
    lines: list[str], first: int, mark: str, width: int, positions: dict[str, int]
) -> Iterator[TitleRecord | BrokenLine]:
    last = max(positions, key=lambda column: positions[column])
    # Commas that nobody quoted belong to the last column.
    spills = last in ("name", "genres") and positions[last] == width - 1
    at = first + 1
    while at < len(lines):
        end, fields = _record_at(lines, at, mark)
        number, raw = at + 1, "\n".join(lines[at:end])
        at = end
        if isinstance(fields, str):
            yield BrokenLine(number, raw, fields)
            continue
        if not raw.strip():
            continue
        if spills and len(fields) > width:
            fields = [*fields[: width - 1], mark.join(fields[width - 1 :])]
        if len(fields) == width:
            yield _csv_record(number, raw, fields, positions)
        else:
            yield _wrong_width(number, raw, len(fields), width)


def _record_at(lines: list[str], at: int, mark: str) -> tuple[int, list[str] | str]:
    """Cut the record that begins at an index; give the index behind it, and why it is none.

    A quoted field may hold line breaks, but it must not swallow what looks like the next record.
    """
    begins = re.compile(rf"\s*\d+\s*{re.escape(mark)}")
    for end in range(at + 1, min(len(lines), at + _MOST_LINES) + 1):
        try:
            record = csv.reader(
                (line + "\n" for line in lines[at:end]), delimiter=mark, strict=True
            )
            return end, next(record, [])
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return at + 1, "a quote stands inside a quoted field, required two for each"
            if end < len(lines) and begins.match(lines[end]):
                break
    return at + 1, "the quoted field is never closed, required a closing quote"


def _csv_record(number: int, raw: str, fields: list[str], positions: dict[str, int]) -> TitleRecord:
    cells = {column: fields[index].strip() for column, index in positions.items()}
    name, year = cells.get("name", ""), cells.get("year", "")
    if "year" not in positions:
        name, year = year_at_end(name)
    year = "" if year.upper() == "NULL" else year
    return TitleRecord(
        number, raw, cells["title_id"], name, year, split_genres(cells.get("genres", ""))
    )


def _numbered(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Number and text of every line that is not blank."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line


def _wrong_width(number: int, raw: str, width: int, required: int) -> BrokenLine:
    fields = "field" if width == 1 else "fields"
    return BrokenLine(number, raw, f"the line has {width} {fields}, required {required}")
