"""Recognise the layout of a ratings file by its first lines, never by its name."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from reelhouse.errors import SourceError
from reelhouse.sources.content import refuse_foreign
from reelhouse.sources.ratings.field_kernels import DAY, RATING, TITLE, UNUSED, USER

NETFLIX_PRIZE = "Netflix Prize"
MOVIELENS_CSV, MOVIELENS_DATA, MOVIELENS_DAT = "MovieLens csv", "MovieLens data", "MovieLens dat"
PLAIN_CSV = "csv"

#: Bytes that a layout is recognised by.
HEAD_BYTES = 64 * 1024

_HEADER = re.compile(rb"\s*\d+\s*:\s*")
_DATED = re.compile(rb"\s*\d+\s*,\s*\d{4}-\d{1,2}-\d{1,2}\s*")
_NETFLIX_ROW = re.compile(rb"\s*\d+\s*,\s*\d+(?:\.\d+)?\s*,\s*(?:\d{4}-\d{1,2}-\d{1,2}\s*)?")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FILLERS = re.compile(r"[\s_\-.\u200b\u2060\ufeff]+")
_SHOWN = 60
#: Lines that decide together what a file without a header is.
_N_VOTES = 20
EXPECTED = (
    "a title's line such as 17: and below it lines of user,rating,date; or a header that names "
    "user, title and rating; or MovieLens' u.data or ratings.dat"
)

#: Names of a column, the plainest first: `title` may be a name beside `movieId`.
_NAMES: dict[int, tuple[str, ...]] = {
    USER: ("userid", "customerid", "custid", "viewerid", "uid", "user", "customer", "viewer"),
    TITLE: (
        "titleid",
        "movieid",
        "itemid",
        "filmid",
        "mid",
        "iid",
        "title",
        "movie",
        "item",
        "film",
    ),
    RATING: ("rating", "stars", "score", "ratings"),
    DAY: ("date", "timestamp", "ratingdate", "ratedat", "time", "unixtime"),
}
_ROLE_WORDS = {USER: "user", TITLE: "title", RATING: "rating"}


class Layout(NamedTuple):
    """How the lines of a file are to be read."""

    name: str
    delimiter: str
    """What stands between two fields: one character, or :: ."""
    roles: tuple[int, ...]
    """USER, TITLE, RATING, DAY or UNUSED for each field of a line."""
    has_header: bool
    """The first line names the columns."""

    @property
    def titled(self) -> bool:
        """Titles stand in lines of their own, above the ratings of each."""
        return TITLE not in self.roles


def recognise(head: bytes, name: str) -> Layout:
    """Recognise a layout.

    Parameters
    ----------
    head : bytes
        The beginning of the text, `HEAD_BYTES` of it or all.
    name : str
        The file, for messages.

    Raises
    ------
    SourceError
        It is no ratings file; the message shows its first line.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{name} is UTF-16 text, required ASCII or UTF-8")
    refuse_foreign(head, name)
    lines = _lines(head.removeprefix(_BYTE_ORDER_MARK))
    if not lines:
        raise SourceError(f"{name} holds blank lines only, required ratings")
    found = _titled(lines, name) or _with_header(lines[0], name) or _without_header(lines)
    if found is None:
        raise SourceError(f"{name} holds no ratings: {first_line(lines[0])}, expected {EXPECTED}")
    return found


def first_line(line: bytes) -> str:
    """Say how a file begins; escaped, since it ends on a terminal."""
    text = line.removeprefix(_BYTE_ORDER_MARK).strip().decode("utf-8", "replace")
    return f"its first line is {text if len(text) <= _SHOWN else text[:_SHOWN] + '...'!r}"


def _lines(head: bytes) -> list[bytes]:
    """Lines that are not blank; the last one, perhaps cut, only where it stands alone."""
    lines = head.split(b"\n")
    whole = lines[:-1] if len(lines) > 1 else lines
    return [line for line in whole if line.strip()]


