"""Compiled: records of ratings into buckets of users, packed, and back.

A record is four int32: user, title, row, and the rating in hundredths (low 16 bits) beside the day
(high 16 bits). On the disk it takes one int64 as a rule: the records of a chunk have few distinct
users within a bucket, titles, ratings, days and rows. Their least values and numbers of bits are
chosen chunk by chunk; where 64 bits do not suffice, the record is stored as it is, as two int64.
Half the bytes are half the time that the system needs for them.
"""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.sources.ratings.field_kernels import NO_DAY

#: Positions in a packing: int64 per record; least user, title, rating and day; what all ratings are
#: multiples of, their distance to the least included; bits of user, title, rating and day. Rows
#: have the bits that are left.
(
    N_WORDS,
    LEAST_USER,
    LEAST_TITLE,
    LEAST_RATING,
    LEAST_DAY,
    STEP,
    USER_BITS,
    TITLE_BITS,
    RATING_BITS,
    DAY_BITS,
) = range(10)
N_PACKING = 10

#: Ratings in half stars and in whole ones are multiples of this, in hundredths.
_HALF_STAR = 50
_LARGEST = 2**31 - 1


@numba.njit(nogil=True, cache=True)
def _n_bits(value):  # type: ignore[no-untyped-def]
    n = 0
    while value > 0:
        value >>= 1
        n += 1
    return n


