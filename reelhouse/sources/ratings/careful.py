"""A careful look at a line of ratings that the strict reading refused.

What can be read without doubt is read, and counts as repaired; for everything else there is a
reason in words.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from reelhouse.sources.dates import parse_date
from reelhouse.sources.ratings.field_kernels import (
    DAMAGED_HEADER,
    DAY,
    FIRST_YEAR,
    LAST_DAY,
    LAST_YEAR,
    NO_DAY,
    NO_TITLE,
    RATING,
    SHORTEST_SECONDS,
    TITLE,
    USER,
)
from reelhouse.sources.ratings.layouts import Layout

_LARGEST_ID = 2**31 - 1
_LARGEST_HUNDREDTHS = 2**15 - 1
_ID = re.compile(r"([+-]?\d{1,18})(?:\.0*)?", re.ASCII)
_RATING = re.compile(r"[+-]?(?:\d{1,6}(?:[.,]\d*)?|[.,]\d+)", re.ASCII)
_SECONDS = re.compile(r"(\d{9,10})(?:\.\d*)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_DATE_LIKE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}.*", re.ASCII)
_NOTHING = frozenset({"", "null", "none", "nan", "na", "n/a", r"\n"})
_EPOCH = date(1970, 1, 1)
_WORDS = {USER: "user", TITLE: "title", RATING: "rating", DAY: "date"}


class Reading(NamedTuple):
    """A line that could be read after all."""

    user: int
    title: int
    hundredths: int
    day: int
    """Days since 1970-01-01, or NO_DAY."""


class Refusal(NamedTuple):
    """Why a line could not be read."""

    kind: str
    """What reasons are counted by, such as "unreadable rating"."""
    column: str
    """user, title, rating, date, or * for the line as a whole."""
    value: str
    reason: str
    title: int | None = None
    """The title that the line rates, as far as it is known."""


class _UnreadableError(Exception):
    """A field cannot be read: kind and reason."""


def read_carefully(
    line: bytes, layout: Layout, title: int, *, unfinished: bool
) -> Reading | Refusal:
    """Read one line, or say why not.

    Parameters
    ----------
    line : bytes
        Without its end.
    layout : Layout
    title : int
        Of the header above, or why there is none; ignored where lines name their title.
    unfinished : bool
        It is the file's last and no line end follows: guessing would read half a field as a whole.
    """
    text = line.decode("utf-8", "replace")
    if layout.titled and title < 0:
        return _without_title(text, title)
    known = title if layout.titled else None
    if unfinished:
        reason = f"the file ends within the line {_short(text)!r}"
        return Refusal("truncated line", "*", _short(text), reason, known)
    fields = split_fields(text, layout)
    if len(fields) != len(layout.roles):
        required = len(layout.roles)
        reason = f"the line has {len(fields)} fields, required {required}"
        return Refusal("wrong number of fields", "*", _short(text), reason, known)
    return _read(fields, layout, known)


def split_fields(text: str, layout: Layout) -> list[str]:
    """Cut a line into trimmed fields; empty ones too many at its end do not count."""
    try:
        if len(layout.delimiter) > 1:
            fields = text.split(layout.delimiter)
        else:
            fields = next(csv.reader([text], delimiter=layout.delimiter), [])
    except csv.Error:
        fields = text.split(layout.delimiter)
    while len(fields) > len(layout.roles) and not fields[-1].strip():
        fields.pop()
    return [field.replace("\ufeff", "").strip() for field in fields]


def _read(fields: list[str], layout: Layout, title: int | None) -> Reading | Refusal:
    values: dict[int, int] = {DAY: NO_DAY}
    if title is not None:
        values[TITLE] = title
    for role, field in zip(layout.roles, fields, strict=True):
        if role not in _WORDS:
            continue
        try:
            values[role] = _read_field(role, field)
        except _UnreadableError as error:
            kind, reason = error.args
            return Refusal(kind, _WORDS[role], _short(field), reason, values.get(TITLE))
    return Reading(values[USER], values[TITLE], values[RATING], values[DAY])


def _read_field(role: int, text: str) -> int:
    if role == RATING:
        return _rating(text)
    return _day(text) if role == DAY else _identifier(text, _WORDS[role])


def _without_title(text: str, title: int) -> Refusal:
    if title == NO_TITLE:
        return Refusal(
            "header missing", "title", "", "the line stands before any title's header", None
        )
    assert title == DAMAGED_HEADER
    return Refusal(
        "header damaged", "title", "", "the line stands below a header whose title is unreadable"
    )


def _identifier(text: str, word: str) -> int:
    found = _ID.fullmatch(text)
    if not found:
        raise _UnreadableError(f"unreadable {word}", f"the {word} {_short(text)!r} is no number")
    value = int(found[1])
    if not 0 <= value <= _LARGEST_ID:
        raise _UnreadableError(
            f"{word} out of range", f"the {word} {value} is outside 0 to {_LARGEST_ID}"
        )
    return value


def _rating(text: str) -> int:
    if not _RATING.fullmatch(text):
        raise _UnreadableError("unreadable rating", f"the rating {_short(text)!r} is no number")
    try:
        hundredths = Decimal(text.replace(",", ".")) * 100
    except InvalidOperation:  # such as a point alone
        raise _UnreadableError("unreadable rating", f"the rating {text!r} is no number") from None
    if hundredths != int(hundredths):
        raise _UnreadableError(
            "unreadable rating", f"the rating {text} has more than two decimal places"
        )
    if abs(hundredths) > _LARGEST_HUNDREDTHS:
        limit = _LARGEST_HUNDREDTHS / 100
        raise _UnreadableError(
            "rating out of range", f"the rating {text} is outside {-limit} to {limit}"
        )
    return int(hundredths)


def _day(text: str) -> int:
    if text.casefold() in _NOTHING:
        return NO_DAY
    day = _counted_day(text)
    if day is None and _DATE_LIKE.fullmatch(text):
        raise _UnreadableError("impossible date", f"there is no date {_short(text)!r}")
    if day is None:
        raise _UnreadableError("unreadable date", f"the date {_short(text)!r} cannot be read")
    if not (date(FIRST_YEAR, 1, 1) - _EPOCH).days <= day <= LAST_DAY:
        raise _UnreadableError(
            "date out of range", f"the date {_short(text)!r} is outside {FIRST_YEAR} to {LAST_YEAR}"
        )
    return day


def _counted_day(text: str) -> int | None:
    """Days since 1970-01-01 of a time in seconds, YYYYMMDD, or any date that is not in doubt."""
    if (seconds := _SECONDS.fullmatch(text)) and int(seconds[1]) >= SHORTEST_SECONDS:
        return int(seconds[1]) // 86_400
    if compact := _COMPACT.fullmatch(text):
        text = "-".join(compact.groups())
    elif text.replace(".", "").isdigit():
        return None  # A bare number could be anything.
    parsed = parse_date(text, frozenset())
    return (parsed.value - _EPOCH).days if parsed and isinstance(parsed.value, date) else None


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:100] + "..."
