"""Biases of users and titles."""

from __future__ import annotations

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models.rating.bias import Bias
from reelhouse.models.ratings import Ratings


def test_one_title_and_two_users_are_computed_by_hand() -> None:
    """The mean is 3, the title's bias 0 by symmetry, a user's 1 / (1 + 1) of what is away."""
    ratings = Ratings.of(np.array([0, 1]), np.array([0, 0]), np.array([2.0, 4.0]))
    model = Bias(user_regularization=1.0, title_regularization=1.0).fit(ratings)
    assert model.user_biases_.tolist() == [-0.5, 0.5]
    assert model.predict(np.array([0, 1]), np.array([0, 0])).tolist() == [2.5, 3.5]


def test_they_are_the_ridge_regression_on_who_and_what() -> None:
    rng = np.random.default_rng(0)
    users, titles = np.nonzero(rng.random((12, 9)) < 0.6)
    values = rng.integers(1, 6, users.size).astype(np.float64)
    model = Bias(user_regularization=2.0, title_regularization=3.0).fit(
        Ratings.of(users, titles, values, shape=(12, 9))
    )
    design = np.hstack([np.eye(12)[users], np.eye(9)[titles]])
    ridge = np.diag([2.0] * 12 + [3.0] * 9)
    solved = np.linalg.solve(design.T @ design + ridge, design.T @ (values - values.mean()))
    learned = np.concatenate([model.user_biases_, model.title_biases_])
    np.testing.assert_allclose(learned, solved, atol=1e-4)


def test_what_users_and_titles_add_up_to_is_recovered_without_regularization() -> None:
    users, titles = (part.ravel() for part in np.indices((4, 5)))
    values = 3.0 + np.array([-0.5, 0.0, 0.5, 1.0])[users] + np.linspace(-1, 1, 5)[titles]
    model = Bias(user_regularization=0.0, title_regularization=0.0)
    predicted = model.fit(Ratings.of(users, titles, values)).predict(users, titles)
    np.testing.assert_allclose(predicted, values, atol=1e-4)


def test_negative_regularization_is_an_error() -> None:
    with pytest.raises(RecommendationError, match="title_regularization is -1, required is 0 or"):
        Bias(title_regularization=-1.0)
