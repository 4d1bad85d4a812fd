"""Compiled loops that note what a user saw, and make the mean vector of what was liked of a home.

Sums are in float64, in the order of the liked titles and of the features, so that a user gets here
the very scores that `ContentRecommender.recommend` computes.
"""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.clustering.geometry import IntArray
from reelhouse.recommend.cluster_desk import Desk, Doubles, History, Homes, Titles


@numba.njit(nogil=True, cache=True)
def take_up(history: History, user: int, titles: Titles, desk: Desk, here: bool) -> None:
    """Note what a user saw, or forget it."""
    for i in range(history.starts[user], history.starts[user + 1]):
        title = history.titles[i]
        cluster = titles.cluster_of[title]
        if cluster >= 0:
            desk.seen[titles.place_of[title]] = here
            desk.liked[cluster] = desk.liked[cluster] + history.weights[i] if here else 0.0


@numba.njit(nogil=True, cache=True)
def _length(means: Doubles, row: int, touched: IntArray, n_touched: int, most: int) -> float:
    """Length of a mean vector's largest entries, as many as a title has at most.

    No unit vector with so many entries has a larger product with it, by Cauchy-Schwarz.
    """
    total = 0.0
    if n_touched <= most:
        for at in range(n_touched):
            total += means[row, touched[row, at]] ** 2
        return float(np.sqrt(total))
    largest = np.zeros(most)
    for at in range(n_touched):
        square = means[row, touched[row, at]] ** 2
        place = 0
        while place < most and square > largest[place]:
            if place:
                largest[place - 1] = largest[place]
            place += 1
        if place:
            largest[place - 1] = square
    return float(np.sqrt(largest.sum()))


@numba.njit(nogil=True, cache=True)
def take_means(history: History, user: int, homes: Homes, titles: Titles, desk: Desk) -> None:
    """Write the mean vector of what was liked of each home, and the length of each.

    Titles ascend, and so do the terms of every sum.
    """
    n_touched = np.zeros(homes.clusters.shape[0], np.int64)
    for row, home in enumerate(homes.clusters):
        desk.row_of[home] = row
    for i in range(history.starts[user], history.starts[user + 1]):
        title = history.titles[i]
        cluster = titles.cluster_of[title]
        row = desk.row_of[cluster] if cluster >= 0 else -1
        if row < 0:
            continue
        share = history.weights[i] / desk.liked[cluster]
        place = titles.place_of[title]
        for j in range(titles.vector_starts[place], titles.vector_starts[place + 1]):
            feature = titles.columns[j]
            if not desk.is_touched[row, feature]:
                desk.is_touched[row, feature] = True
                desk.touched[row, n_touched[row]] = feature
                n_touched[row] += 1
            desk.means[row, feature] += np.float64(titles.values[j]) * share
    for row in range(homes.clusters.shape[0]):
        homes.n_touched[row] = n_touched[row]
        homes.norms[row] = _length(desk.means, row, desk.touched, n_touched[row], titles.longest)


@numba.njit(nogil=True, cache=True)
def forget_means(homes: Homes, desk: Desk) -> None:
    """Take away what `take_means` wrote."""
    for row, home in enumerate(homes.clusters):
        desk.row_of[home] = -1
        for feature in desk.touched[row, : homes.n_touched[row]]:
            desk.means[row, feature] = 0.0
            desk.is_touched[row, feature] = False
