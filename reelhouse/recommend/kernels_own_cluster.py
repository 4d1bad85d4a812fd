"""Compiled loops of `SameCluster` where popularity is known: most titles need not be looked at.

A title's score is at most the length of the mean of what was liked times its popularity factor. So
a cluster's titles are looked at by falling factor, until none of those left can be among the best;
the result is that of `kernels_clusters.best_by_cluster`, to the last bit. No title belongs to two
clusters, so that each home finds its own best; next to a liked cluster, titles are claimed by
whichever home likes them most, which has to look at all of them.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.recommend.kernels_clusters import (
    ROUNDING,
    WHOLE,
    Desk,
    History,
    Titles,
    last_turn,
    share_out,
    take_mean,
    take_up,
    turns_until,
)
from reelhouse.recommend.kernels_ranking import offer, settle

#: Room for rounding: of scores to six digits, of float64 to float32.
_SLACK = 2e-6


@numba.njit(nogil=True, cache=True)
def _best_of_home(
    home: int, row: int, depth: int, features: IntArray, titles: Titles, desk: Desk
) -> int:
    """Queue the best unseen titles of a home, at most `depth`; returns how many."""
    squares = 0.0
    for feature in features:
        squares += desk.mean[feature] * desk.mean[feature]
    most = np.sqrt(squares) * titles.longest
    scores, columns = desk.queue_scores[row, :depth], desk.queue_titles[row, :depth]
    size = 0
    for at in range(titles.member_starts[home], titles.member_starts[home + 1]):
        place = titles.by_factor[at]
        factor = titles.factors[place]
        if size == depth and most * factor * (1.0 + _SLACK) + _SLACK < scores[0]:
            break
        if desk.score_of[place] == np.inf:
            continue
        product = 0.0
        for i in range(titles.vector_starts[place], titles.vector_starts[place + 1]):
            product += titles.values[i] * desk.mean[titles.columns[i]]
        score = np.float32(((product * factor * ROUNDING + WHOLE) - WHOLE) / ROUNDING)
        if score > 0.0:
            size = offer(scores, columns, size, score, titles.members[place])
    settle(scores, columns, size)
    return int(size)


@numba.njit(nogil=True, cache=True)
def _best_from(
    homes: NDArray[np.int64],
    depths: NDArray[np.int64],
    user: int,
    history: History,
    titles: Titles,
    desk: Desk,
    found: IntArray,
    scores: FloatArray,
) -> int:
    sizes = np.zeros(homes.shape[0], np.int32)
    for row, home in enumerate(homes):
        features = take_mean(history, user, home, titles, desk)
        sizes[row] = _best_of_home(home, row, depths[row], features, titles, desk)
        desk.mean[features] = 0.0
    return int(share_out(homes, sizes, desk, found, scores))


@numba.njit(nogil=True, cache=True)
def best_of_own_clusters(
    first: int,
    last: int,
    history: History,
    titles: Titles,
    desk: Desk,
    found: IntArray,
    scores: FloatArray,
) -> None:
    """Find the best unseen titles of users in the clusters of what they saw.

    Parameters
    ----------
    first, last : int
        Users whose rows are written.
    history, titles
    desk
        Of this thread alone.
    found, scores : ndarrays of shape (n_users, n), int32 and float32
        Written, the best first; -1 and 0 before.
    """
    n = found.shape[1]
    for user in range(first, last):
        take_up(history, user, titles, desk, True)
        homes = np.flatnonzero(desk.liked)
        if homes.shape[0]:
            depths = turns_until(desk.liked[homes], last_turn(desk.liked, homes, n), n)
            placed = depths > 0
            size = _best_from(
                homes[placed], depths[placed], user, history, titles, desk,
                found[user], scores[user],
            )  # fmt: skip
            if size < n:
                # Some home has run out of titles: any may have to fill any number of places.
                found[user] = -1
                scores[user] = 0.0
                depths[:] = n
                _best_from(homes, depths, user, history, titles, desk, found[user], scores[user])
        take_up(history, user, titles, desk, False)
