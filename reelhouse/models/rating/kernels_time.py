"""Compiled epochs of SVD++ whose biases change with time."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.rating.kernels_pairs import product
from reelhouse.models.rating.kernels_sgd import implicit_sum, share_out


@numba.njit(nogil=True, cache=True)
def learn_users_in_time(
    order: NDArray[np.integer],
    starts: NDArray[np.int64],
    titles: IntArray,
    values: FloatArray,
    bins: IntArray,
    deviations: FloatArray,
    slots: IntArray,
    mean: float,
    rate: float,
    bias_regularization: float,
    bin_damping: FloatArray,
    drift_damping: FloatArray,
    day_damping: FloatArray,
    user_damping: FloatArray,
    title_damping: FloatArray,
    user_biases: FloatArray,
    title_biases: FloatArray,
    title_bins: FloatArray,
    drifts: FloatArray,
    day_biases: FloatArray,
    user_factors: FloatArray,
    title_factors: FloatArray,
    implicit_factors: FloatArray,
) -> None:
    """Learn from each rating once; as `reelhouse.models.rating.kernels_sgd.learn_users`.

    Parameters
    ----------
    bins, slots : ndarray of shape (n_ratings,), int32
        Column of `title_bins`, and place in `day_biases`, of each rating.
    deviations : ndarray of shape (n_ratings,), float32
        How far from the user's mean day; what drifts is multiplied by it.
    bin_damping, drift_damping, day_damping : ndarray of the shapes of what they damp
        Regularization of what changes with time, at each rating.
    title_bins : ndarray of shape (n_titles, n_bins), float32
    drifts : ndarray of shape (n_users,), float32
    day_biases : ndarray of shape (n_slots,), float32
        Changed, as the other biases and the factors are.
    """
    n_factors = user_factors.shape[1]
    shrink = np.float32(1.0 - rate * bias_regularization)
    step = np.float32(rate)
    implicit = np.empty(n_factors, np.float32)
    whole = np.empty(n_factors, np.float32)
    for user in order:
        start, stop = starts[user], starts[user + 1]
        if start == stop:
            continue
        scale = np.float32(1.0 / np.sqrt(stop - start))
        implicit_sum(titles[start:stop], implicit_factors, scale, implicit)
        before = implicit.copy()
        p = user_factors[user]
        for at in range(start, stop):
            title, time, deviation, slot = titles[at], bins[at], deviations[at], slots[at]
            q = title_factors[title]
            for f in range(n_factors):
                whole[f] = p[f] + implicit[f]
            known = mean + user_biases[user] + title_biases[title] + title_bins[title, time]
            known += drifts[user] * deviation + day_biases[slot] + product(whole, q)
            pull = np.float32(rate * (values[at] - known))
            user_biases[user] = user_biases[user] * shrink + pull
            title_biases[title] = title_biases[title] * shrink + pull
            title_bins[title, time] += (
                pull - step * bin_damping[title, time] * title_bins[title, time]
            )
            drifts[user] += pull * deviation - step * drift_damping[user] * drifts[user]
            day_biases[slot] += pull - step * day_damping[slot] * day_biases[slot]
            _learn_factors(
                pull, rate, user_damping[user], title_damping[title], whole, p, q, implicit
            )
        for f in range(n_factors):
            implicit[f] = (implicit[f] - before[f]) * scale
        share_out(titles[start:stop], implicit, rate, title_damping, implicit_factors)


@numba.njit(nogil=True, cache=True, inline="always")
def _learn_factors(
    pull: Any,
    rate: float,
    user_damping: Any,
    title_damping: Any,
    whole: FloatArray,
    p: FloatArray,
    q: FloatArray,
    implicit: FloatArray,
) -> None:
    user_shrink = np.float32(1.0) - np.float32(rate) * user_damping
    title_shrink = np.float32(1.0) - np.float32(rate) * title_damping
    for f in range(p.shape[0]):
        p[f] = p[f] * user_shrink + pull * q[f]
        implicit[f] += pull * q[f]
        q[f] = q[f] * title_shrink + pull * whole[f]


@numba.njit(nogil=True, cache=True)
def find_slots(
    users: IntArray, days: IntArray, starts: NDArray[np.int64], known_days: IntArray
) -> IntArray:
    """Place of each user's day among the days known of them; -1 for one that is not.

    Parameters
    ----------
    users, days : ndarray of shape (n,), int32
    starts : ndarray of shape (n_users + 1,), int64
        Where the days of each user start in `known_days`, ascending for each user.
    """
    slots = np.full(users.shape[0], -1, np.int32)
    for at in range(users.shape[0]):
        start, stop = starts[users[at]], starts[users[at] + 1]
        place = start + np.searchsorted(known_days[start:stop], days[at])
        if place < stop and known_days[place] == days[at]:
            slots[at] = place
    return slots
