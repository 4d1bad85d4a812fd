"""Compiled: single fields of a line of ratings.

Each function reads from `text[i]` on and gives the position behind the field, -1 where the field is
not exactly what it should be. `text` has some bytes of padding, so that a look ahead stays inside.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

#: What a field of a line holds: positions in `cell`, or nothing that is read.
USER, TITLE, RATING, DAY, UNUSED = 0, 1, 2, 3, 4

#: Days are int16 since 1970-01-01: these years and the two marks fit.
FIRST_YEAR, LAST_YEAR = 1900, 2058
NO_DAY, IMPOSSIBLE_DAY = -32768, -32767
#: 2058-12-31
LAST_DAY = 32506

_LARGEST_ID = 2**31 - 1
_LARGEST_RATING = 2**15 - 1
#: A shorter number is no time in seconds: this one is in March 1973.
SHORTEST_SECONDS = 100_000_000
_SECONDS_PER_DAY = 86_400
_MANY = 10**15

_COMMA, _COLON, _QUOTE, _NEWLINE, _RETURN = ord(","), ord(":"), ord('"'), ord("\n"), ord("\r")
_ZERO, _MINUS, _POINT, _SPACE, _TAB = ord("0"), ord("-"), ord("."), ord(" "), ord("\t")


def day_table() -> NDArray[np.int16]:
    """Days since 1970-01-01 of every year, month and day.

    Returns
    -------
    ndarray of shape ((LAST_YEAR - FIRST_YEAR + 1) * 16 * 32,), int16
        At ``(year - FIRST_YEAR) * 512 + month * 32 + day``; `IMPOSSIBLE_DAY` where there is none.
    """
    years = LAST_YEAR - FIRST_YEAR + 1
    table = np.full((years, 16, 32), IMPOSSIBLE_DAY, dtype=np.int16)
    every = np.arange(f"{FIRST_YEAR}-01-01", f"{LAST_YEAR + 1}-01-01", dtype="datetime64[D]")
    months = every.astype("datetime64[M]")
    year = every.astype("datetime64[Y]").astype(np.int64) + 1970 - FIRST_YEAR
    month = months.astype(np.int64) % 12 + 1
    day = (every - months).astype(np.int64) + 1
    table[year, month, day] = every.astype(np.int64)
    return table.reshape(-1)


@numba.njit(nogil=True, cache=True)
def _digits(text, i):  # type: ignore[no-untyped-def]
    """Read digits from i on; gives their value, which stops growing at 10**15, and the end."""
    value = 0
    while _ZERO <= text[i] <= _ZERO + 9:
        if value < _MANY:
            value = value * 10 + (text[i] - _ZERO)
        i += 1
    return value, i


@numba.njit(nogil=True, cache=True)
def _id(text, i, role, cell):  # type: ignore[no-untyped-def]
    value, end = _digits(text, i)
    if end == i or value > _LARGEST_ID:
        return -1
    cell[role] = value
    return end


@numba.njit(nogil=True, cache=True)
def _rating(text, i, cell):  # type: ignore[no-untyped-def]
    """A rating in hundredths: 4, 4.5, 3.75, -1, 4.000."""
    sign = 1
    if text[i] == _MINUS:
        sign, i = -1, i + 1
    value, end = _digits(text, i)
    if end == i:
        return -1
    value *= 100
    if text[end] == _POINT:
        end += 1
        scale = 10
        while _ZERO <= text[end] <= _ZERO + 9:
            if scale == 0 and text[end] != _ZERO:
                return -1
            value += (text[end] - _ZERO) * scale
            scale //= 10
            end += 1
    if value > _LARGEST_RATING:
        return -1
    cell[RATING] = sign * value
    return end


@numba.njit(nogil=True, cache=True)
def _calendar_day(text, i, days):  # type: ignore[no-untyped-def]
    """The day of YYYY-MM-DD at i, `IMPOSSIBLE_DAY` where there is no such date."""
    for at in (0, 1, 2, 3, 5, 6, 8, 9):
        if not _ZERO <= text[i + at] <= _ZERO + 9:
            return IMPOSSIBLE_DAY
    if text[i + 4] != _MINUS or text[i + 7] != _MINUS:
        return IMPOSSIBLE_DAY
    year, _ = _digits(text, i)
    month = (text[i + 5] - _ZERO) * 10 + (text[i + 6] - _ZERO)
    day = (text[i + 8] - _ZERO) * 10 + (text[i + 9] - _ZERO)
    if year < FIRST_YEAR or year > LAST_YEAR or month > 12 or day > 31:
        return IMPOSSIBLE_DAY
    return days[(year - FIRST_YEAR) * 512 + month * 32 + day]


@numba.njit(nogil=True, cache=True)
def _date(text, i, end, days, cell):  # type: ignore[no-untyped-def]
    """A date YYYY-MM-DD, or the seconds since 1970; nothing at all means no date."""
    if not _ZERO <= text[i] <= _ZERO + 9:
        cell[DAY] = NO_DAY
        return i
    value, after = _digits(text, i)
    if text[after] != _MINUS:
        if value < SHORTEST_SECONDS or value // _SECONDS_PER_DAY > LAST_DAY:
            return -1
        cell[DAY] = value // _SECONDS_PER_DAY
        return after
    if end - i < 10:
        return -1
    cell[DAY] = _calendar_day(text, i, days)
    return -1 if cell[DAY] == IMPOSSIBLE_DAY else i + 10


@numba.njit(nogil=True, cache=True)
def _unused(text, i, end, delimiter, quoted):  # type: ignore[no-untyped-def]
    while i < end and text[i] != (_QUOTE if quoted else delimiter):
        i += 1
    return i


@numba.njit(nogil=True, cache=True)
def _field(text, i, end, role, delimiter, days, cell):  # type: ignore[no-untyped-def]
    """One field, quoted or not, into `cell`; gives the position behind it or -1."""
    quoted = text[i] == _QUOTE
    if quoted:
        i += 1
    if role == RATING:
        i = _rating(text, i, cell)
    elif role == DAY:
        i = _date(text, i, end, days, cell)
    elif role == UNUSED:
        i = _unused(text, i, end, delimiter, quoted)
    else:
        i = _id(text, i, role, cell)
    if quoted and i >= 0:
        return i + 1 if text[i] == _QUOTE else -1
    return i


@numba.njit(nogil=True, cache=True)
def read_fields(text, i, end, roles, delimiter, width, days, cell):  # type: ignore[no-untyped-def]
    """Read the fields of the line text[i:end] into `cell`.

    Parameters
    ----------
    text : ndarray of uint8
    i, end : int
        The line without its end.
    roles : ndarray of shape (n_fields,), int64
        USER, TITLE, RATING, DAY or UNUSED for each field.
    delimiter, width : int
        A byte, and how often it stands between two fields (2 for ``::``).
    days : ndarray
        From `day_table`.
    cell : ndarray of shape (4,), int64
        Filled: user, title, rating in hundredths, day.

    Returns
    -------
    bool
        False where any field is not exactly as it should be, or there are too many or too few.
    """
    cell[DAY] = NO_DAY
    for at in range(roles.shape[0]):
        if at:
            for _ in range(width):
                if i >= end or text[i] != delimiter:
                    return False
                i += 1
        i = _field(text, i, end, roles[at], delimiter, days, cell)
        if i < 0:
            return False
    return i == end


@numba.njit(nogil=True, cache=True)
def read_header(text, i, end):  # type: ignore[no-untyped-def]
    """Read a line such as ``17:``, spaces around it allowed.

    Returns
    -------
    int
        The title; `NOT_HEADER` for another line, `DAMAGED_HEADER` for one that ends in a colon,
        holds no comma and has no readable title.
    """
    last = end - 1
    while last > i and (text[last] == _SPACE or text[last] == _TAB):
        last -= 1
    if text[last] != _COLON:
        return NOT_HEADER
    for at in range(i, last):
        if text[at] == _COMMA:
            return NOT_HEADER
    while text[i] == _SPACE or text[i] == _TAB:
        i += 1
    value, after = _digits(text, i)
    while text[after] == _SPACE or text[after] == _TAB:
        after += 1
    if i < last and after == last and text[i] >= _ZERO and value <= _LARGEST_ID:
        return value
    return DAMAGED_HEADER


#: Instead of a title: no header so far, and one whose title cannot be read.
NO_TITLE, DAMAGED_HEADER, NOT_HEADER = -1, -2, -3
