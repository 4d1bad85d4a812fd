"""Compiled: records of one bucket whose titles ascend, from packed words to columns at once.

So are inputs that are written title by title. A stable sort by user is all that they need, and as
users are few, it is one pass: every user has a place of its own. What moves is one int64 without
user and row: title (low 32 bits), and rating and day as in a record. Where titles do not ascend, or
a record is not to be kept, `bucket_kernels` have to do it.
"""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.sources.ratings.bucket_kernels import day_range
from reelhouse.sources.ratings.field_kernels import NO_DAY
from reelhouse.sources.ratings.spill_kernels import (
    LEAST_USER,
    USER_BITS,
    title_and_value,
)

#: Ratings in hundredths and days are int16, NO_DAY the least of them.
_LARGEST_SHORT = 2**15 - 1
_BLOCK = 16_384


@numba.njit(nogil=True, cache=True)
def count_users(words, counts, packings, least_user, ends):  # type: ignore[no-untyped-def]
    """Where the records of each user are to begin.

    Parameters
    ----------
    words, counts, packings : ndarray
        As in `unpack`; each record is one int64.
    least_user : int
        No user (within the bucket: user // n_buckets) is less.
    ends : ndarray of shape (n_users,), int64
        Filled: place of the first record of user `least_user` + index.
    """
    ends[:] = 0
    at = 0
    for piece in range(counts.shape[0]):
        packing, stop = packings[piece], at + counts[piece]
        mask, base = (1 << packing[USER_BITS]) - 1, packing[LEAST_USER] - least_user
        for i in range(at, stop):
            ends[(words[i] & mask) + base] += 1
        at = stop
    total = 0
    for user in range(ends.shape[0]):
        count = ends[user]
        ends[user] = total
        total += count


@numba.njit(nogil=True, cache=True)
def place_by_user(words, counts, packings, least_user, ends, out):  # type: ignore[no-untyped-def]
    """Move records to their users, in their order, until a title is less than the one before.

    Parameters
    ----------
    words, counts, packings, least_user
        As in `count_users`.
    ends : ndarray of shape (n_users,), int64
        From `count_users`; in the end where each user's records end.
    out : ndarray of shape (capacity,), int64
        Filled: title, rating and day.

    Returns
    -------
    bool
        Whether all titles ascend; else nothing of `out` and `ends` counts.
    """
    at, last, ascend = 0, np.int64(-1), True
    for piece in range(counts.shape[0]):
        packing, stop = packings[piece], at + counts[piece]
        mask, base = (1 << packing[USER_BITS]) - 1, packing[LEAST_USER] - least_user
        for i in range(at, stop):
            record = title_and_value(words[i], packing)
            user = (words[i] & mask) + base
            out[ends[user]] = record
            ends[user] += 1
            title = record & 0xFFFFFFFF
            ascend &= last <= title
            last = title
        if not ascend:
            break
        at = stop
    return ascend


@numba.njit(nogil=True, cache=True)
def runs_as_columns(  # type: ignore[no-untyped-def]
    placed, n, ends, n_buckets, first_id, users, titles, ratings, days
):
    """Columns of all records, unless one is a repeat of user and title.

    Parameters
    ----------
    placed : ndarray of shape (capacity,), int64
        From `place_by_user`.
    n : int
        Records, at least 1.
    ends : ndarray of shape (n_users,), int64
        Where each user's records end.
    n_buckets, first_id : int
        The user at an index of `ends` is `first_id` + index * `n_buckets`.
    users, titles, ratings, days : ndarray of shape (capacity,)
        Filled, as by `settle`.

    Returns
    -------
    tuple of int
        Number of repeats; then numbers of users and undated ratings, least and greatest rating,
        first and last day.
    """
    n_users = _fill_users(ends, n_buckets, first_id, users)
    n_repeats = n_undated = 0
    low, high, first, last = _LARGEST_SHORT, -_LARGEST_SHORT, _LARGEST_SHORT, NO_DAY
    # Block by block, so that the next loop finds in the cache what one has made; each of these
    # loops is vectorised.
    for start in range(0, n, _BLOCK):
        end, before = min(start + _BLOCK, n), max(start - 1, 0)
        block, of_days = placed[start:end], days[start:end]
        _decode(block, titles[start:end], ratings[start:end], of_days)
        n_repeats += _count_repeats(users[before:end], titles[before:end])
        least, greatest = _hundredths(block)
        low, high = min(low, least), max(high, greatest)
        earliest, latest, n_more = day_range(of_days, end - start)
        first, last, n_undated = min(first, earliest), max(last, latest), n_undated + n_more
    least_rating, greatest_rating = np.float32(low * 0.01), np.float32(high * 0.01)
    return n_repeats, n_users, n_undated, least_rating, greatest_rating, first, last


@numba.njit(nogil=True, cache=True)
def _fill_users(ends, n_buckets, first_id, users):  # type: ignore[no-untyped-def]
    """Repeat each user for all its records; gives the number of users that have any."""
    start = n_users = 0
    for user in range(ends.shape[0]):
        end, user_id = ends[user], np.int32(first_id + user * n_buckets)
        for i in range(start, end):
            users[i] = user_id
        n_users += end > start
        start = end
    return n_users


@numba.njit(nogil=True, cache=True)
def _decode(placed, titles, ratings, days):  # type: ignore[no-untyped-def]
    for i in range(placed.shape[0]):
        record = placed[i]
        titles[i], days[i] = np.int32(record), np.int32(record >> 48)
        ratings[i] = np.float32(np.int32(np.int16((record >> 32) & 0xFFFF)) * 0.01)


@numba.njit(nogil=True, cache=True)
def _hundredths(placed):  # type: ignore[no-untyped-def]
    """Least and greatest rating; floats would not be vectorised."""
    low, high = np.int32(_LARGEST_SHORT), np.int32(-_LARGEST_SHORT)
    for i in range(placed.shape[0]):
        rating = np.int32(np.int16((placed[i] >> 32) & 0xFFFF))
        low, high = min(low, rating), max(high, rating)
    return low, high


@numba.njit(nogil=True, cache=True)
def _count_repeats(users, titles):  # type: ignore[no-untyped-def]
    """Count neighbours with the same user and title."""
    n_repeats = 0
    for i in range(1, users.shape[0]):
        n_repeats += (users[i] == users[i - 1]) & (titles[i] == titles[i - 1])
    return n_repeats
