"""Compiled: the records of one bucket into sorted columns.

A record is four int32: user (within a bucket: user // n_buckets), title, row, and the rating in
hundredths (low 16 bits) beside the day (high 16 bits). Sixteen bytes move as one.
"""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.sources.ratings.field_kernels import NO_DAY

#: What became of a record: kept, refused by its values, or a repeat of user and title.
KEPT, REFUSED, REPEATED = 0, 1, 2


@numba.njit(nogil=True, cache=True)
def survey(records, n):  # type: ignore[no-untyped-def]
    """What sorting a bucket needs to know.

    Returns
    -------
    tuple of int
        Least and greatest user, least and greatest title, whether titles ascend, and whether
        (user, title) ascends.
    """
    low_user = high_user = records[0, 0]
    low_title = high_title = records[0, 1]
    titles_ascend = pairs_ascend = True
    for i in range(1, n):
        user, title = records[i, 0], records[i, 1]
        before, title_before = records[i - 1, 0], records[i - 1, 1]
        titles_ascend &= title_before <= title
        pairs_ascend &= (before < user) | ((before == user) & (title_before <= title))
        low_user, high_user = min(low_user, user), max(high_user, user)
        low_title, high_title = min(low_title, title), max(high_title, title)
    return low_user, high_user, low_title, high_title, titles_ascend, pairs_ascend


@numba.njit(nogil=True, cache=True)
def sort_by_digit(records, words, n, column, least, shift, places, out):  # type: ignore[no-untyped-def]
    """Sort records by some bits of a column, stable: one pass of a radix sort.

    Parameters
    ----------
    records : ndarray of shape (capacity, 4), int32
    words : ndarray of shape (capacity, 2), int64
        A view of `records`.
    n : int
    column : int
        0 for the user, 1 for the title.
    least, shift : int
        The digit is (value - least) >> shift, of as many bits as `places` has room for.
    places : ndarray of shape (2**bits,), int64
        Scratch.
    out : ndarray of shape (capacity, 2), int64
        Filled.
    """
    mask = places.shape[0] - 1
    places[:] = 0
    for i in range(n):
        places[((records[i, column] - least) >> shift) & mask] += 1
    total = 0
    for digit in range(places.shape[0]):
        count = places[digit]
        places[digit] = total
        total += count
    for i in range(n):
        digit = ((records[i, column] - least) >> shift) & mask
        place = places[digit]
        places[digit] = place + 1
        out[place, 0] = words[i, 0]
        out[place, 1] = words[i, 1]


@numba.njit(nogil=True, cache=True)
def _any_repeats(records, n):  # type: ignore[no-untyped-def]
    n_repeats = 0
    for i in range(1, n):
        same_user = records[i, 0] == records[i - 1, 0]
        n_repeats += same_user & (records[i, 1] == records[i - 1, 1])
    return n_repeats > 0


@numba.njit(nogil=True, cache=True)
def _as_columns(records, n, n_buckets, bucket, users, titles, ratings, days):  # type: ignore[no-untyped-def]
    """Columns of all records, as it is for most buckets; gives the number of users."""
    n_users = 1 if n else 0
    for i in range(n):
        value = records[i, 3]
        users[i] = np.int64(records[i, 0]) * n_buckets + bucket
        titles[i] = records[i, 1]
        ratings[i] = np.float32(np.int32(np.int16(value & 0xFFFF)) * 0.01)
        days[i] = value >> 16
    for i in range(1, n):
        n_users += users[i] != users[i - 1]
    return n_users


@numba.njit(nogil=True, cache=True)
def _keep_good(  # type: ignore[no-untyped-def]
    records, n, n_buckets, bucket, refused, fates, users, titles, ratings, days
):
    """Columns of what is to be kept; gives the numbers of ratings and users."""
    kept = n_users = 0
    last_user = last_title = np.int32(-1)
    any_refused = refused.shape[0] > 0
    for i in range(n):
        user, title, value = records[i, 0], records[i, 1], records[i, 3]
        if any_refused and refused[i]:
            fates[i] = REFUSED
            continue
        if user == last_user and title == last_title:
            fates[i] = REPEATED
            continue
        n_users += user != last_user
        last_user, last_title = user, title
        users[kept] = np.int64(user) * n_buckets + bucket
        titles[kept] = title
        ratings[kept] = np.float32(np.int32(np.int16(value & 0xFFFF)) * 0.01)
        days[kept] = value >> 16
        kept += 1
    return kept, n_users


@numba.njit(nogil=True, cache=True)
def _rating_range(ratings, n):  # type: ignore[no-untyped-def]
    low, high = np.float32(np.inf), np.float32(-np.inf)
    for i in range(n):
        low, high = min(low, ratings[i]), max(high, ratings[i])
    return low, high


@numba.njit(nogil=True, cache=True)
def settle(  # type: ignore[no-untyped-def]
    records, n, n_buckets, bucket, refused, fates, users, titles, ratings, days
):
    """Keep the first good record of each user and title, as columns.

    Parameters
    ----------
    records : ndarray of shape (capacity, 4), int32
        Sorted by user and title, then by row.
    n, n_buckets, bucket : int
    refused : ndarray of shape (n or 0,), bool
        Records whose values are refused; empty when there are none.
    fates : ndarray of shape (capacity,), uint8
        Filled: KEPT, REFUSED or REPEATED.
    users, titles : ndarray of shape (capacity,), int32
        Filled.
    ratings : ndarray of shape (capacity,), float32
        Filled: stars.
    days : ndarray of shape (capacity,), int32
        Filled: days since 1970-01-01, or `NO_DAY`.

    Returns
    -------
    tuple of int
        Of what is kept: numbers of ratings, users and undated ratings, least and greatest rating,
        first and last day.
    """
    fates[:n] = KEPT
    if refused.shape[0] == 0 and not _any_repeats(records, n):
        n_users = _as_columns(records, n, n_buckets, bucket, users, titles, ratings, days)
        kept = n
    else:
        kept, n_users = _keep_good(
            records, n, n_buckets, bucket, refused, fates, users, titles, ratings, days
        )
    low, high = _rating_range(ratings, kept)
    first, last, n_undated = day_range(days, kept)
    return kept, n_users, n_undated, low, high, first, last


@numba.njit(nogil=True, cache=True)
def day_range(days, n):  # type: ignore[no-untyped-def]
    """First and last day, and the number of `NO_DAY`; a loop of its own is vectorised."""
    first, last, n_undated = np.int32(2**15), np.int32(NO_DAY), 0
    for i in range(n):
        day = days[i]
        n_undated += day == NO_DAY
        first, last = min(first, day if day != NO_DAY else first), max(last, day)
    return first, last, n_undated
