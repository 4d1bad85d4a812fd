"""Compiled: lines of ratings from text bytes, strictly.

A line that is not exactly `user,rating,YYYY-MM-DD` (below a line `title:`), or not exactly as the
layout's fields say, is handed back by its place: a careful look at it costs microseconds, a strict
one some seven nanoseconds.
"""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.sources.ratings.bits import eight_bytes, trailing_zeros
from reelhouse.sources.ratings.field_kernels import (
    DAY,
    FIRST_YEAR,
    IMPOSSIBLE_DAY,
    LAST_YEAR,
    NOT_HEADER,
    RATING,
    TITLE,
    USER,
    read_fields,
    read_header,
)

#: Positions in `state`: what one call hands to the next.
AT_TITLE, N_RECORDS, N_ROWS, N_HEADERS, N_REFUSED = 0, 1, 2, 3, 4
N_STATES = 5
#: Bytes that `text` must have behind the last line.
PADDING = 64

_NEWLINE, _RETURN, _SPACE, _TAB = ord("\n"), ord("\r"), ord(" "), ord("\t")

# Eight characters at once, the first in the lowest byte: what is 0 to 9 after the exclusive or is a
# digit, and adding 0x76 carries into the highest bit of any byte that is more.
_8_ZEROS = np.uint64(0x3030303030303030)
_8_OVERS = np.uint64(0x7676767676767676)
_8_HIGHS = np.uint64(0x8080808080808080)
# ",r,YYYY-", and "MM-DD" with its line end: what is no digit becomes 0 after the exclusive or.
_MIDDLE = np.uint64(0x2D303030302C302C)
_COMMAS = np.uint64(0xFF00000000FF00FF)
_DATE_NEWLINE, _6_BYTES = np.uint64(0x0A30302D3030), np.uint64(0xFFFFFFFFFFFF)
_DATE_RETURN, _7_BYTES = np.uint64(0x0A0D30302D3030), np.uint64(0xFFFFFFFFFFFFFF)
_BETWEEN = np.uint64(0xFFFF0000FF0000)
_PAIRS, _FOURS, _EIGHT = (
    np.uint64(0x00FF00FF00FF00FF),
    np.uint64(0x0000FFFF0000FFFF),
    np.uint64(0xFFFFFFFF),
)
_NO, _BYTE = np.uint64(0), np.uint64(0xFF)
_1, _2, _3, _4, _5, _6, _7, _8 = (np.uint64(n) for n in range(1, 9))
_9, _12, _14, _15, _16, _24 = (np.uint64(n) for n in (9, 12, 14, 15, 16, 24))
_31, _32, _40, _48, _56 = (np.uint64(n) for n in (31, 32, 40, 48, 56))
_10, _100, _10000 = (np.uint64(n) for n in (10, 100, 10_000))
_FIRST_YEAR, _LAST_YEAR = np.uint64(FIRST_YEAR), np.uint64(LAST_YEAR - FIRST_YEAR)


@numba.njit(nogil=True, inline="always")
def _not_digits(word):  # type: ignore[no-untyped-def]
    """The highest bit of each byte that is no digit, of characters xor "0"."""
    return ((word + _8_OVERS) | word) & _8_HIGHS


@numba.njit(nogil=True, inline="always")
def _number(word):  # type: ignore[no-untyped-def]
    """Value of eight decimal digits, the first in the lowest byte (Lemire's method)."""
    word = (word * _10 + (word >> _8)) & _PAIRS
    word = (word * _100 + (word >> _16)) & _FOURS
    return (word * _10000 + (word >> _32)) & _EIGHT


@numba.njit(nogil=True, inline="always")
def _day_of(days, middle, last):  # type: ignore[no-untyped-def]
    """Day of ",r,YYYY-" (xor `_MIDDLE`) and "MM-DD"; `IMPOSSIBLE_DAY` for no such date."""
    # In each byte: its digit times ten plus the next.
    years, pairs = middle * _10 + (middle >> _8), last * _10 + (last >> _8)
    year = ((years >> _24) & _BYTE) * _100 + ((years >> _40) & _BYTE) - _FIRST_YEAR
    month, day = pairs & _BYTE, (pairs >> _24) & _BYTE
    if month > _12 or day > _31 or year > _LAST_YEAR:
        return np.int64(IMPOSSIBLE_DAY)
    return np.int64(days[(year << _9) + (month << _5) + day])


@numba.njit(nogil=True, inline="always")
def _put(records, n, user, title, row, hundredths, day):  # type: ignore[no-untyped-def]
    records[n, 0] = user
    records[n, 1] = title
    records[n, 2] = row
    records[n, 3] = (hundredths & 0xFFFF) | (day << 16)


@numba.njit(nogil=True, cache=True)
def _line_end(text, i):  # type: ignore[no-untyped-def]
    while text[i] != _NEWLINE:
        i += 1
    return i


@numba.njit(nogil=True, cache=True)
def _line_ending(text, i):  # type: ignore[no-untyped-def]
    """How a line ends: "MM-DD" with its line end, the bits of both, the way on from a comma."""
    newline = _line_end(text, i)
    if newline > i and text[newline - 1] == _RETURN:
        return _DATE_RETURN, _7_BYTES, _15
    return _DATE_NEWLINE, _6_BYTES, _14