def _titled(lines: list[bytes], name: str) -> Layout | None:
    headers = [index for index, line in enumerate(lines) if _HEADER.fullmatch(line)]
    first = lines[0]
    below = [line for line in lines if not _HEADER.fullmatch(line)][:_N_VOTES]
    held_out = [line for line in below if _is_held_out(line)]
    n_rated = sum(_NETFLIX_ROW.fullmatch(line) is not None for line in below)
    if not headers:
        is_titled = b"-" in first and _NETFLIX_ROW.fullmatch(first) is not None
    else:
        is_titled = headers[0] == 0 or 2 * (len(held_out) + n_rated) >= len(below)
    if not is_titled:
        return None
    if headers and not n_rated and 2 * len(held_out) > len(below):
        what = "users and dates" if b"," in held_out[0] else "users"
        raise SourceError(
            f"{name} holds no ratings: below {lines[headers[0]].strip().decode()!r} stand {what} "
            f"alone ({held_out[0].strip().decode()!r}), required user,rating,date"
        )
    return Layout(NETFLIX_PRIZE, ",", (USER, RATING, DAY), has_header=False)


def _is_held_out(line: bytes) -> bool:
    """Tell a line of probe.txt or qualifying.txt: a user, or a user and a date."""
    return line.strip().isdigit() or _DATED.fullmatch(line) is not None


def _without_header(lines: list[bytes]) -> Layout | None:
    """Let the first lines vote: any one of them may be the damaged one."""
    votes = Counter(vote for line in lines[:_N_VOTES] if (vote := _shape(line)) is not None)
    if not votes:
        return None
    (name, delimiter, width), n_votes = votes.most_common(1)[0]
    if 2 * n_votes < len(lines[:_N_VOTES]):
        return None
    return Layout(name, delimiter, (USER, TITLE, RATING, DAY)[:width], has_header=False)


def _shape(line: bytes) -> tuple[str, str, int] | None:
    """Name, delimiter and number of fields of a line of MovieLens."""
    for delimiter, name in (("\t", MOVIELENS_DATA), ("::", MOVIELENS_DAT)):
        fields = line.split(delimiter.encode())
        if len(fields) in (3, 4) and all(_is_number(field) for field in fields[:3]):
            return name, delimiter, len(fields)
    return None


def _is_number(field: bytes) -> bool:
    return re.fullmatch(rb"\s*\d+(\.\d+)?\s*", field) is not None


def _with_header(line: bytes, name: str) -> Layout | None:
    text = line.decode("utf-8", "replace")
    cut = {mark: [_plain(field) for field in text.split(mark)] for mark in (",", ";", "\t", "::")}
    delimiter = max(cut, key=lambda mark: len(_positions(cut[mark])))
    columns = cut[delimiter]
    positions = _positions(columns)
    missing = [word for role, word in _ROLE_WORDS.items() if role not in positions]
    if len(missing) == len(_ROLE_WORDS) or (missing and not _looks_named(columns)):
        return None
    if missing:
        noun = "column" if len(missing) == 1 else "columns"
        raise SourceError(
            f"{name} lacks the {noun} {' and '.join(missing)}: {first_line(line)}, required a "
            "header that names user, title and rating"
        )
    of_field = {position: role for role, position in positions.items()}
    roles = tuple(of_field.get(position, UNUSED) for position in range(len(columns)))
    movielens = columns == ["userid", "movieid", "rating", "timestamp"]
    return Layout(MOVIELENS_CSV if movielens else PLAIN_CSV, delimiter, roles, has_header=True)


def _looks_named(columns: list[str]) -> bool:
    return not any(column.isdigit() for column in columns)


def _plain(field: str) -> str:
    return _FILLERS.sub("", field.strip().strip('"')).casefold()


def _positions(columns: list[str]) -> dict[int, int]:
    """Role -> the field that holds it; of several names the plainest counts."""
    positions: dict[int, int] = {}
    for role, names in _NAMES.items():
        for known in names:
            if known in columns:
                positions[role] = columns.index(known)
                break
    return positions
