"""How sure a mean over users is, and whether two recommenders differ.

Rows are resampled by user: where a user was measured several times (in several splits), these
rows stay together, since they say less than so many users would.

References
----------
Efron, B. and Tibshirani, R. (1993). An introduction to the bootstrap (percentile intervals).
Smucker, M. D., Allan, J. and Carterette, B. (2007). A comparison of statistical significance
    tests for information retrieval evaluation. CIKM (the randomization test, and why Wilcoxon's
    is the lesser one).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import EvaluationError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.signedinteger]

# Drawn numbers held in memory at once.
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Interval:
    """A mean with the range that it would lie in for other users of the same kind.

    Attributes
    ----------
    mean, low, high : float
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """What the first recommender is ahead of the second, over the same users.

    Attributes
    ----------
    difference : Interval
        First minus second; 0 outside says that they differ.
    p_permutation : float
        Chance of a difference at least as large, were the names of the two exchanged at random
        for each user: the paired randomization test, two-sided.
    p_wilcoxon : float
        Wilcoxon's signed-rank test, two-sided: about the middle of the differences, not their
        mean.
    """

    difference: Interval
    p_permutation: float
    p_wilcoxon: float


def bootstrap_mean(
    values: FloatArray,
    *,
    seed: int,
    users: NDArray[np.integer] | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
) -> Interval:
    """Percentile interval of the mean, by resampling users with replacement.

    Parameters
    ----------
    values : ndarray of shape (n,)
        One measured value each, such as a user's NDCG.
    seed : int
    users : ndarray of shape (n,) or None
        Whose each value is; None: each of another user.
    level : float
        Share of the resampled means within the interval.
    n_resamples : int

    Raises
    ------
    EvaluationError
        There is no value, one is not finite, or there are not as many users.
    """
    sums, counts = _by_user(values, users)
    means = _resampled_means(sums, counts, n_resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high))


def compare_paired(
    first: FloatArray,
    second: FloatArray,
    *,
    seed: int,
    users: NDArray[np.integer] | None = None,
    n_resamples: int = 2000,
) -> Comparison:
    """Test whether two recommenders differ on the same users.

    Parameters
    ----------
    first, second : ndarray of shape (n,)
        Of the same users in the same order.
    seed : int
    users : ndarray of shape (n,) or None
        Whose each pair is; None: each of another user.
    n_resamples : int
        Of the interval and of the randomization test, whose p is 1 / (n_resamples + 1) at least.

    Raises
    ------
    EvaluationError
        There are not as many values, none, or one is not finite.
    """
    if first.shape != second.shape:
        raise EvaluationError(
            f"shapes {first.shape} and {second.shape}, expected values of the same users"
        )
    differences = first - second
    interval = bootstrap_mean(differences, seed=seed, users=users, n_resamples=n_resamples)
    sums, counts = _by_user(differences, users)
    return Comparison(interval, _exchanged(sums, n_resamples, seed), _signed_rank(sums / counts))


def _by_user(values: FloatArray, users: NDArray[np.integer] | None) -> tuple[FloatArray, IntArray]:
    """Sum and number of the values of each user."""
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise EvaluationError(
            f"{values.size} values in shape {values.shape}, "
            f"{np.count_nonzero(np.isfinite(values))} finite, expected at least 1 and all finite"
        )
    if users is None:
        return values, np.ones(values.size, dtype=np.intp)
    if users.shape != values.shape:
        raise EvaluationError(f"{users.size} users of {values.size} values, expected as many")
    _, codes = np.unique(users, return_inverse=True)
    return np.bincount(codes, weights=values).astype(np.float64), np.bincount(codes)


def _resampled_means(
    sums: FloatArray, counts: IntArray, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    means = np.empty(n_resamples)
    step = max(1, _BLOCK // sums.size)
    for start in range(0, n_resamples, step):
        stop = min(start + step, n_resamples)
        drawn = rng.integers(sums.size, size=(stop - start, sums.size), dtype=np.int32)
        means[start:stop] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means


def _exchanged(sums: FloatArray, n_resamples: int, seed: int) -> float:
    """Share of random exchanges that differ at least as much, the given one among them."""
    rng = np.random.default_rng([seed, 1])
    observed = abs(sums.sum())
    # A different order of adding must not make an equal sum a smaller one.
    bar = observed - 1e-9 * np.abs(sums).sum()
    n_as_large, step = 0, max(1, _BLOCK // sums.size)
    for start in range(0, n_resamples, step):
        n = min(step, n_resamples - start)
        signs = 2.0 * rng.integers(2, size=(n, sums.size), dtype=np.int8) - 1.0
        n_as_large += int(np.count_nonzero(np.abs(signs @ sums) >= bar))
    return (n_as_large + 1) / (n_resamples + 1)


def _signed_rank(differences: FloatArray) -> float:
    from scipy.stats import wilcoxon

    # Users whom both serve alike say nothing; without any others there is nothing to rank.
    if not differences.any():
        return 1.0
    return float(wilcoxon(differences, method="approx").pvalue)
