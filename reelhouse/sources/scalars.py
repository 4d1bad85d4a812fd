"""Read one cell's text as a year, a duration, a type or an id."""

from __future__ import annotations

import re
from typing import NamedTuple

_MINUTES = re.compile(r"(\d{1,6}) ?min(?:ute)?s?\.?", re.IGNORECASE | re.ASCII)
_SEASONS = re.compile(r"(\d{1,6}) ?seasons?\.?", re.IGNORECASE | re.ASCII)
_YEAR = re.compile(r"(\d{1,6})(\.0+)?", re.ASCII)
_NUMBERED_ID = re.compile(r"[sS]?(\d+)(?:\.0+)?", re.ASCII)

#: The types of a title.
TYPES = ("Movie", "TV Show")


class Parsed(NamedTuple):
    """A value read from text, and whether the text had to be mended."""

    value: object
    mended: bool = False


def parse_minutes(text: str) -> Parsed | None:
    """Read ``93 min``; None when it is something else.

    >>> parse_minutes("93 min").value
    93
    """
    found = _MINUTES.fullmatch(text)
    return Parsed(int(found[1])) if found else None


def parse_seasons(text: str) -> Parsed | None:
    """Read ``1 Season`` or ``4 Seasons``; None when it is something else."""
    found = _SEASONS.fullmatch(text)
    return Parsed(int(found[1])) if found else None


def parse_year(text: str) -> Parsed | None:
    """Read a year; ``2020.0``, as a spreadsheet or pandas writes it, is mended."""
    found = _YEAR.fullmatch(text)
    return Parsed(int(found[1]), mended=found[2] is not None) if found else None


def parse_type(text: str) -> Parsed:
    """Give ``Movie`` and ``TV Show`` their exact form; leave any other text to the quality suite.

    >>> parse_type("tv  show")
    Parsed(value='TV Show', mended=True)
    """
    joined = "".join(text.split()).casefold()
    exact = {"movie": TYPES[0], "tvshow": TYPES[1]}.get(joined, text)
    return Parsed(exact, mended=exact != text)


def parse_show_id(text: str) -> Parsed:
    """Write a numbered id as ``sN``: older files hold plain integers.

    >>> parse_show_id("5").value
    's5'
    """
    found = _NUMBERED_ID.fullmatch(text)
    return Parsed(f"s{found[1]}" if found else text)
