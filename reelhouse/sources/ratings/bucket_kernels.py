"""Compiled: records of ratings into buckets of users, and one bucket into sorted columns.

A record is four int32: user (within a bucket: user // n_buckets), title, row, and the rating in
hundredths (low 16 bits) beside the day (high 16 bits). Sixteen bytes move as one.
"""

from __future__ import annotations

import numba
import numpy as np

#: What became of a record: kept, refused by its values, or a repeat of user and title.
KEPT, REFUSED, REPEATED = 0, 1, 2


@numba.njit(nogil=True, cache=True)
def scatter(  # type: ignore[no-untyped-def]
    records, n, n_buckets, buckets, counts, places, out, n_ratings, n_days
):
    """Move records into buckets, in their order, and count their values.

    Parameters
    ----------
    records : ndarray of shape (capacity, 4), int32
    n : int
        Records there are.
    n_buckets : int
        A user's bucket is user % n_buckets.
    buckets : ndarray of shape (capacity,), uint16
        Scratch.
    counts, places : ndarray of shape (n_buckets,), int64
        Filled: records of each bucket; scratch.
    out : ndarray of shape (capacity, 4), int32
        Filled: bucket after bucket.
    n_ratings, n_days : ndarray of shape (65536,), int64
        Added to: rows of each rating and day, at their low 16 bits.

    Returns
    -------
    tuple of int
        Least and greatest user; (0, -1) without records.
    """
    divisor = np.uint32(n_buckets)
    least, greatest = np.int32(2**31 - 1), np.int32(-1)
    counts[:] = 0
    for i in range(n):
        user = records[i, 0]
        bucket = np.uint32(user) % divisor
        buckets[i] = bucket
        counts[bucket] += 1
        value = records[i, 3]
        n_ratings[value & 0xFFFF] += 1
        n_days[(value >> 16) & 0xFFFF] += 1
        least, greatest = min(least, user), max(greatest, user)
    total = 0
    for each in range(n_buckets):
        places[each] = total
        total += counts[each]
    for i in range(n):
        bucket = buckets[i]
        place = places[bucket]
        places[bucket] = place + 1
        out[place, 0] = np.uint32(records[i, 0]) // divisor
        out[place, 1] = records[i, 1]
        out[place, 2] = records[i, 2]
        out[place, 3] = records[i, 3]
    return (least, greatest) if n else (np.int32(0), np.int32(-1))


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
def sort_by_digit(records, n, column, least, shift, places, out):  # type: ignore[no-untyped-def]
    """Sort records by some bits of a column, stable: one pass of a radix sort.

    Parameters
    ----------
    records : ndarray of shape (capacity, 4), int32
    n : int
    column : int
        0 for the user, 1 for the title.
    least, shift : int
        The digit is (value - least) >> shift, of as many bits as `places` has room for.
    places : ndarray of shape (2**bits,), int64
        Scratch.
    out : ndarray of shape (capacity, 4), int32
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
        out[place, 0] = records[i, 0]
        out[place, 1] = records[i, 1]
        out[place, 2] = records[i, 2]
        out[place, 3] = records[i, 3]


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
        Filled: days since 1970-01-01.

    Returns
    -------
    tuple of int
        Records kept and users among them.
    """
    kept = n_users = 0
    last_user = last_title = np.int32(-1)
    any_refused = refused.shape[0] > 0
    for i in range(n):
        user, title = records[i, 0], records[i, 1]
        if any_refused and refused[i]:
            fates[i] = REFUSED
            continue
        if user == last_user and title == last_title:
            fates[i] = REPEATED
            continue
        fates[i] = KEPT
        n_users += user != last_user
        last_user, last_title = user, title
        value = records[i, 3]
        users[kept] = np.int64(user) * n_buckets + bucket
        titles[kept] = title
        ratings[kept] = np.float32(np.int16(value & 0xFFFF) / 100.0)
        days[kept] = value >> 16
        kept += 1
    return kept, n_users
