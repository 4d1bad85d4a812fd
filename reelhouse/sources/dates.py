"""Read the dates of date_added: the original form, and what spreadsheets make of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from reelhouse.sources.scalars import Parsed

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_FULL_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_WRITTEN = re.compile(r"([A-Za-z]+)\.? (\d{1,2}),? (\d{4})", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})[- ]([A-Za-z]+)[- ,]+(\d{4}|\d{2})", re.ASCII)
_ISO = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){_TIME}", re.ASCII)
_NUMERIC = re.compile(rf"(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_SERIAL = re.compile(r"([34567]\d{4})(?:\.\d+)?", re.ASCII)
# Day 60 of a spreadsheet is 29 February 1900, which never was; from day 61 on this epoch is right.
_SERIAL_EPOCH = date(1899, 12, 30)
_TWO_DIGIT_CENTURY = 2000
_MOST_MONTHS = 12


def day_orders(texts: Iterable[str]) -> set[bool]:
    """Collect what a column's numeric dates prove: True for day first, False for month first.

    >>> day_orders(["8/14/2020", "8/9/2020"])
    {False}
    """
    orders = set()
    for text in texts:
        found = _NUMERIC.fullmatch(text)
        if found and (int(found[1]) > _MOST_MONTHS) != (int(found[2]) > _MOST_MONTHS):
            orders.add(int(found[1]) > _MOST_MONTHS)
    return orders


def parse_date(text: str, orders: frozenset[bool]) -> Parsed | None:
    """Read one date; None when it is no date or could be two.

    Parameters
    ----------
    text : str
        Trimmed text of the cell.
    orders : frozenset of bool
        What the column proves, from `day_orders`; decides ``8/9/2020`` when it has one element.

    Returns
    -------
    Parsed or None
        A `datetime.date`. Forms other than ``August 14, 2020`` and ISO count as mended.

    Examples
    --------
    >>> parse_date("14-Aug-20", frozenset()).value
    datetime.date(2020, 8, 14)
    """
    if found := _WRITTEN.fullmatch(text):
        month = _month(found[1])
        return _parsed(int(found[3]), month, int(found[2]), mended=False)
    if found := _ISO.fullmatch(text):
        return _parsed(int(found[1]), int(found[2]), int(found[3]), mended=False)
    if found := _DAY_MONTH.fullmatch(text):
        return _parsed(_year(found[3]), _month(found[2]), int(found[1]), mended=True)
    if found := _NUMERIC.fullmatch(text):
        return _numeric(int(found[1]), int(found[2]), _year(found[3]), orders)
    if found := _SERIAL.fullmatch(text):
        return Parsed(_SERIAL_EPOCH + timedelta(days=int(found[1])), mended=True)
    return None


def _numeric(first: int, second: int, year: int, orders: frozenset[bool]) -> Parsed | None:
    """Order day and month by their values, else by what the column proves."""
    if first > _MOST_MONTHS or first == second:
        return _parsed(year, second, first, mended=True)
    if second > _MOST_MONTHS:
        return _parsed(year, first, second, mended=True)
    if len(orders) != 1:
        return None
    day_first = True in orders
    month, day = (second, first) if day_first else (first, second)
    return _parsed(year, month, day, mended=True)


def _month(name: str) -> int:
    """Give the number of a month's full or short English name, 0 for anything else."""
    lower = name.lower()
    if lower in _FULL_MONTHS or lower in _MONTHS or lower == "sept":
        return _MONTHS[lower[:3]]
    return 0


def _year(digits: str) -> int:
    # Nothing was added before 2000: the service did not stream.
    return int(digits) + (_TWO_DIGIT_CENTURY if len(digits) == 2 else 0)


def _parsed(year: int, month: int, day: int, *, mended: bool) -> Parsed | None:
    try:
        return Parsed(date(year, month, day), mended=mended)
    except ValueError:  # There is no such day.
        return None
