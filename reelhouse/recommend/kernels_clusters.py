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
# Adding and taking away 1.5 * 2 ** 52 leaves the nearest whole number, ties to even, as np.rint
# does; numba's rint is no instruction but a call, and keeps the loop from being vectorized.
_WHOLE = 6755399441055744.0


class History(NamedTuple):
    """Arrays of the history of all users."""

    starts: _Places
    titles: IntArray
    weights: FloatArray


class Titles(NamedTuple):
    """Arrays of a `ClusterIndex`; its feature vectors by rows (places) and by columns."""

    cluster_of: IntArray
    place_of: IntArray
    member_starts: _Places
    members: IntArray
    neighbours: IntArray
    vector_starts: _Places
    columns: IntArray
    values: _Doubles
    feature_starts: _Places
    places: IntArray
    place_values: _Doubles
    factors: _Doubles


class Desk(NamedTuple):
    """What one thread works with. Between users all but `row_of`, `touched`, `queue_*` is 0."""

    score_of: _Doubles
    """Of shape (n_placed,): best score so far; infinity for a title that the user saw."""
    row_of: IntArray
    """Of shape (n_placed,): row in the queues of the home that gave it."""
    liked: _Doubles
    """Of shape (n_clusters,): weight of what was liked there."""
    mean: _Doubles
    """Of shape (n_features,): mean vector of what was liked of one home."""
    touched: IntArray
    """Of shape (n_features,): where it is not 0."""
    sums: _Doubles
    """Of shape (n_placed,): products of titles with it."""
    looked: NDArray[np.bool_]
    """Of shape (n_clusters,): whether the cluster's titles have scores."""
    queue_scores: FloatArray
    """Of shape (n_clusters, n)."""
    queue_titles: IntArray
    """Of shape (n_clusters, n)."""


