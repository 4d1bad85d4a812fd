"""Compiled loops of the recommenders by cluster: what `ContentRecommender` does, for many users.

Sums are in float64, in the order of the liked titles and of the features, so that a user gets here
the very scores that `ContentRecommender.recommend` computes.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.recommend.kernels_ranking import offer, settle

_Doubles = NDArray[np.float64]
_Places = NDArray[np.int64]
_ROUNDING = 1e6


class History(NamedTuple):
    """Arrays of the history of all users."""

    starts: _Places
    titles: IntArray
    weights: FloatArray


class Titles(NamedTuple):
    """Arrays of a `ClusterIndex`; feature vectors by their stored entries."""

    cluster_of: IntArray
    member_starts: _Places
    members: IntArray
    neighbours: IntArray
    vector_starts: _Places
    columns: IntArray
    values: _Doubles
    factors: _Doubles


class Desk(NamedTuple):
    """What one thread works with. Between users all is 0, and `place_of` holds anything."""

    seen: NDArray[np.bool_]
    """Of shape (n_titles,)."""
    score_of: _Doubles
    """Of shape (n_titles,): best score so far."""
    home_of: IntArray
    """Of shape (n_titles,): the home that gave it."""
    liked: _Doubles
    """Of shape (n_clusters,): weight of what was liked there."""
    mean: _Doubles
    """Of shape (n_features,): mean vector of what was liked of one home."""
    looked: NDArray[np.bool_]
    """Of shape (n_clusters,): whether the cluster's titles have scores."""
    place_of: IntArray
    """Of shape (n_clusters,): row of a home in the queues."""
    queue_scores: FloatArray
    """Of shape (n_clusters, n)."""
    queue_titles: IntArray
    """Of shape (n_clusters, n)."""


def desk(n_titles: int, n_clusters: int, n_features: int, n: int) -> Desk:
    """Make the arrays of one thread."""
    return Desk(
        seen=np.zeros(n_titles, np.bool_),
        score_of=np.zeros(n_titles),
        home_of=np.zeros(n_titles, np.int32),
        liked=np.zeros(n_clusters),
        mean=np.zeros(n_features),
        looked=np.zeros(n_clusters, np.bool_),
        place_of=np.zeros(n_clusters, np.int32),
        queue_scores=np.empty((n_clusters, n), np.float32),
        queue_titles=np.empty((n_clusters, n), np.int32),
    )


@numba.njit(nogil=True, cache=True)
def _last_turn(liked: _Doubles, homes: _Places, n: int) -> float:
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
def _add_to_mean(history: History, user: int, home: int, titles: Titles, desk: Desk) -> None:
    for i in range(history.starts[user], history.starts[user + 1]):
        title = history.titles[i]
        if titles.cluster_of[title] == home:
            share = history.weights[i] / desk.liked[home]
            for j in range(titles.vector_starts[title], titles.vector_starts[title + 1]):
                desk.mean[titles.columns[j]] += titles.values[j] * share


@numba.njit(nogil=True, cache=True)
def _score_cluster(cluster: int, home: int, titles: Titles, desk: Desk) -> None:
    """Score the titles of a cluster by likeness to the mean, where that is more than they have."""
    desk.looked[cluster] = True
    for title in titles.members[titles.member_starts[cluster] : titles.member_starts[cluster + 1]]:
        if desk.seen[title]:
            continue
        total = 0.0
        for j in range(titles.vector_starts[title], titles.vector_starts[title + 1]):
            total += titles.values[j] * desk.mean[titles.columns[j]]
        score = np.rint(total * titles.factors[title] * _ROUNDING) / _ROUNDING
        if score > desk.score_of[title]:
            desk.score_of[title] = score
            desk.home_of[title] = home


@numba.njit(nogil=True, cache=True)
def _score_from(home: int, n_neighbours: int, titles: Titles, desk: Desk) -> None:
    """Score the titles of the clusters that a home leads to."""
    if n_neighbours == 0:
        _score_cluster(home, home, titles, desk)
    taken = 0
    for cluster in titles.neighbours[home]:
        if taken == n_neighbours or cluster < 0:
            break
        if desk.liked[cluster] == 0.0:
            taken += 1
            _score_cluster(cluster, home, titles, desk)


@numba.njit(nogil=True, cache=True)
def _queue_up(titles: Titles, sizes: IntArray, desk: Desk) -> None:
    """Queue the scored titles at their homes, the best first, and forget their scores."""
    for cluster in np.flatnonzero(desk.looked):
        desk.looked[cluster] = False
        start, stop = titles.member_starts[cluster], titles.member_starts[cluster + 1]
        for title in titles.members[start:stop]:
            if desk.score_of[title] > 0.0:
                at = desk.place_of[desk.home_of[title]]
                score = np.float32(desk.score_of[title])
                sizes[at] = offer(
                    desk.queue_scores[at], desk.queue_titles[at], sizes[at], score, title
                )
                desk.score_of[title] = 0.0
    for at in range(sizes.shape[0]):
        settle(desk.queue_scores[at], desk.queue_titles[at], sizes[at])


@numba.njit(nogil=True, cache=True)
def _share_out(
    homes: _Places, sizes: IntArray, desk: Desk, found: IntArray, scores: FloatArray
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
    homes: _Places,
    n_neighbours: int,
    user: int,
    history: History,
    titles: Titles,
    desk: Desk,
    found: IntArray,
    scores: FloatArray,
) -> int:
    """Find a user's best titles from some homes; returns how many there are."""
    sizes = np.zeros(homes.shape[0], np.int32)
    for at, home in enumerate(homes):
        desk.place_of[home] = at
        _add_to_mean(history, user, home, titles, desk)
        _score_from(home, n_neighbours, titles, desk)
        desk.mean[:] = 0.0
    _queue_up(titles, sizes, desk)
    return int(_share_out(homes, sizes, desk, found, scores))


@numba.njit(nogil=True, cache=True)
def _take_up(history: History, user: int, titles: Titles, desk: Desk, here: bool) -> None:
    """Note what a user saw, or forget it."""
    for i in range(history.starts[user], history.starts[user + 1]):
        title = history.titles[i]
        desk.seen[title] = here
        cluster = titles.cluster_of[title]
        if cluster >= 0:
            desk.liked[cluster] = desk.liked[cluster] + history.weights[i] if here else 0.0


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
        Clusters looked into for each with a seen title, those without one; 0: itself.
    desk
        Of this thread alone.
    found, scores : ndarrays of shape (n_users, n), int32 and float32
        Written, the best first; -1 and 0 before.
    """
    n = found.shape[1]
    for user in range(first, last):
        _take_up(history, user, titles, desk, True)
        homes = np.flatnonzero(desk.liked)
        if homes.shape[0]:
            limit = _last_turn(desk.liked, homes, n)
            placed = homes[1.0 / desk.liked[homes] <= limit]
            size = _best_from(
                placed, n_neighbours, user, history, titles, desk, found[user], scores[user]
            )
            if size < n and placed.shape[0] < homes.shape[0]:
                found[user] = -1
                scores[user] = 0.0
                _best_from(
                    homes, n_neighbours, user, history, titles, desk, found[user], scores[user]
                )
        _take_up(history, user, titles, desk, False)
