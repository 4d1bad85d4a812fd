from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from reelhouse.errors import EvaluationError
from reelhouse.evaluation.rating_error import mae, rmse


def test_errors_of_four_ratings_by_hand() -> None:
    predicted, actual = np.array([3.0, 4.0, 1.0, 5.0]), np.array([4.0, 4.0, 3.0, 2.0])
    # Errors 1, 0, 2, 3.
    assert rmse(predicted, actual) == pytest.approx(np.sqrt(14 / 4))
    assert mae(predicted, actual) == pytest.approx(6 / 4)


def test_scikit_learn_finds_the_same_errors() -> None:
    rng = np.random.default_rng(0)
    actual = rng.integers(1, 6, 1000).astype(np.float32)
    predicted = (actual + rng.normal(size=1000)).astype(np.float32)
    assert rmse(predicted, actual) == pytest.approx(root_mean_squared_error(actual, predicted))
    assert mae(predicted, actual) == pytest.approx(mean_absolute_error(actual, predicted))


def test_millions_of_float32_errors_add_up() -> None:
    predicted = np.full(3_000_000, 0.1, dtype=np.float32)
    assert rmse(predicted, np.zeros_like(predicted)) == pytest.approx(float(np.float32(0.1)))


def test_wrong_ratings_are_named() -> None:
    with pytest.raises(EvaluationError, match=r"shape \(2,\) and actual \(3,\), expected the same"):
        rmse(np.zeros(2), np.zeros(3))
    with pytest.raises(EvaluationError, match="at least 1 rating"):
        mae(np.zeros(0), np.zeros(0))
    with pytest.raises(EvaluationError, match="error of rating 1 is not finite"):
        rmse(np.array([1.0, np.nan]), np.ones(2))
