"""Sharing out places between the clusters of the liked titles (D'Hondt).

Clusters are not equally tight: without shares the tightest would take every place.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import numpy as np

from reelhouse.recommend.clustered import Rows


def homes_with_places(liked: Mapping[int, float], n: int) -> list[int]:
    """Clusters that get one of `n` places if none runs out of titles, ascending.

    Parameters
    ----------
    liked : dict
        What was liked of each cluster, in sum.

    Examples
    --------
    Turns come at 1/4, 2/4, 3/4 for cluster 7, and at 1 for clusters 2 and 5: both are due.

    >>> homes_with_places({7: 4.0, 5: 1.0, 2: 1.0}, 2), homes_with_places({7: 4, 5: 1, 2: 1}, 4)
    ([7], [2, 5, 7])
    """
    turns = heapq.nsmallest(n, (t / liked[home] for home in liked for t in range(1, n + 1)))
    return sorted(home for home in liked if turns and 1 / liked[home] <= turns[-1])


def fair_shares(ranked: Rows, homes: Rows, liked: Mapping[int, float], n: int) -> Rows:
    """The first `n`, shared out between the clusters of the liked titles by what was liked there.

    Parameters
    ----------
    ranked : ndarray of shape (n_ranked,)
        Positions of candidates, the best first.
    homes : ndarray of shape (n_candidates,)
        The liked cluster to which each candidate belongs.
    liked : dict
        What was liked of each of those clusters, in sum.

    Returns
    -------
    ndarray of at most n positions, the best first
    """
    given = dict.fromkeys(liked, 0)
    turns = np.empty(ranked.size)
    for place, home in enumerate(homes[ranked].tolist()):
        given[home] += 1
        # D'Hondt: the turns of a cluster with twice the liked titles come twice as often.
        turns[place] = given[home] / liked[home]
    chosen: Rows = ranked[np.sort(np.argsort(turns, kind="stable")[:n])]
    return chosen