@numba.njit(nogil=True, cache=True)
def _count(  # type: ignore[no-untyped-def]
    records, n, n_buckets, buckets, counts, n_ratings, n_days, n_titles, packing
):
    """Bucket and count every record, and choose the packing.

    Gives the least and the greatest user, and the number of titles that were not counted.
    """
    divisor = np.uint32(n_buckets)
    low_user, high_user = np.int64(_LARGEST), np.int64(-1)
    low_title, high_title = np.int64(_LARGEST), np.int64(0)
    low_rating, high_rating = np.int64(2**15), np.int64(-(2**15))
    low_day, high_day = np.int64(2**15), np.int64(NO_DAY)
    n_greater, in_halves = 0, True
    counts[:] = 0
    for i in range(n):
        user, title, value = records[i, 0], records[i, 1], records[i, 3]
        buckets[i] = np.uint32(user) % divisor
        counts[buckets[i]] += 1
        n_ratings[value & 0xFFFF] += 1
        n_days[(value >> 16) & 0xFFFF] += 1
        if title < n_titles.shape[0]:
            n_titles[title] += 1
        else:
            n_greater += 1
        rating, day = np.int64(np.int16(value & 0xFFFF)), np.int64(value >> 16)
        in_halves &= rating % _HALF_STAR == 0
        low_user, high_user = min(low_user, user), max(high_user, user)
        low_title, high_title = min(low_title, title), max(high_title, title)
        low_rating, high_rating = min(low_rating, rating), max(high_rating, rating)
        low_day, high_day = min(low_day, day if day != NO_DAY else low_day), max(high_day, day)
    step = _HALF_STAR if in_halves else 1
    packing[LEAST_USER], packing[LEAST_TITLE] = low_user // n_buckets, low_title
    packing[LEAST_RATING], packing[LEAST_DAY], packing[STEP] = low_rating, low_day, step
    packing[USER_BITS] = _n_bits(high_user // n_buckets - low_user // n_buckets)
    packing[TITLE_BITS] = _n_bits(high_title - low_title)
    packing[RATING_BITS] = _n_bits((high_rating - low_rating) // step)
    packing[DAY_BITS] = _n_bits(high_day - low_day + 1)  # 0 stands for no day
    return low_user, high_user, n_greater


@numba.njit(nogil=True, cache=True)
def scatter(  # type: ignore[no-untyped-def]
    records,
    n,
    n_rows,
    buckets,
    counts,
    places,
    out,
    n_ratings,
    n_days,
    n_titles,
    packing,
):
    """Move records into buckets, in their order, packed; and count their values.

    Parameters
    ----------
    records : ndarray of shape (capacity, 4), int32
    n, n_rows : int
        Records there are, and what is more than the row of any.
    buckets : ndarray of shape (capacity,), uint16
        Scratch.
    counts, places : ndarray of shape (n_buckets,), int64
        Filled: records of each bucket (a user's is user % n_buckets); scratch.
    out : ndarray of shape (2 * capacity,), int64
        Filled: bucket after bucket, users as user // n_buckets.
    n_ratings, n_days : ndarray of shape (65536,), int64
        Added to: rows of each rating and day, at their low 16 bits.
    n_titles : ndarray of shape (n_counted,), int64
        Added to: rows of each title below n_counted.
    packing : ndarray of shape (N_PACKING,), int64
        Filled.

    Returns
    -------
    tuple of int
        Least and greatest user, and the number of titles that were not counted; (_, -1, 0) without
        records.
    """
    n_buckets = counts.shape[0]
    found = _count(records, n, n_buckets, buckets, counts, n_ratings, n_days, n_titles, packing)
    title_at = packing[USER_BITS]
    rating_at = title_at + packing[TITLE_BITS]
    day_at = rating_at + packing[RATING_BITS]
    row_at = day_at + packing[DAY_BITS]
    packed = row_at + _n_bits(n_rows) < 64
    packing[N_WORDS] = 1 if packed else 2
    total = 0
    for bucket in range(n_buckets):
        places[bucket] = total
        total += counts[bucket]
    divisor, halves = np.uint32(n_buckets), packing[STEP] == _HALF_STAR
    least_user, least_title = packing[LEAST_USER], packing[LEAST_TITLE]
    least_rating, before_day = packing[LEAST_RATING], packing[LEAST_DAY] - 1
    for i in range(n):
        bucket = buckets[i]
        place = places[bucket]
        places[bucket] = place + 1
        user = np.int64(np.uint32(records[i, 0]) // divisor)
        title, row, value = np.int64(records[i, 1]), np.int64(records[i, 2]), records[i, 3]
        if packed:
            rating = np.int64(np.int16(value & 0xFFFF)) - least_rating
            rating = rating // _HALF_STAR if halves else rating
            since = np.int64(value >> 16)
            day = 0 if since == NO_DAY else since - before_day
            out[place] = (
                (user - least_user)
                | ((title - least_title) << title_at)
                | (rating << rating_at)
                | (day << day_at)
                | (row << row_at)
            )
        else:
            out[2 * place] = user | (title << 32)
            out[2 * place + 1] = row | (np.int64(value) << 32)
    return found


@numba.njit(nogil=True, cache=True)
def unpack(words, counts, packings, first_rows, records):  # type: ignore[no-untyped-def]
    """Bring packed records back.

    Parameters
    ----------
    words : ndarray of int64
        Records of several chunks, one chunk after the other.
    counts : ndarray of shape (n_pieces,), int64
        Records of each chunk.
    packings : ndarray of shape (n_pieces, N_PACKING), int64
    first_rows : ndarray of shape (n_pieces,), int64
        Added to the rows, which are uint32 then.
    records : ndarray of shape (capacity, 4), int32
        Filled; users are user // n_buckets.
    """
    at = n = 0
    for piece in range(counts.shape[0]):
        count, packing = counts[piece], packings[piece]
        if packing[N_WORDS] == 2:
            _unpack_two(words[at:], count, first_rows[piece], records[n:])
        else:
            _unpack_one(words[at:], count, packing, first_rows[piece], records[n:])
        at += count * packing[N_WORDS]
        n += count


@numba.njit(nogil=True, cache=True)
def _unpack_two(words, n, first_row, records):  # type: ignore[no-untyped-def]
    for i in range(n):
        key, rest = words[2 * i], words[2 * i + 1]
        records[i, 0], records[i, 1] = key & 0xFFFFFFFF, key >> 32
        records[i, 2], records[i, 3] = (rest & 0xFFFFFFFF) + first_row, rest >> 32


@numba.njit(nogil=True, cache=True)
def _unpack_one(words, n, packing, first_row, records):  # type: ignore[no-untyped-def]
    row_at = packing[USER_BITS] + packing[TITLE_BITS] + packing[RATING_BITS] + packing[DAY_BITS]
    user_mask = (1 << packing[USER_BITS]) - 1
    for i in range(n):
        word = words[i]
        key = title_and_value(word, packing)
        records[i, 0] = (word & user_mask) + packing[LEAST_USER]
        records[i, 1], records[i, 3] = key & 0xFFFFFFFF, key >> 32
        records[i, 2] = (word >> row_at) + first_row


@numba.njit(nogil=True, inline="always")
def title_and_value(word, packing):  # type: ignore[no-untyped-def]
    """Title (low 32 bits), rating and day (as in a record) of a record of one int64."""
    title_at = packing[USER_BITS]
    rating_at = title_at + packing[TITLE_BITS]
    day_at = rating_at + packing[RATING_BITS]
    title = ((word >> title_at) & ((1 << packing[TITLE_BITS]) - 1)) + packing[LEAST_TITLE]
    rating = ((word >> rating_at) & ((1 << packing[RATING_BITS]) - 1)) * packing[STEP]
    day = (word >> day_at) & ((1 << packing[DAY_BITS]) - 1)
    day = NO_DAY if day == 0 else day + packing[LEAST_DAY] - 1
    return title | (((rating + packing[LEAST_RATING]) & 0xFFFF) << 32) | (day << 48)
