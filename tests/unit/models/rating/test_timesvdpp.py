"""Biases that change with time."""

from __future__ import annotations

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models.rating.bayesian_timesvdpp import BayesianTimeSVDpp
from reelhouse.models.rating.kernels_time import find_slots
from reelhouse.models.rating.timesvdpp import TimeSVDpp
from reelhouse.models.ratings import Ratings


def told_over_time(seed: int, shift_of: str) -> tuple[Ratings, Ratings]:
    """Ratings of 3, moved by 1 up or down by time; those given and those held out."""
    rng = np.random.default_rng(seed)
    users, titles = np.nonzero(rng.random((40, 40)) < 0.6)
    days = np.floor(rng.uniform(0, 100, users.size))
    shift = {
        "drift": np.where(users % 2 == 0, 1, -1) * (days - 50) / 50,
        "bin": np.where((titles % 2 == 0) == (days < 50), 1, -1),
    }[shift_of]
    everything = Ratings.of(users, titles, 3.0 + shift, shape=(40, 40), days=days)
    held = rng.random(users.size) < 0.2
    return everything.take(np.flatnonzero(~held)), everything.take(np.flatnonzero(held))


@pytest.mark.parametrize("shift_of", ["drift", "bin"])
def test_what_moves_with_time_is_predicted_from_the_day(shift_of: str) -> None:
    given, held = told_over_time(0, shift_of)
    model = TimeSVDpp(
        n_factors=1, epochs=150, n_bins=2, bin_regularization=0.1, time_regularization=0.1
    ).fit(given)
    with_days = np.abs(model.predict(held.users, held.titles, held.days) - held.values).mean()
    without = np.abs(model.predict(held.users, held.titles) - held.values).mean()
    assert with_days < 0.6 * without


def test_a_users_day_has_a_bias_of_its_own() -> None:
    """Both users rate all titles 5 on one day and 1 on the other."""
    users, titles = (part.ravel() for part in np.indices((2, 30)))
    days = (titles % 2) * 10.0
    given = Ratings.of(users, titles, np.where(days == 0, 5.0, 1.0), days=days)
    model = TimeSVDpp(n_factors=1, epochs=100, n_bins=1, time_regularization=0.1).fit(given)
    assert model.days_.tolist() == [0, 10, 0, 10]
    assert (model.day_biases_ * [1, -1, 1, -1] > 0.3).all()
    # Within the day, whatever the hour.
    morning, evening = (model.predict(users, titles, days + part) for part in (0.1, 0.9))
    np.testing.assert_allclose(morning, evening, atol=0.2)


@pytest.mark.parametrize("shift_of", ["drift", "bin"])
def test_samples_tell_of_time_as_well(shift_of: str) -> None:
    given, held = told_over_time(2, shift_of)
    model = BayesianTimeSVDpp(n_factors=2, n_bins=2, epochs=60, burn_in=20, n_samples=20).fit(given)
    with_days = np.abs(model.predict(held.users, held.titles, held.days) - held.values).mean()
    without = np.abs(model.predict(held.users, held.titles) - held.values).mean()
    assert with_days < 0.6 * without


def test_days_are_looked_up_by_hand() -> None:
    """The span is 100 days, the user's mean day 32: 32 days later is 0.32 ** 0.4, 468 is 1."""
    ratings = Ratings.of(
        np.array([0, 0, 1]), np.array([0, 1, 0]), np.ones(3), days=np.array([0.0, 64.0, 100.0])
    )
    model = TimeSVDpp(n_bins=4)
    model._start_time(ratings)
    when = model._when(np.array([0, 0, 0]), np.array([64.0, 32.0, 500.0], np.float32))
    assert when.bins.tolist() == [2, 1, 3]
    assert when.deviations.tolist() == pytest.approx([0.32**0.4, 0.0, 1.0])
    assert when.slots.tolist() == [1, -1, -1]


def test_slots_are_found_by_user_and_day() -> None:
    """User 0 has the days 3 and 7, user 1 none, user 2 the day 7."""
    found = find_slots(
        np.array([0, 0, 0, 1, 2, 2], np.int32), np.array([3, 7, 5, 7, 7, 9], np.int32),
        np.array([0, 2, 2, 3]), np.array([3, 7, 7], np.int32),
    )  # fmt: skip
    assert found.tolist() == [0, 1, -1, -1, 2, -1]


def test_ratings_without_days_are_an_error() -> None:
    ratings = Ratings.of(np.array([0, 1]), np.array([0, 1]), np.array([1.0, 2.0]))
    with pytest.raises(RecommendationError, match="requires the days of ratings, none are given"):
        TimeSVDpp().fit(ratings)


def test_as_many_days_as_pairs_are_required() -> None:
    given, _ = told_over_time(1, "drift")
    model = TimeSVDpp(n_factors=1, epochs=1).fit(given)
    with pytest.raises(RecommendationError, match="there are 1 days, required are 2"):
        model.predict(np.array([0, 1]), np.array([0, 1]), np.array([5.0]))
