"""How evenly titles are spread over clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SizeDistribution:
    """Sizes of clusters in four figures.

    Attributes
    ----------
    smallest, largest : int
    median : float
    gini : float
        0 where all are equal; near 1 where one cluster has nearly everything.
    """

    smallest: int
    median: float
    largest: int
    gini: float


def size_distribution(sizes: Sequence[int]) -> SizeDistribution:
    """Describe the sizes of at least one cluster.

    >>> size_distribution([1, 1, 1, 5])
    SizeDistribution(smallest=1, median=1.0, largest=5, gini=0.375)
    """
    array = np.asarray(sizes, dtype=np.float64)
    return SizeDistribution(
        int(array.min()), float(np.median(array)), int(array.max()), gini_coefficient(array)
    )


def gini_coefficient(amounts: NDArray[np.floating | np.integer]) -> float:
    """How unequal amounts are: 0 where all are equal, near 1 where one has nearly everything.

    >>> gini_coefficient(np.array([1, 1, 1, 5]))
    0.375

    Parameters
    ----------
    amounts : ndarray of shape (n,), not negative
        Without any above 0 they are equal.
    """
    ordered = np.sort(amounts.astype(np.float64))
    n, total = ordered.size, ordered.sum()
    # Mean difference of all pairs over twice the mean, from the ranks.
    ranks = 2 * np.arange(1, n + 1) - n - 1
    return float((ranks * ordered).sum() / (n * total)) if total else 0.0