@numba.njit(nogil=True, cache=True)
def _plain_lines(text, i, stop, title, days, state, records):  # type: ignore[no-untyped-def]
    """Read lines `user,r,YYYY-MM-DD` until one is something else; gives its place.

    All checks of a line are made before the one branch: it is taken every time.
    """
    at, end = np.uint64(i), np.uint64(stop)
    # Where a line ends is asked for once: what the next line's place waits for is kept short.
    ending, kept, to_next = _line_ending(text, i)
    n, row = state[N_RECORDS], state[N_ROWS]
    while at < end:
        word = eight_bytes(text, at) ^ _8_ZEROS
        length = trailing_zeros(_not_digits(word)) >> _3
        comma = at + length
        middle = eight_bytes(text, comma) ^ _MIDDLE
        last = (eight_bytes(text, comma + _8) & kept) ^ ending
        wrong = _not_digits(middle) | (middle & _COMMAS) | _not_digits(last) | (last & _BETWEEN)
        if (wrong != _NO) | (length - _1 >= _7):
            break
        day = _day_of(days, middle, last)
        if day == IMPOSSIBLE_DAY:
            break
        user = _number(word << ((_8 - length) << _3))
        rating = np.int64((middle >> _8) & _BYTE)
        _put(records, n, user, title, row, rating * 100, day)
        n += 1
        row += 1
        at = comma + to_next
    state[N_RECORDS], state[N_ROWS] = n, row
    return np.int64(at)


@numba.njit(nogil=True, cache=True)
def _is_blank(text, i, end):  # type: ignore[no-untyped-def]
    while i < end and (text[i] == _SPACE or text[i] == _TAB or text[i] == _RETURN):
        i += 1
    return i == end


@numba.njit(nogil=True, cache=True)
def _any_line(  # type: ignore[no-untyped-def]
    text, i, titled, roles, delimiter, width, days, cell, state, records, headers, refused
):
    """Read the line at i, whatever it is; gives the place of the next one."""
    newline = _line_end(text, i)
    end = newline - 1 if newline > i and text[newline - 1] == _RETURN else newline
    if _is_blank(text, i, end):
        return newline + 1
    if titled:
        title = read_header(text, i, end)
        if title != NOT_HEADER:
            headers[state[N_HEADERS], 0] = title
            headers[state[N_HEADERS], 1] = state[N_ROWS]
            state[N_HEADERS] += 1
            state[AT_TITLE] = title
            return newline + 1
        cell[TITLE] = state[AT_TITLE]
    row = state[N_ROWS]
    state[N_ROWS] = row + 1
    if (not titled or cell[TITLE] >= 0) and read_fields(
        text, i, end, roles, delimiter, width, days, cell
    ):
        n = state[N_RECORDS]
        _put(records, n, cell[USER], cell[TITLE], row, cell[RATING], cell[DAY])
        state[N_RECORDS] = n + 1
    else:
        at = state[N_REFUSED]
        refused[at, 0], refused[at, 1] = i, end
        refused[at, 2], refused[at, 3] = row, state[AT_TITLE]
        state[N_REFUSED] = at + 1
    return newline + 1


@numba.njit(nogil=True, cache=True)
def read_lines(  # type: ignore[no-untyped-def]
    text, start, stop, roles, delimiter, width, days, state, records, headers, refused
):
    """Read the whole lines of text[start:stop].

    Parameters
    ----------
    text : ndarray of shape (n_bytes + PADDING,), uint8
        text[stop - 1] is a line feed.
    start, stop : int
    roles, delimiter, width, days
        As in `read_fields`; without a TITLE among the roles, titles stand in lines of their own.
    state : ndarray of shape (N_STATES,), int64
        Title of the lines to come; records, rows (lines with data), headers and refused lines so
        far. Updated.
    records : ndarray of shape (capacity, 4), int32
        Filled: user, title, row, rating in hundredths (low 16 bits) and day (high 16 bits).
    headers : ndarray of shape (capacity, 2), int64
        Filled: title or `DAMAGED_HEADER`, and the number of rows before it.
    refused : ndarray of shape (capacity, 4), int64
        Filled: begin and end of a line, its row, and its title or why it has none.

    Returns
    -------
    int
        Where it stopped: `stop`, or earlier when `headers` or `refused` is full.
    """
    titled = True
    for role in roles:
        titled &= role != TITLE
    cell = np.zeros(4, dtype=np.int64)
    # Only this one form has a fast path: it is what the hundred million are written in.
    plain = titled and roles.shape[0] == 3 and roles[0] == USER and roles[1] == RATING
    i = start
    while i < stop and state[N_HEADERS] < headers.shape[0] and state[N_REFUSED] < refused.shape[0]:
        if plain and state[AT_TITLE] >= 0:
            i = _plain_lines(text, i, stop, state[AT_TITLE], days, state, records)
            if i >= stop:
                break
        i = _any_line(
            text, i, titled, roles, delimiter, width, days, cell, state, records, headers, refused
        )
    return i
