"""Probabilities that mean what they say.

References
----------
Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern neural networks.
    ICML. arXiv:1706.04599.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

DoubleArray = NDArray[np.float64]
#: Temperatures are looked for between e^-4 and e^4.
_WIDEST = 4.0


def probabilities(logits: NDArray[np.floating], temperature: float = 1.0) -> DoubleArray:
    """Softmax of logits divided by a temperature: rows sum to 1.

    Parameters
    ----------
    logits : ndarray of shape (n, n_classes)
    temperature : float
        Above 1 it makes answers less sure, below 1 surer; the most probable class stays.
    """
    found: DoubleArray = softmax(logits.astype(np.float64) / temperature, axis=1)
    return found


def negative_log_likelihood(
    logits: NDArray[np.floating], labels: NDArray[np.integer], temperature: float = 1.0
) -> float:
    """Mean of minus the logarithm of the probability that each true class is given."""
    found = log_softmax(logits.astype(np.float64) / temperature, axis=1)
    return float(-found[np.arange(labels.size), labels].mean())


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature under which rows that nothing was learned from are most likely.

    Parameters
    ----------
    logits : ndarray of shape (n, n_classes)
        Of validation rows.
    labels : ndarray of shape (n,)
    """
    found = minimize_scalar(
        lambda exponent: negative_log_likelihood(logits, labels, float(np.exp(exponent))),
        bounds=(-_WIDEST, _WIDEST),
        method="bounded",
    )
    return float(np.exp(found.x))


def expected_calibration_error(
    chances: DoubleArray, labels: NDArray[np.integer], *, n_bins: int = 15
) -> float:
    """How far the share of right answers lies from the probability that they were given.

    Rows are put into bins of equal width by the probability of their most probable class; the
    distances of the bins are weighed by their rows.

    Parameters
    ----------
    chances : ndarray of shape (n, n_classes)
    labels : ndarray of shape (n,)
    n_bins : int
    """
    surest = chances.max(axis=1)
    right = chances.argmax(axis=1) == labels
    bins = np.minimum((surest * n_bins).astype(np.int64), n_bins - 1)
    # The sum over a bin of (right - sure) is its size times the distance.
    gaps = np.bincount(bins, weights=right - surest, minlength=n_bins)
    return float(np.abs(gaps).sum() / labels.size)
