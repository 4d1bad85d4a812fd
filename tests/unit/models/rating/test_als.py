"""Alternating least squares, with biases and by probability."""

from __future__ import annotations

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models.rating.als import ALS, Sides
from reelhouse.models.rating.pmf import PMF, fill_unknown
from reelhouse.models.ratings import Ratings


def planted(seed: int, n_users: int = 60, n_titles: int = 40) -> tuple[Ratings, Ratings]:
    """Ratings of rank 2 about 3, without noise: those given, and those held out."""
    rng = np.random.default_rng(seed)
    truth = 3 + rng.standard_normal((n_users, 2)) @ rng.standard_normal((2, n_titles))
    users, titles = (part.ravel() for part in np.indices(truth.shape))
    everything = Ratings.of(users, titles, truth.ravel())
    held = rng.random(users.size) < 0.3
    return everything.take(np.flatnonzero(~held)), everything.take(np.flatnonzero(held))


def rmse(model: ALS | PMF, held: Ratings) -> float:
    return float(np.sqrt(np.mean((model.predict(held.users, held.titles) - held.values) ** 2)))


@pytest.mark.parametrize("kind", [ALS, PMF])
def test_a_planted_rank_is_recovered(kind: type[ALS] | type[PMF]) -> None:
    given, held = planted(0)
    model = kind(n_factors=3, epochs=60, regularization=0.01).fit(given)
    # What lies outside the given ratings' bounds is cut off.
    inside = (held.values > given.bounds[0]) & (held.values < given.bounds[1])
    assert rmse(model, held.take(np.flatnonzero(inside))) < 0.1


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_each_user_has_the_solution_of_their_own_equations(power: float) -> None:
    given, _ = planted(1, 8, 9)
    model = ALS(n_factors=2, epochs=1, regularization=0.5, power=power).fit(given)
    sides = Sides(given, 0.5, power)
    sides.solve_users(model, with_bias=True)
    for user in range(8):
        mine = np.flatnonzero(given.users == user)
        titles = given.titles[mine]
        design = np.hstack([model.title_factors_[titles], np.ones((mine.size, 1))])
        design = design.astype(np.float64)
        target = given.values[mine] - given.mean - model.title_biases_[titles]
        ridge = 0.5 * mine.size**power * np.eye(3)
        solved = np.linalg.solve(design.T @ design + ridge, design.T @ target)
        learned = [*model.user_factors_[user], model.user_biases_[user]]
        np.testing.assert_allclose(learned, solved, atol=1e-4)


def test_the_probability_has_no_slope_left_at_the_end() -> None:
    given, _ = planted(2, 10, 12)
    model = PMF(n_factors=2, epochs=400, regularization=1.5).fit(given)
    users = model.user_factors_.astype(np.float64)
    titles = model.title_factors_.astype(np.float64)
    errors = np.zeros((10, 12))
    errors[given.users, given.titles] = (
        given.values - given.mean
        - (users[given.users] * titles[given.titles]).sum(axis=1)
    )  # fmt: skip
    np.testing.assert_allclose(errors @ titles, 1.5 * users, atol=1e-3)
    np.testing.assert_allclose(errors.T @ users, 1.5 * titles, atol=1e-3)


def test_unknown_rows_get_the_mean_of_the_others() -> None:
    factors = np.array([[1.0, 2.0], [9.0, 9.0], [3.0, 6.0]], np.float32)
    fill_unknown(factors, np.array([True, False, True]))
    assert factors.tolist() == [[1, 2], [2, 4], [3, 6]]


@pytest.mark.parametrize("kind", [ALS, PMF])
def test_no_regularization_at_all_is_an_error(kind: type[ALS] | type[PMF]) -> None:
    with pytest.raises(RecommendationError, match="regularization is 0, required is 1e-06 or more"):
        kind(regularization=0.0)
