"""Compiled loops of the synthetic ratings: draw who rates a title, and write the lines.

Random numbers are splitmix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
generators"): a counter and a mixing function, so that every title has a stream of its own that
needs no set-up and no memory.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S16, _S27, _S30, _S31, _S32, _S48 = (np.uint64(shift) for shift in (16, 27, 30, 31, 32, 48))
_LOW_6, _LOW_16, _LOW_32 = np.uint64(0x3F), np.uint64(0xFFFF), np.uint64(0xFFFFFFFF)
_ZERO, _ONE = np.uint64(0), np.uint64(1)


@numba.njit(nogil=True, inline="always")
def _mixed(state):  # type: ignore[no-untyped-def]  # numba infers uint64 -> uint64
    z = (state ^ (state >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@numba.njit(nogil=True, inline="always")
def _below(bits, n):  # type: ignore[no-untyped-def]  # an integer below n from the high 32 bits
    return np.int64(((bits >> _S32) * np.uint64(n)) >> _S32)


@numba.njit(nogil=True, inline="always")
def _alias(bits, first, end, limits, aliases):  # type: ignore[no-untyped-def]
    index = _below(bits, end - first)
    if bits & _LOW_32 >= limits[first + index]:
        index = np.int64(aliases[first + index])
    return first + index


@numba.njit(nogil=True, inline="always")
def _is_new(seen, user):  # type: ignore[no-untyped-def]  # marks the user's bit
    word, bit = user >> 6, _ONE << (np.uint64(user) & _LOW_6)
    new = seen[word] & bit == _ZERO
    seen[word] |= bit
    return new


@numba.njit(nogil=True, inline="always")
def _noise(bits):  # type: ignore[no-untyped-def]  # mean 0, variance 1
    # The sum of four uniforms of 16 bits is normal enough; its variance is 4/12.
    total = (bits & _LOW_16) + (bits >> _S16 & _LOW_16) + (bits >> _S32 & _LOW_16) + (bits >> _S48)
    return (np.float32(np.int64(total)) - np.float32(131070.0)) * np.float32(1.7320508 / 65536.0)


@numba.njit(nogil=True, inline="always")
def _put_number(out, at, number):  # type: ignore[no-untyped-def]  # positive; gives the new end
    n_digits, rest = 1, number // 10
    while rest > 0:
        n_digits += 1
        rest //= 10
    for place in range(at + n_digits - 1, at - 1, -1):
        out[place] = 48 + number % 10
        number //= 10
    return at + n_digits


@numba.njit(nogil=True, inline="always")
def _put_text(out, at, text):  # type: ignore[no-untyped-def]  # zeros are filling
    for byte in text:
        if byte != 0:
            out[at] = byte
            at += 1
    return at


@numba.njit(nogil=True, cache=True)
def fill_alias_table(
    weights: NDArray[np.float64], limits: NDArray[np.uint32], aliases: NDArray[np.int32]
) -> None:
    """Build the tables from which one index is drawn in two steps, whatever their length.

    Walker's method in Vose's form (1991, "A linear algorithm for generating random numbers with a
    given distribution"). Index i keeps a draw whose low 32 bits are below `limits[i]` and passes
    it on to `aliases[i]` otherwise.

    Parameters
    ----------
    weights : array of shape (n,), float64, positive
    limits : array of shape (n,), uint32, written
    aliases : array of shape (n,), int32, written
    """
    n = len(weights)
    left = weights * (n / weights.sum())
    # One array holds both stacks: what is below the mean grows from the front, the rest from the
    # back; together they never hold more than n.
    stack = np.empty(n, np.int32)
    n_small, first_large = 0, n
    for i in range(n):
        if left[i] < 1.0:
            stack[n_small] = i
            n_small += 1
        else:
            first_large -= 1
            stack[first_large] = i
    for i in range(n):
        limits[i] = np.uint32(0xFFFFFFFF)
        aliases[i] = i
    while n_small > 0 and first_large < n:
        n_small -= 1
        small, large = stack[n_small], stack[first_large]
        limits[small] = np.uint32(left[small] * 4294967295.0)
        aliases[small] = large
        left[large] -= 1.0 - left[small]
        if left[large] < 1.0:
            first_large += 1
            stack[n_small] = large
            n_small += 1


@numba.njit(nogil=True, cache=True)
def draw_raters(
    seed: np.uint64,
    raters: NDArray[np.int32],
    n_from_group: int,
    group: tuple[int, int],
    all_tables: tuple[NDArray[np.uint32], NDArray[np.int32]],
    group_tables: tuple[NDArray[np.uint32], NDArray[np.int32]],
    completists: tuple[NDArray[np.int32], NDArray[np.float64]],
) -> None:
    """Draw the users who rate one title, each once, in random order.

    Users are numbered so that a group is a range of numbers.

    Parameters
    ----------
    seed : uint64
        The title's own.
    raters : array of shape (n_raters,), int32, written
        Its length says how many; at most half of the users.
    n_from_group : int
        Draws from the title's group; what is drawn twice counts once.
    group : (int, int)
        First user of the group and the one after its last.
    all_tables : two arrays of shape (n_users,)
        Alias tables over all users.
    group_tables : two arrays of shape (n_users,)
        Alias tables of the groups one after the other; aliases count from the group's first user.
    completists : arrays of shape (n_completists,), int32 and float64
        Users who rate nearly everything, and the chance that they do.
    """
    limits, aliases = all_tables
    group_limits, group_aliases = group_tables
    eager, chances = completists
    n_raters = len(raters)
    # One bit per user: 60 KB for the prize's users, which stays in the nearest caches.
    seen = np.zeros(len(limits) // 64 + 1, np.uint64)
    state = seed
    n = 0
    for k in range(min(len(eager), n_raters)):
        state += _STEP
        if (_mixed(state) >> _S32) < np.uint64(chances[k] * 4294967295.0):
            _is_new(seen, eager[k])
            raters[n] = eager[k]
            n += 1
    n_drawn = 0
    while n < n_raters:
        state += _STEP
        bits = _mixed(state)
        if n_drawn < n_from_group:
            user = _alias(bits, group[0], group[1], group_limits, group_aliases)
        else:
            user = _alias(bits, 0, len(limits), limits, aliases)
        n_drawn += 1
        if _is_new(seen, user):
            raters[n] = user
            n += 1
    # Shuffle (Fisher and Yates): else the group's users would stand first.
    for i in range(n_raters - 1, 0, -1):
        state += _STEP
        j = _below(_mixed(state), i + 1)
        raters[i], raters[j] = raters[j], raters[i]


@numba.njit(nogil=True, cache=True)
def write_lines(
    seed: np.uint64,
    raters: NDArray[np.int32],
    liking: NDArray[np.float32],
    users: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]],
    cuts: NDArray[np.float32],
    first_day: int,
    texts: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    out: NDArray[np.uint8],
) -> int:
    """Draw the rating and the day of each rater of one title and write them as lines of text.

    A rating is the first star whose cut lies above `liking` of the user's group, plus the user's
    own leaning, plus noise of variance 1. Days crowd towards the end, as the prize's do.

    Parameters
    ----------
    seed : uint64
        The title's own, different from the one that drew the raters.
    raters : array of shape (n_raters,), int32
    liking : array of shape (n_groups,), float32
        How well each group likes this title.
    users : arrays of shape (n_users,), int32, int32, float32
        External ids, groups and leanings.
    cuts : array of shape (4,), float32
        Between five stars.
    first_day : int
        Row of the first day in the texts of the days.
    texts : arrays of uint8, of shape (n,), (5, w) and (n_days, v)
        What stands between user and rating, the ratings with the comma after them, the days with
        the line end. Zeros fill up what is shorter.
    out : array of uint8, written
        Long enough.

    Returns
    -------
    int
        Bytes written.
    """
    ids, groups, leanings = users
    middle, stars, days = texts
    state = seed
    at = 0
    for user in raters:
        state += _STEP
        score = liking[groups[user]] + leanings[user] + _noise(_mixed(state))
        star = 0
        while star < 4 and score > cuts[star]:
            star += 1
        state += _STEP
        bits = _mixed(state)
        # The later of two random days.
        day = first_day + _below(max(bits, bits << _S32), len(days) - first_day)
        at = _put_number(out, at, ids[user])
        at = _put_text(out, at, middle)
        at = _put_text(out, at, stars[star])
        at = _put_text(out, at, days[day])
    return at
