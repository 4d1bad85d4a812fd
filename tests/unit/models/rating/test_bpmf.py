"""Gibbs sampling of whole rows of factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models.rating.bpmf import BPMF, Noise, Side, draw_wishart
from reelhouse.models.rating.kernels_bpmf import draw_rows
from reelhouse.models.rating.samples import GibbsSettings, Sample, Samples
from reelhouse.models.ratings import Ratings

MEAN, ALPHA = 3.0, 2.5
PRIOR_MEAN = np.array([0.3, -0.2], np.float32)
PRIOR_PRECISION = np.array([[2.0, 0.5], [0.5, 1.0]], np.float32)


def drawn(ratings: Ratings, titles: np.ndarray[Any, Any], noise: list[float]) -> Any:
    """Factors and squared errors of all users, each with the same noise."""
    matrix = ratings.by_user
    factors = np.zeros((ratings.n_users, 2), np.float32)
    errors = np.full(ratings.n_users, np.nan)
    draw_rows(
        0, ratings.n_users, matrix.indptr.astype(np.int64), matrix.indices, matrix.data, MEAN,
        titles, ALPHA, PRIOR_MEAN, PRIOR_PRECISION,
        np.tile(np.array(noise, np.float32), (ratings.n_users, 1)), factors, errors,
    )  # fmt: skip
    return factors, errors


@pytest.fixture
def ratings() -> Ratings:
    """Three users, the last without a rating, of four titles."""
    return Ratings.of(
        np.array([0, 0, 0, 1]), np.array([0, 1, 3, 2]), np.array([1.0, 4.0, 5.0, 2.0]),
        shape=(3, 4),
    )  # fmt: skip


@pytest.fixture
def titles() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).standard_normal((4, 2)).astype(np.float32)


def test_draws_have_mean_and_covariance_of_the_posterior(
    ratings: Ratings, titles: np.ndarray[Any, Any]
) -> None:
    rows = titles[[0, 1, 3]].astype(np.float64)
    precision = PRIOR_PRECISION + ALPHA * rows.T @ rows
    right = PRIOR_PRECISION @ PRIOR_MEAN + ALPHA * rows.T @ (np.array([1.0, 4.0, 5.0]) - MEAN)
    middle = drawn(ratings, titles, [0, 0])[0][0]
    np.testing.assert_allclose(middle, np.linalg.solve(precision, right), atol=1e-5)
    moves = np.stack([drawn(ratings, titles, noise)[0][0] - middle for noise in ([1, 0], [0, 1])])
    np.testing.assert_allclose(moves.T @ moves, np.linalg.inv(precision), atol=1e-5)


def test_a_user_without_ratings_has_the_mean_of_the_prior(
    ratings: Ratings, titles: np.ndarray[Any, Any]
) -> None:
    factors, errors = drawn(ratings, titles, [1, 1])
    assert factors[2].tolist() == PRIOR_MEAN.tolist()
    assert errors[2] == 0


def test_errors_are_those_of_the_drawn_factors(
    ratings: Ratings, titles: np.ndarray[Any, Any]
) -> None:
    factors, errors = drawn(ratings, titles, [0.4, -1])
    assert errors[1] == pytest.approx((2.0 - MEAN - factors[1] @ titles[2]) ** 2, rel=1e-4)


def test_wishart_draws_have_the_mean_and_spread_of_the_distribution() -> None:
    rng = np.random.default_rng(1)
    inverse_scale = np.array([[2.0, 0.6], [0.6, 1.0]])
    scale, degrees = np.linalg.inv(inverse_scale), 7
    draws = np.stack([draw_wishart(inverse_scale, degrees, rng) for _ in range(20_000)])
    np.testing.assert_allclose(draws.mean(axis=0), degrees * scale, rtol=0.03)
    spread = degrees * (scale**2 + np.outer(np.diag(scale), np.diag(scale)))
    np.testing.assert_allclose(draws.var(axis=0), spread, rtol=0.06)


def test_the_precision_of_ratings_is_drawn_from_their_errors() -> None:
    """Gamma with shape (1 + 999) / 2 and rate (1 + 3999) / 2: a mean of 0.25."""
    rng, noise, draws = np.random.default_rng(2), Noise(), []
    for _ in range(2000):
        noise.draw(3999.0, 999, rng)
        draws.append(noise.precision)
    assert np.mean(draws) == pytest.approx(0.25, rel=0.01)
    assert np.std(draws) == pytest.approx(0.25 / np.sqrt(500), rel=0.1)


def test_the_prior_of_factors_follows_them() -> None:
    """Ten thousand rows about (1, -1) with deviations 0.5 and 2 leave little doubt."""
    rng = np.random.default_rng(3)
    users = np.arange(10_000)
    ratings = Ratings.of(users, np.zeros(10_000, np.int32), np.ones(10_000))
    side = Side(ratings.by_user, 2, rng)
    side.factors = (rng.standard_normal((10_000, 2)) * [0.5, 2] + [1, -1]).astype(np.float32)
    mean, precision = side._draw_prior(rng)
    np.testing.assert_allclose(mean, [1, -1], atol=0.1)
    np.testing.assert_allclose(np.diag(precision), [4, 0.25], rtol=0.1)


def test_samples_are_evenly_spaced_after_the_burn_in() -> None:
    settings = GibbsSettings(epochs=10, burn_in=4, n_samples=3)
    assert [epoch for epoch in range(1, 11) if settings.is_kept(epoch)] == [6, 8, 10]
    all_of_them = GibbsSettings(epochs=7, burn_in=4, n_samples=99)
    assert [epoch for epoch in range(1, 8) if all_of_them.is_kept(epoch)] == [5, 6, 7]


def test_a_burn_in_of_all_sweeps_is_an_error() -> None:
    with pytest.raises(RecommendationError, match="epochs is 5, required is 6 or more"):
        GibbsSettings(epochs=5, burn_in=5)


def test_the_mean_of_two_samples_is_computed_by_hand() -> None:
    """One sample says 3 + 1 + 0 + 2 * 1 = 6, the other 1 + 0 + 1 + 1 * -2 = 0."""
    kept = [
        Sample(mean, *(np.array(part, np.float32) for part in parts))
        for mean, parts in ((3.0, ([1], [0], [[2]], [[1]])), (1.0, ([0], [1], [[1]], [[-2]])))
    ]
    model = BPMF()
    model.bounds_ = np.array([-10, 10], np.float32)
    Samples(kept).tell(model, kept[0])
    assert model.predict(np.array([0]), np.array([0])).tolist() == [3.0]
    Samples().tell(model, kept[1])
    assert model.predict(np.array([0]), np.array([0])).tolist() == [0.0]


def test_a_planted_rank_is_recovered() -> None:
    rng = np.random.default_rng(4)
    truth = 3 + rng.standard_normal((60, 2)) @ rng.standard_normal((2, 40))
    users, titles = (part.ravel() for part in np.indices(truth.shape))
    everything = Ratings.of(users, titles, truth.ravel() + 0.1 * rng.standard_normal(users.size))
    held = rng.random(users.size) < 0.3
    model = BPMF(n_factors=4, epochs=120, burn_in=40, n_samples=40)
    model.fit(everything.take(np.flatnonzero(~held)))
    wrong = model.predict(users[held], titles[held]) - truth.ravel()[held]
    assert np.median(np.abs(wrong)) < 0.06
