"""Sharing out places between the clusters of the liked titles (D'Hondt).

Clusters are not equally tight: without shares the tightest would take every place.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import numpy as np

from reelhouse.recommend.clustered import Rows


def places_due(liked: Mapping[int, float], n: int) -> dict[int, int]:
    """How many of `n` places each cluster gets at most if none runs out of titles.

    Parameters
    ----------
    liked : dict
        What was liked of each cluster, in sum.

    Returns
    -------
    dict
        Clusters with a place, ascending. In a tie for the last place all have it.

    Examples
    --------
    Turns come at 1/4, 2/4, 3/4 and 4/4 for cluster 7, and at 1 for clusters 2 and 5.

    >>> places_due({7: 4.0, 5: 1.0, 2: 1.0}, 2), places_due({7: 4.0, 5: 1.0, 2: 1.0}, 4)
    ({7: 2}, {2: 1, 5: 1, 7: 4})
    """
    turns = {home: [turn / liked[home] for turn in range(1, n + 1)] for home in sorted(liked)}
    last = heapq.nsmallest(n, (turn for each in turns.values() for turn in each))[-1]
    due = {home: sum(turn <= last for turn in each) for home, each in turns.items()}
    return {home: places for home, places in due.items() if places}


def fair_shares(
    ranked: Rows, homes: Rows, liked: Mapping[int, float], due: Mapping[int, int], n: int
) -> Rows:
    """The first `n`, shared out between the clusters of the liked titles by what was liked there.

    Parameters
    ----------
    ranked : ndarray of shape (n_ranked,)
        Positions of candidates, the best first.
    homes : ndarray of shape (n_candidates,)
        The liked cluster to which each candidate belongs.
    liked : dict
        What was liked of each of those clusters, in sum.
    due : dict
        Most places of each of those clusters.

    Returns
    -------
    ndarray of at most n positions, the best first
    """
    given = dict.fromkeys(liked, 0)
    turns = np.empty(ranked.size)
    for place, home in enumerate(homes[ranked].tolist()):
        given[home] += 1
        # D'Hondt: the turns of a cluster with twice the liked titles come twice as often.
        turns[place] = given[home] / liked[home] if given[home] <= due[home] else np.inf
    first = np.argsort(turns, kind="stable")[:n]
    chosen: Rows = ranked[np.sort(first[np.isfinite(turns[first])])]
    return chosen
