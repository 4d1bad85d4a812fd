"""The factorization machine over two sides, against one over the features of every rating."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse.models.rating.bayesian_svdpp import BayesianSVDpp, implicit
from reelhouse.models.rating.linear_groups import LinearGroup
from reelhouse.models.rating.machine import Machine
from reelhouse.models.ratings import Ratings


@pytest.fixture
def ratings() -> Ratings:
    """Six users and five titles; the last of either has no rating."""
    rng = np.random.default_rng(0)
    users, titles = np.nonzero(rng.random((5, 4)) < 0.7)
    genres = sparse.csr_matrix(rng.random((5, 2)).astype(np.float32))
    return Ratings.of(users, titles, rng.integers(1, 6, users.size), shape=(6, 5), features=genres)


@pytest.fixture
def machine(ratings: Ratings) -> Machine:
    users = [sparse.csr_matrix(np.eye(6)), implicit(ratings.by_user)]
    titles = [sparse.csr_matrix(np.eye(5)), implicit(ratings.by_title), ratings.features]
    return Machine(ratings, users, titles, 3, np.random.default_rng(1))


def expanded(machine: Machine, ratings: Ratings) -> Any:
    """The features of every rating, shape (n_ratings, n_features of both sides)."""
    users = machine._users.features.toarray()[ratings.users]
    titles = machine._titles.features.toarray()[ratings.titles]
    return np.hstack([users, titles])


def predicted(machine: Machine, ratings: Ratings) -> Any:
    """Rendle's equation, pair of features by pair of features."""
    design = expanded(machine, ratings)
    weights = np.concatenate([machine._users.weights, machine._titles.weights])
    factors = np.hstack([machine._users.factors, machine._titles.factors])
    total = machine._mean + design @ weights
    for i in range(design.shape[1]):
        for j in range(i + 1, design.shape[1]):
            total = total + factors[:, i] @ factors[:, j] * design[:, i] * design[:, j]
    return total


def test_who_rated_what_weighs_one_over_the_root_of_their_number() -> None:
    ratings = Ratings.of(
        np.array([0, 0, 0, 0, 1]), np.array([0, 1, 2, 3, 0]), np.ones(5), shape=(3, 4)
    )
    half = [0.5] * 4
    assert implicit(ratings.by_user).toarray().tolist() == [half, [1, 0, 0, 0], [0] * 4]


def test_errors_are_followed_through_a_sweep(machine: Machine, ratings: Ratings) -> None:
    for _ in range(3):
        machine.sweep()
        np.testing.assert_allclose(
            machine._errors, ratings.values - predicted(machine, ratings), atol=1e-10
        )


def test_a_sample_predicts_what_the_machine_does(machine: Machine, ratings: Ratings) -> None:
    machine.sweep()
    sample = machine.sample()
    folded = (
        sample.mean + sample.user_biases[ratings.users] + sample.title_biases[ratings.titles]
        + (sample.user_factors[ratings.users] * sample.title_factors[ratings.titles]).sum(axis=1)
    )  # fmt: skip
    np.testing.assert_allclose(folded, predicted(machine, ratings), atol=1e-4)


class NoNoise:
    """Draws the middle of every distribution."""

    def standard_normal(self, size: int | None = None) -> Any:
        return 0.0 if size is None else np.zeros(size)


@pytest.mark.parametrize("feature", [0, 3, 8])
def test_a_factor_is_drawn_about_its_ridge_regression(
    machine: Machine, ratings: Ratings, feature: int
) -> None:
    """All but one feature are held where they are by priors that leave them no choice."""
    side, other, factor, alpha = machine._titles, machine._users, 1, 1.7
    group = side._group_of[feature]
    before = side.factors[factor].copy()
    at_old = predicted(machine, ratings)
    side.factors[factor, feature] += 1.0
    slope = predicted(machine, ratings) - at_old
    side.factors[factor, feature] -= 1.0
    # One group for each feature, so that each has a prior of its own.
    side._group_of = np.arange(before.size, dtype=np.int32)
    side._means = np.tile(before, (4, 1))
    side._precisions = np.full((4, before.size), 1e14)
    side._means[factor + 1, feature], side._precisions[factor + 1, feature] = 0.2, 0.6
    other.take_up(factor)
    side.take_up(factor)
    side.draw_factor(factor, other, machine._errors, alpha, NoNoise())  # type: ignore[arg-type]
    rest = ratings.values - at_old + slope * before[feature]
    expected = (alpha * slope @ rest + 0.6 * 0.2) / (alpha * slope @ slope + 0.6)
    assert side.factors[factor, feature] == pytest.approx(expected, abs=1e-6)
    assert group == (0 if feature < 5 else 1)


