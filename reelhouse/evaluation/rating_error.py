"""How far predicted ratings are from the given ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import EvaluationError

Ratings = NDArray[np.floating]


def rmse(predicted: Ratings, actual: Ratings) -> float:
    """Root of the mean squared error over all ratings, not averaged by user first.

    >>> rmse(np.array([1.0, 5.0]), np.array([2.0, 4.0]))
    1.0

    Parameters
    ----------
    predicted, actual : ndarray of shape (n_ratings,)

    Raises
    ------
    EvaluationError
        The shapes differ, there is no rating, or one is not finite.
    """
    return float(np.sqrt(np.mean(_errors(predicted, actual) ** 2)))


def mae(predicted: Ratings, actual: Ratings) -> float:
    """Mean absolute error over all ratings; parameters and errors as of `rmse`.

    >>> mae(np.array([3.0, 5.0]), np.array([4.0, 5.0]))
    0.5
    """
    return float(np.mean(np.abs(_errors(predicted, actual))))


def _errors(predicted: Ratings, actual: Ratings) -> NDArray[np.float64]:
    if predicted.shape != actual.shape or predicted.size == 0:
        raise EvaluationError(
            f"predicted has shape {predicted.shape} and actual {actual.shape}, expected the same "
            "and at least 1 rating"
        )
    # In float64: the squares of millions of float32 errors do not add up.
    errors = predicted.astype(np.float64) - actual
    if not np.isfinite(errors).all():
        bad = int(np.flatnonzero(~np.isfinite(errors.ravel()))[0])
        raise EvaluationError(f"the error of rating {bad} is not finite, expected finite ratings")
    return errors
