"""Whether clusters come back when the data is drawn again.

References
----------
Ben-Hur, A., Elisseeff, A. and Guyon, I. (2002). A stability based method for discovering structure
in clustered data. Pac. Symp. Biocomput. 7.
Fang, Y. and Wang, J. (2012). Selection of the number of clusters via the bootstrap method. Comput.
Stat. Data Anal. 56.
Hubert, L. and Arabie, P. (1985). Comparing partitions. J. Classif. 2.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.rows import Rows
from reelhouse.clustering.selection.descent import descend

#: Bootstrap resamples of the sample: three pairs of fits.
_RESAMPLES = 3


def bootstrap_stability(rows: Rows, numbers: Collection[int], *, seed: int) -> dict[int, float]:
    """Mean adjusted Rand index between spherical k-means fits to resamples, for each number.

    A resample draws as many rows, with replacement, as there are: a row weighs as often as it was
    drawn. Two fits are compared on the rows that both drew.

    Parameters
    ----------
    rows : Rows
    numbers : collection of int
    seed : int
    """
    fits: list[tuple[NDArray[np.float64], dict[int, IntArray]]] = []
    for resample in range(_RESAMPLES):
        rng = np.random.default_rng([seed, resample + 1])
        drawn = np.bincount(rng.integers(0, rows.n, rows.n), minlength=rows.n).astype(np.float64)
        fits.append((drawn, dict(descend(rows, numbers, rng, drawn))))
    agreements: dict[int, list[float]] = {number: [] for number in numbers}
    for (drawn, labels), (drawn_too, labels_too) in combinations(fits, 2):
        both = (drawn > 0) & (drawn_too > 0)
        for number in agreements:
            agreements[number].append(adjusted_rand(labels[number][both], labels_too[number][both]))
    return {number: float(np.mean(each)) for number, each in agreements.items()}


def adjusted_rand(first: NDArray[np.integer], second: NDArray[np.integer]) -> float:
    """Agreement of two partitions beyond chance: 1 for the same, about 0 for unrelated ones.

    Parameters
    ----------
    first, second : ndarrays of shape (n,), not negative
    """
    table = np.zeros((int(first.max(initial=0)) + 1, int(second.max(initial=0)) + 1))
    np.add.at(table, (first, second), 1.0)
    together = _pairs(table).sum()
    in_first, in_second = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    every = float(_pairs(np.array(float(first.size))))
    by_chance = in_first * in_second / every if every else 0.0
    most = (in_first + in_second) / 2
    # Two partitions into one part, or into single rows, are the same.
    return float((together - by_chance) / (most - by_chance)) if most > by_chance else 1.0


def _pairs(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    pairs: NDArray[np.float64] = counts * (counts - 1) / 2
    return pairs