def test_weights_are_drawn_about_their_ridge_regression(machine: Machine, ratings: Ratings) -> None:
    """Drawn without noise again and again, they come to rest at the solution for all at once."""
    alpha, side = 1.3, machine._users
    columns = side.features.toarray()[ratings.users]
    rest = machine._errors + columns @ side.weights
    for _ in range(3000):
        side.draw_weights(machine._titles, machine._errors, alpha, NoNoise())  # type: ignore[arg-type]
    ridge = np.eye(columns.shape[1])
    solved = np.linalg.solve(alpha * columns.T @ columns + ridge, alpha * columns.T @ rest)
    np.testing.assert_allclose(side.weights, solved, atol=1e-6)


def test_a_weight_of_a_rating_is_drawn_about_its_ridge_regression() -> None:
    """A fixed prior of 1, errors 2 and 4 at 1 and 3: alpha 14 / (alpha 10 + 1), by hand."""

    class Fixed(NoNoise):
        def gamma(self, shape: float, scale: float) -> float:
            return 1.0

    group = LinearGroup(np.array([0, 0, 2]), np.array([1.0, 3.0, 1.0]), 4)
    errors = np.array([2.0, 4.0, 6.0])
    group.draw(errors, 0.5, Fixed())  # type: ignore[arg-type]
    assert group.weights.tolist() == pytest.approx([7 / 6, 0, 2, 0])
    assert errors.tolist() == pytest.approx([2 - 7 / 6, 4 - 3.5, 4])
    # Drawn again, they stay: what they explain is added back first.
    group.draw(errors, 0.5, Fixed())  # type: ignore[arg-type]
    assert group.weights.tolist() == pytest.approx([7 / 6, 0, 2, 0])


def test_errors_are_followed_with_weights_of_ratings(machine: Machine, ratings: Ratings) -> None:
    numbers, values = np.arange(ratings.n_ratings) % 3, np.linspace(-1, 1, ratings.n_ratings)
    machine.linear.append(LinearGroup(numbers, values, 3))
    for _ in range(3):
        machine.sweep()
    timed = predicted(machine, ratings) + machine.linear[0].weights[numbers] * values
    np.testing.assert_allclose(machine._errors, ratings.values - timed, atol=1e-10)


def test_features_that_no_rating_has_say_nothing_about_their_group(machine: Machine) -> None:
    users, implicit_titles = machine._users._members
    assert users.tolist() == [0, 1, 2, 3, 4]
    assert 6 + 4 not in implicit_titles.tolist()


def test_genres_tell_of_a_title_that_nobody_rated() -> None:
    """Titles of one genre are liked, those of the other are not; two titles are new."""
    rng = np.random.default_rng(5)
    genre = np.arange(32) % 2
    users, titles = np.nonzero(rng.random((30, 30)) < 0.6)
    values = np.where(genre[titles] == 0, 4.5, 2.0) + rng.choice([-0.5, 0.5], users.size)
    ratings = Ratings.of(
        users, titles, values, shape=(30, 32),
        features=sparse.csr_matrix(np.eye(2, dtype=np.float32)[genre]),
    )  # fmt: skip
    model = BayesianSVDpp(n_factors=2, epochs=60, burn_in=20, n_samples=20).fit(ratings)
    of_new = model.predict(np.zeros(2, np.int32), np.array([30, 31]))
    assert of_new[0] > 3.8
    assert of_new[1] < 2.7
