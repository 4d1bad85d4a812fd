"""Compiled: records of ratings into buckets of users, and one bucket into sorted columns.

A record is four int32: user (within a bucket: user // n_buckets), title, row, and the rating in
hundredths (low 16 bits) beside the day (high 16 bits). Sixteen bytes move as one.
"""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.sources.ratings.field_kernels import NO_DAY

_LOW_HALF, _HIGH_HALF = 0xFFFFFFFF, -(2**32)

#: What became of a record: kept, refused by its values, or a repeat of user and title.
KEPT, REFUSED, REPEATED = 0, 1, 2


@numba.njit(nogil=True, cache=True)
def scatter(  # type: ignore[no-untyped-def]
    records, words, n, n_buckets, buckets, counts, places, out, n_ratings, n_days, n_titles
):
    """Move records into buckets, in their order, and count their values.

    Parameters
    ----------
    records : ndarray of shape (capacity, 4), int32
    words : ndarray of shape (capacity, 2), int64
        A view of `records`.
    n : int
        Records there are.
    n_buckets : int
        A user's bucket is user % n_buckets.
    buckets : ndarray of shape (capacity,), uint16
        Scratch.
    counts, places : ndarray of shape (n_buckets,), int64
        Filled: records of each bucket; scratch.
    out : ndarray of shape (capacity, 2), int64
        Filled: bucket after bucket.
    n_ratings, n_days : ndarray of shape (65536,), int64
        Added to: rows of each rating and day, at their low 16 bits.
    n_titles : ndarray of shape (n_counted,), int64
        Added to: rows of each title below n_counted.

    Returns
    -------
    tuple of int
        Least and greatest user, and the number of titles that were not counted; (0, -1, 0) without
        records.
    """
    divisor = np.uint32(n_buckets)
    least, greatest = np.int32(2**31 - 1), np.int32(-1)
    n_greater = 0
    counts[:] = 0
    for i in range(n):
        user, title, value = records[i, 0], records[i, 1], records[i, 3]
        bucket = np.uint32(user) % divisor
        buckets[i] = bucket
        counts[bucket] += 1
        n_ratings[value & 0xFFFF] += 1
        n_days[(value >> 16) & 0xFFFF] += 1
        if title < n_titles.shape[0]:
            n_titles[title] += 1
        else:
            n_greater += 1
        least, greatest = min(least, user), max(greatest, user)
    _start_places(counts, places)
    for i in range(n):
        bucket = buckets[i]
        place = places[bucket]
        places[bucket] = place + 1
        word = words[i, 0]
        out[place, 0] = (word & _HIGH_HALF) | (np.uint32(word & _LOW_HALF) // divisor)
        out[place, 1] = words[i, 1]
    if n == 0:
        least = np.int32(0)
    return least, greatest, n_greater


@numba.njit(nogil=True, cache=True)
def _start_places(counts, places):  # type: ignore[no-untyped-def]
    """Where each bucket starts."""
    total = 0
    for bucket in range(counts.shape[0]):
        count = counts[bucket]
        places[bucket] = total
        total += count


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
    _start_places(places, places)
    for i in range(n):
        digit = ((records[i, column] - least) >> shift) & mask
        place = places[digit]
        places[digit] = place + 1
        out[place, 0] = words[i, 0]
        out[place, 1] = words[i, 1]


@numba.njit(nogil=True, cache=True)
def settle(  # type: ignore[no-untyped-def]
    records, n, n_buckets, bucket, refused, fates, users, titles, ratings, days, met, lowest
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
    met : ndarray of shape (n_codes or 0,), bool
        Set for each kept title at title - lowest; empty when titles are not to be noted.
    lowest : int

    Returns
    -------
    tuple of int
        Of what is kept: numbers of ratings, users and undated ratings, least and greatest rating in
        hundredths, first and last day.
    """
    kept = n_users = 0
    last_user = last_title = np.int32(-1)
    low, high = np.int32(2**15), np.int32(-(2**15))
    any_refused, noted = refused.shape[0] > 0, met.shape[0] > 0
    fates[:n] = KEPT
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
        hundredths = np.int32(np.int16(value & 0xFFFF))
        low, high = min(low, hundredths), max(high, hundredths)
        users[kept] = np.int64(user) * n_buckets + bucket
        titles[kept] = title
        ratings[kept] = np.float32(hundredths * 0.01)
        days[kept] = value >> 16
        kept += 1
        if noted:
            met[title - lowest] = True
    first, last, n_undated = _day_range(days, kept)
    return kept, n_users, n_undated, low, high, first, last


@numba.njit(nogil=True, cache=True)
def _day_range(days, n):  # type: ignore[no-untyped-def]
    """First and last day, and the number of `NO_DAY`; a loop of its own is vectorised."""
    first, last, n_undated = np.int32(2**15), np.int32(NO_DAY), 0
    for i in range(n):
        day = days[i]
        n_undated += day == NO_DAY
        first, last = min(first, day if day != NO_DAY else first), max(last, day)
    return first, last, n_undated
