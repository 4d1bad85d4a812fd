"""Compiled epochs of stochastic gradient descent on biases and factors."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.models.rating.kernels_pairs import product


@numba.njit(nogil=True, cache=True)
def learn_ratings(
    order: NDArray[np.integer],
    users: IntArray,
    titles: IntArray,
    values: FloatArray,
    mean: float,
    rate: float,
    bias_regularization: float,
    user_damping: FloatArray,
    title_damping: FloatArray,
    user_biases: FloatArray,
    title_biases: FloatArray,
    user_factors: FloatArray,
    title_factors: FloatArray,
) -> None:
    """Learn from each rating once, one after the other: no thread can change the answer.

    Parameters
    ----------
    order : ndarray of shape (n_ratings,)
        Positions of the ratings, as they are learned.
    users, titles, values : ndarray of shape (n_ratings,)
    rate : float
        Learning rate.
    user_damping, title_damping : ndarray of shape (n_users,) and (n_titles,), float32
        Regularization of the factors at each rating.
    user_biases, title_biases, user_factors, title_factors
        Changed.
    """
    step = np.float32(rate)
    shrink = np.float32(1.0 - rate * bias_regularization)
    for at in order:
        user, title = users[at], titles[at]
        p, q = user_factors[user], title_factors[title]
        known = mean + user_biases[user] + title_biases[title] + product(p, q)
        pull = np.float32(rate * (values[at] - known))
        user_biases[user] = user_biases[user] * shrink + pull
        title_biases[title] = title_biases[title] * shrink + pull
        user_shrink = np.float32(1.0) - step * user_damping[user]
        title_shrink = np.float32(1.0) - step * title_damping[title]
        for f in range(p.shape[0]):
            old = p[f]
            p[f] = old * user_shrink + pull * q[f]
            q[f] = q[f] * title_shrink + pull * old


@numba.njit(nogil=True, cache=True)
def learn_users(
    order: NDArray[np.integer],
    starts: NDArray[np.int64],
    titles: IntArray,
    values: FloatArray,
    mean: float,
    rate: float,
    bias_regularization: float,
    user_damping: FloatArray,
    title_damping: FloatArray,
    user_biases: FloatArray,
    title_biases: FloatArray,
    user_factors: FloatArray,
    title_factors: FloatArray,
    implicit_factors: FloatArray,
) -> None:
    """Learn from each rating once, where a user's factors include those of what they rated.

    The sum of a user's implicit factors is learned rating by rating; what it changed by is then
    shared out among them, which is what learning each of them by each rating would come to.

    Parameters
    ----------
    order : ndarray of shape (n_users,)
        Users, as they are learned.
    starts, titles, values
        CSR arrays of the ratings by user.
    implicit_factors : ndarray of shape (n_titles, n_factors), float32
        Changed, as the other factors and the biases are.

    Other parameters are those of `learn_ratings`.
    """
    n_factors = user_factors.shape[1]
    step = np.float32(rate)
    shrink = np.float32(1.0 - rate * bias_regularization)
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
        user_shrink = np.float32(1.0) - step * user_damping[user]
        for at in range(start, stop):
            title = titles[at]
            q = title_factors[title]
            title_shrink = np.float32(1.0) - step * title_damping[title]
            for f in range(n_factors):
                whole[f] = p[f] + implicit[f]
            known = mean + user_biases[user] + title_biases[title] + product(whole, q)
            pull = np.float32(rate * (values[at] - known))
            user_biases[user] = user_biases[user] * shrink + pull
            title_biases[title] = title_biases[title] * shrink + pull
            for f in range(n_factors):
                p[f] = p[f] * user_shrink + pull * q[f]
                implicit[f] += pull * q[f]
                q[f] = q[f] * title_shrink + pull * whole[f]
        for f in range(n_factors):
            implicit[f] = (implicit[f] - before[f]) * scale
        share_out(titles[start:stop], implicit, step, title_damping, implicit_factors)


@numba.njit(nogil=True, cache=True)
def share_out(
    titles: IntArray,
    change: FloatArray,
    rate: Any,
    title_damping: FloatArray,
    implicit_factors: FloatArray,
) -> None:
    """Add a change to the implicit factors of each of some titles, which are damped first."""
    for title in titles:
        y = implicit_factors[title]
        shrink = np.float32(1.0) - np.float32(rate) * title_damping[title]
        for f in range(change.shape[0]):
            y[f] = y[f] * shrink + change[f]


@numba.njit(nogil=True, cache=True)
def implicit_sum(
    titles: IntArray, implicit_factors: FloatArray, scale: Any, out: FloatArray
) -> None:
    """Write the scaled sum of the implicit factors of some titles, shape (n_factors,)."""
    out[:] = np.float32(0.0)
    for title in titles:
        y = implicit_factors[title]
        for f in range(out.shape[0]):
            out[f] += y[f]
    for f in range(out.shape[0]):
        out[f] *= np.float32(scale)


@numba.njit(nogil=True, cache=True)
def with_implicit(
    starts: NDArray[np.int64],
    titles: IntArray,
    user_factors: FloatArray,
    implicit_factors: FloatArray,
    out: FloatArray,
) -> None:
    """Write each user's factors with those of what they rated, shape (n_users, n_factors)."""
    for user in range(user_factors.shape[0]):
        start, stop = starts[user], starts[user + 1]
        scale = 1.0 / np.sqrt(max(stop - start, 1))
        implicit_sum(titles[start:stop], implicit_factors, scale, out[user])
        for f in range(out.shape[1]):
            out[user, f] += user_factors[user, f]
