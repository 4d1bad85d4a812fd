"""Non-negative factors."""

from __future__ import annotations

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models.rating.kernels_nmf import descend_rows
from reelhouse.models.rating.nmf import NMF
from reelhouse.models.ratings import Ratings


def descended(titles: list[list[float]], values: list[float], regularization: float) -> list[float]:
    """Factors of one user, from 1 each, who rated all of the titles."""
    factors = np.ones((1, len(titles[0])), np.float32)
    descend_rows(
        0, 1, np.array([0, len(values)]), np.arange(len(values), dtype=np.int32),
        np.array(values, np.float32), np.array(titles, np.float32), regularization, factors,
    )  # fmt: skip
    return [float(factor) for factor in factors[0]]


def test_a_factor_is_computed_by_hand() -> None:
    """Least (4 - 2 p)^2 + 4 p^2 is at p = 8 / (4 + 4)."""
    assert descended([[2.0]], [4.0], 0.0) == [2.0]
    assert descended([[2.0]], [4.0], 4.0) == [1.0]


def test_a_factor_that_would_be_negative_is_zero() -> None:
    """The first becomes (1 - 2 + 1 + 3) / 2 = 1.5; 0 - 1.5 is left for the second."""
    assert descended([[1.0, 1.0], [1.0, 0.0]], [0.0, 4.0], 0.0) == [1.5, 0.0]


def test_planted_parts_are_recovered() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((50, 2)) @ rng.random((2, 40))
    users, titles = (part.ravel() for part in np.indices(truth.shape))
    held = rng.random(users.size) < 0.3
    given = Ratings.of(users[~held], titles[~held], truth.ravel()[~held], shape=truth.shape)
    model = NMF(n_factors=2, epochs=300, regularization=0.0).fit(given)
    assert min(model.user_factors_.min(), model.title_factors_.min()) >= 0
    wrong = model.predict(users[held], titles[held]) - truth.ravel()[held]
    assert np.median(np.abs(wrong)) < 0.01


def test_a_negative_rating_is_an_error() -> None:
    ratings = Ratings.of(np.array([0, 1]), np.array([0, 1]), np.array([-1.0, 2.0]))
    with pytest.raises(RecommendationError, match="a rating is -1, nmf requires 0 or more"):
        NMF().fit(ratings)
