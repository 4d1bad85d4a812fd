"""Compiled loops of the recommenders by cluster: what `ContentRecommender` does, for many users."""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.recommend.cluster_desk import LEAST, Desk, Doubles, History, Homes, Places, Titles
from reelhouse.recommend.kernels_cluster_means import forget_means, take_means, take_up
from reelhouse.recommend.kernels_cluster_queues import look_into
from reelhouse.recommend.kernels_ranking import offer, settle


@numba.njit(nogil=True, cache=True)
def _last_turn(liked: Doubles, homes: Places, n: int) -> float:
    """Turn (D'Hondt) of the last of n places if no cluster runs out of titles."""
    given = np.zeros(homes.shape[0], np.int64)
    turn = 0.0
    for _ in range(n):
        best, turn = 0, np.inf
        for at, home in enumerate(homes):
            due = (given[at] + 1) / liked[home]
            if due < turn:
                best, turn = at, due
        given[best] += 1
    return turn


@numba.njit(nogil=True, cache=True)
def _turns(liked: Doubles, last: float, n: int) -> Places:
    """How many turns each home has up to the last one, n at most."""
    turns = np.zeros(liked.shape[0], np.int64)
    for at in range(liked.shape[0]):
        while turns[at] < n and (turns[at] + 1) / liked[at] <= last:
            turns[at] += 1
    return turns


@numba.njit(nogil=True, cache=True)
def _lead(homes: Homes, n_neighbours: int, titles: Titles, desk: Desk) -> None:
    """Note which homes lead to each cluster."""
    for row, home in enumerate(homes.clusters):
        if n_neighbours == 0:
            desk.leading[home, 0], desk.n_leading[home] = row, 1
        taken, most = 0, min(n_neighbours, homes.depths[row])
        for cluster in titles.neighbours[home]:
            if taken == most or cluster < 0:
                break
            if desk.liked[cluster] == 0.0:
                taken += 1
                desk.leading[cluster, desk.n_leading[cluster]] = row
                desk.n_leading[cluster] += 1


@numba.njit(nogil=True, cache=True)
def _share_out(
    homes: Places, sizes: IntArray, desk: Desk, found: IntArray, scores: FloatArray
) -> int:
    """Give places to the best of each home by turns (D'Hondt); returns how many were given."""
    given = np.zeros(homes.shape[0], np.int64)
    size = 0
    for _ in range(found.shape[0]):
        best, best_turn, best_score, best_title = -1, np.inf, np.float32(0.0), 0
        for at, home in enumerate(homes):
            if given[at] == sizes[at]:
                continue
            turn = (given[at] + 1) / desk.liked[home]
            score, title = desk.queue_scores[at, given[at]], desk.queue_titles[at, given[at]]
            before = score > best_score or (score == best_score and title < best_title)
            if turn < best_turn or (turn == best_turn and before):
                best, best_turn, best_score, best_title = at, turn, score, title
        if best < 0:
            break
        given[best] += 1
        size = offer(scores, found, size, best_score, best_title)
    settle(scores, found, size)
    return size


@numba.njit(nogil=True, cache=True)
def _best_from(
    clusters: Places,
    depths: Places,
    n_neighbours: int,
    user: int,
    history: History,
    titles: Titles,
    desk: Desk,
    found: IntArray,
    scores: FloatArray,
) -> int:
    """Find a user's best titles from some homes, of each at most its depth; returns how many."""
    n = clusters.shape[0]
    homes = Homes(
        clusters, depths, np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int32),
        np.full(n, LEAST), np.full(n, -np.inf),
    )  # fmt: skip
    take_means(history, user, homes, titles, desk)
    _lead(homes, n_neighbours, titles, desk)
    for cluster in np.flatnonzero(desk.n_leading):
        look_into(int(cluster), homes, titles, desk)
        desk.n_leading[cluster] = 0
    for row in range(n):
        settle(desk.queue_scores[row], desk.queue_titles[row], homes.sizes[row])
    forget_means(homes, desk)
    return int(_share_out(clusters, homes.sizes, desk, found, scores))


@numba.njit(nogil=True, cache=True)
def _serve(
    user: int,
    history: History,
    titles: Titles,
    n_neighbours: int,
    desk: Desk,
    found: IntArray,
    scores: FloatArray,
) -> None:
    """Find a user's best titles, wider where too few are found.

    Nobody gets more places than there are turns up to the last one. Where a home runs out of
    titles, the others that have places may need to fill any number, and then all homes.
    """
    n = found.shape[0]
    every = np.flatnonzero(desk.liked)
    depths = _turns(desk.liked[every], _last_turn(desk.liked, every, n), n)
    some, depths = every[depths > 0], depths[depths > 0]
    size = _best_from(some, depths, n_neighbours, user, history, titles, desk, found, scores)
    for homes in (some, every):
        if size < n:
            found[:], scores[:] = -1, 0.0
            depths = np.full(homes.shape[0], n)
            size = _best_from(
                homes, depths, n_neighbours, user, history, titles, desk, found, scores
            )


@numba.njit(nogil=True, cache=True)
def best_by_cluster(
    first: int,
    last: int,
    history: History,
    titles: Titles,
    n_neighbours: int,
    desk: Desk,
    found: IntArray,
    scores: FloatArray,
) -> None:
    """Find the best unseen titles of users in the clusters of what they saw, or next to them.

    Parameters
    ----------
    first, last : int
        Users whose rows are written.
    history, titles
    n_neighbours : int
        Clusters looked into at most for each with a seen title, those without one, and no more
        than it has places; 0: itself.
    desk
        Of this thread alone.
    found, scores : ndarrays of shape (n_users, n), int32 and float32
        Written, the best first; -1 and 0 before.
    """
    for user in range(first, last):
        take_up(history, user, titles, desk, True)
        n_homes = np.count_nonzero(desk.liked)
        if n_homes and (n_neighbours == 0 or n_homes < desk.liked.shape[0]):
            _serve(user, history, titles, n_neighbours, desk, found[user], scores[user])
        take_up(history, user, titles, desk, False)