def desk(n_placed: int, n_clusters: int, n_features: int, n: int) -> Desk:
    """Make the arrays of one thread."""
    return Desk(
        score_of=np.zeros(n_placed),
        row_of=np.zeros(n_placed, np.int32),
        liked=np.zeros(n_clusters),
        mean=np.zeros(n_features),
        touched=np.zeros(n_features, np.int32),
        sums=np.zeros(n_placed),
        looked=np.zeros(n_clusters, np.bool_),
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
def _turns(liked: _Doubles, last: float, n: int) -> _Places:
    """How many turns each home has up to the last one, n at most."""
    turns = np.zeros(liked.shape[0], np.int64)
    for at in range(liked.shape[0]):
        while turns[at] < n and (turns[at] + 1) / liked[at] <= last:
            turns[at] += 1
    return turns


@numba.njit(nogil=True, cache=True)
def _take_mean(history: History, user: int, home: int, titles: Titles, desk: Desk) -> IntArray:
    """Write the mean vector of what was liked of a home; returns its features, ascending."""
    n_touched = 0
    for i in range(history.starts[user], history.starts[user + 1]):
        title = history.titles[i]
        if titles.cluster_of[title] == home:
            share = history.weights[i] / desk.liked[home]
            place = titles.place_of[title]
            for j in range(titles.vector_starts[place], titles.vector_starts[place + 1]):
                feature = titles.columns[j]
                if desk.mean[feature] == 0.0:
                    desk.touched[n_touched] = feature
                    n_touched += 1
                desk.mean[feature] += titles.values[j] * share
    return np.sort(desk.touched[:n_touched])


@numba.njit(nogil=True, cache=True)
def _add_products(first: int, last: int, features: IntArray, titles: Titles, desk: Desk) -> None:
    """Add up the products of the titles at some places with the mean vector.

    Feature by feature, over the titles that have it: a cluster's titles share few features with a
    few liked ones. Features ascend, as in the rows, and so do the terms of every sum.
    """
    for feature in features:
        weight = desk.mean[feature]
        stop = titles.feature_starts[feature + 1]
        at = titles.feature_starts[feature]
        at += np.searchsorted(titles.places[at:stop], first)
        while at < stop and titles.places[at] < last:
            desk.sums[titles.places[at]] += titles.place_values[at] * weight
            at += 1


@numba.njit(nogil=True, cache=True)
def _score_cluster(cluster: int, row: int, features: IntArray, titles: Titles, desk: Desk) -> None:
    """Score the titles of a cluster by likeness to the mean, where that is more than they have."""
    desk.looked[cluster] = True
    first, last = titles.member_starts[cluster], titles.member_starts[cluster + 1]
    _add_products(first, last, features, titles, desk)
    _keep_better(
        desk.sums[first:last], titles.factors[first:last], row,
        desk.score_of[first:last], desk.row_of[first:last],
    )  # fmt: skip
    desk.sums[first:last] = 0.0


@numba.njit(nogil=True, cache=True)
def _keep_better(
    sums: _Doubles, factors: _Doubles, row: int, score_of: _Doubles, row_of: IntArray
) -> None:
    """Round products to scores and keep those that are better; no branches, to be vectorized."""
    number = np.int32(row)
    for at in range(sums.shape[0]):
        score = ((sums[at] * factors[at] * _ROUNDING + _WHOLE) - _WHOLE) / _ROUNDING
        better = score > score_of[at]
        score_of[at] = score if better else score_of[at]
        row_of[at] = number if better else row_of[at]


@numba.njit(nogil=True, cache=True)
def _score_from(
    home: int, row: int, features: IntArray, n_neighbours: int, titles: Titles, desk: Desk
) -> None:
    """Score the titles of the clusters that a home leads to."""
    if n_neighbours == 0:
        _score_cluster(home, row, features, titles, desk)
    taken = 0
    for cluster in titles.neighbours[home]:
        if taken == n_neighbours or cluster < 0:
            break
        if desk.liked[cluster] == 0.0:
            taken += 1
            _score_cluster(cluster, row, features, titles, desk)


@numba.njit(nogil=True, cache=True)
def _queue_up(titles: Titles, depths: _Places, sizes: IntArray, desk: Desk) -> None:
    """Queue the scored titles at their homes, the best first, and forget their scores."""
    # The worst of each full queue: most titles are not even offered.
    floors, worst = np.zeros(sizes.shape[0], np.float32), np.full(sizes.shape[0], -1, np.int32)
    for cluster in np.flatnonzero(desk.looked):
        desk.looked[cluster] = False
        for place in range(titles.member_starts[cluster], titles.member_starts[cluster + 1]):
            score = np.float32(desk.score_of[place])
            if score <= 0.0 or score == np.inf:
                continue  # its row is another user's
            desk.score_of[place] = 0.0
            row, title = desk.row_of[place], titles.members[place]
            if score > floors[row] or (score == floors[row] and title < worst[row]):
                depth = depths[row]
                sizes[row] = offer(
                    desk.queue_scores[row, :depth], desk.queue_titles[row, :depth], sizes[row],
                    score, title,
                )  # fmt: skip
                if sizes[row] == depth:
                    floors[row], worst[row] = desk.queue_scores[row, 0], desk.queue_titles[row, 0]
    for row in range(sizes.shape[0]):
        settle(desk.queue_scores[row], desk.queue_titles[row], sizes[row])


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
    depths: _Places,
    n_neighbours: int,
    user: int,
    history: History,
    titles: Titles,
    desk: Desk,
    found: IntArray,
    scores: FloatArray,
) -> int:
    """Find a user's best titles from some homes, of each at most its depth; returns how many."""
    sizes = np.zeros(homes.shape[0], np.int32)
    for row, home in enumerate(homes):
        features = _take_mean(history, user, home, titles, desk)
        _score_from(home, row, features, n_neighbours, titles, desk)
        desk.mean[features] = 0.0
    _queue_up(titles, depths, sizes, desk)
    return int(_share_out(homes, sizes, desk, found, scores))


@numba.njit(nogil=True, cache=True)
def _take_up(history: History, user: int, titles: Titles, desk: Desk, here: bool) -> None:
    """Note what a user saw, or forget it."""
    for i in range(history.starts[user], history.starts[user + 1]):
        title = history.titles[i]
        cluster = titles.cluster_of[title]
        if cluster >= 0:
            desk.score_of[titles.place_of[title]] = np.inf if here else 0.0
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
            # Nobody gets more places than there are turns up to the last one; where a home runs
            # out of titles, all of them may need to fill any number.
            depths = _turns(desk.liked[homes], _last_turn(desk.liked, homes, n), n)
            placed = depths > 0
            size = _best_from(
                homes[placed], depths[placed], n_neighbours, user, history, titles, desk,
                found[user], scores[user],
            )  # fmt: skip
            if size < n:
                found[user] = -1
                scores[user] = 0.0
                depths[:] = n
                _best_from(
                    homes, depths, n_neighbours, user, history, titles, desk,
                    found[user], scores[user],
                )  # fmt: skip
        _take_up(history, user, titles, desk, False)
