"""Compiled: lines of ratings from text bytes, strictly.

A line that is not exactly `user,rating,YYYY-MM-DD` (below a line `title:`), or not exactly as the
layout's fields say, is handed back by its place: a careful look at it costs microseconds, a strict
one some thirteen nanoseconds.
"""

from __future__ import annotations

import numba
import numpy as np

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
_COMMA = ord(",")

# Eight characters at once, the first in the lowest byte: what is 0 to 9 after the exclusive or is a
# digit, and adding 0x76 carries into the highest bit of any byte that is more.
_8_ZEROS = np.uint64(0x3030303030303030)
_8_OVERS = np.uint64(0x7676767676767676)
_8_HIGHS = np.uint64(0x8080808080808080)
# "YY-MM-DD": its two dashes become 0 after the exclusive or.
_DATE = np.uint64(0x30302D30302D3030)
_DASHES = np.uint64(0x0000FF0000FF0000)
_PAIRS, _FOURS, _EIGHT = (
    np.uint64(0x00FF00FF00FF00FF),
    np.uint64(0x0000FFFF0000FFFF),
    np.uint64(0xFFFFFFFF),
)
_BITS_1, _BITS_2, _BITS_4, _ONES = (
    np.uint64(0x5555555555555555),
    np.uint64(0x3333333333333333),
    np.uint64(0x0F0F0F0F0F0F0F0F),
    np.uint64(0x0101010101010101),
)
_NO, _BYTE = np.uint64(0), np.uint64(0xFF)
_1, _2, _3, _4, _5, _6, _7, _8 = (np.uint64(n) for n in range(1, 9))
_9, _12, _13, _16, _24 = (np.uint64(n) for n in (9, 12, 13, 16, 24))
_31, _32, _40, _48, _56 = (np.uint64(n) for n in (31, 32, 40, 48, 56))
_10, _19, _20, _100, _10000 = (np.uint64(n) for n in (10, 19, 20, 100, 10_000))
_ZERO, _TWO_ZEROS = np.uint64(ord("0")), np.uint64(11 * ord("0"))
_FIRST_YEAR, _LAST_YEAR = np.uint64(FIRST_YEAR), np.uint64(LAST_YEAR - FIRST_YEAR)


@numba.njit(nogil=True, inline="always")
def _word(text, i):  # type: ignore[no-untyped-def]
    """Eight bytes as one number; the compiler makes a single load of it."""
    return (
        np.uint64(text[i])
        | np.uint64(text[i + _1]) << _8
        | np.uint64(text[i + _2]) << _16
        | np.uint64(text[i + _3]) << _24
        | np.uint64(text[i + _4]) << _32
        | np.uint64(text[i + _5]) << _40
        | np.uint64(text[i + _6]) << _48
        | np.uint64(text[i + _7]) << _56
    )


@numba.njit(nogil=True, inline="always")
def _not_digits(word):  # type: ignore[no-untyped-def]
    """The highest bit of each byte that is no digit, of characters xor "0"."""
    return ((word + _8_OVERS) | word) & _8_HIGHS


@numba.njit(nogil=True, inline="always")
def _n_leading(marks):  # type: ignore[no-untyped-def]
    """Bytes before the first marked one: a count of the bits below the lowest, without a branch."""
    below = (marks & (~marks + _1)) - _1
    below = below - ((below >> _1) & _BITS_1)
    below = (below & _BITS_2) + ((below >> _2) & _BITS_2)
    below = (below + (below >> _4)) & _BITS_4
    return ((below * _ONES) >> _56) >> _3


@numba.njit(nogil=True, inline="always")
def _number(word):  # type: ignore[no-untyped-def]
    """Value of eight decimal digits, the first in the lowest byte (Lemire's method)."""
    word = (word * _10 + (word >> _8)) & _PAIRS
    word = (word * _100 + (word >> _16)) & _FOURS
    return (word * _10000 + (word >> _32)) & _EIGHT


@numba.njit(nogil=True, inline="always")
def _day_of(days, century, date):  # type: ignore[no-untyped-def]
    """Day of a century and "YY-MM-DD" (xor `_DATE`); `IMPOSSIBLE_DAY` for no such date."""
    pairs = date * _10 + (date >> _8)  # in each byte: its digit times ten plus the next
    year = century * _100 + (pairs & _BYTE) - _FIRST_YEAR
    month, day = (pairs >> _24) & _BYTE, (pairs >> _48) & _BYTE
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
def _plain_lines(text, i, stop, title, days, state, records):  # type: ignore[no-untyped-def]
    """Read lines `user,r,YYYY-MM-DD` until one is something else; gives its place.

    All checks of a line are made before the one branch: it is taken every time.
    """
    at = np.uint64(i)
    end = np.uint64(stop)
    n, row = state[N_RECORDS], state[N_ROWS]
    while at < end:
        word = _word(text, at) ^ _8_ZEROS
        length = _n_leading(_not_digits(word))
        comma = at + length
        rating = np.uint64(text[comma + _1]) - _ZERO
        century = np.uint64(text[comma + _3]) * _10 + np.uint64(text[comma + _4]) - _TWO_ZEROS
        date = _word(text, comma + _5) ^ _DATE
        newline = comma + _13 + np.uint64(text[comma + _13] == _RETURN)
        fine = (
            (length > _NO)
            & (length < _8)
            & (text[comma] == _COMMA)
            & (rating < _10)
            & (text[comma + _2] == _COMMA)
            & ((century == _19) | (century == _20))
            & (_not_digits(date) == _NO)
            & ((date & _DASHES) == _NO)
            & (text[newline] == _NEWLINE)
        )
        if not fine:
            break
        day = _day_of(days, century, date)
        if day == IMPOSSIBLE_DAY:
            break
        user = _number(word << ((_8 - length) << _3))
        _put(records, n, user, title, row, np.int64(rating) * 100, day)
        n += 1
        row += 1
        at = newline + _1
    state[N_RECORDS], state[N_ROWS] = n, row
    return np.int64(at)


@numba.njit(nogil=True, cache=True)
def _line_end(text, i):  # type: ignore[no-untyped-def]
    while text[i] != _NEWLINE:
        i += 1
    return i


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
