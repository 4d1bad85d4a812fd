"""Gradient descent: factors alone, and with those of what users rated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models.rating.kernels_sgd import learn_ratings, learn_users, with_implicit
from reelhouse.models.rating.sgd import SVD, SGDSettings, damping
from reelhouse.models.rating.svdpp import SVDpp
from reelhouse.models.ratings import Ratings


def test_a_step_is_computed_by_hand() -> None:
    """The error is 6 - 3 - 1 * 2 = 1; each moves by 0.1 times the error times the other."""
    biases = np.zeros((2, 1), np.float32)
    p, q = np.array([[1.0]], np.float32), np.array([[2.0]], np.float32)
    zero = np.zeros(1, np.int32)
    damped = np.array([0.5], np.float32)
    learn_ratings(
        np.array([0]), zero, zero, np.array([6.0], np.float32), 3.0, 0.1, 0.0, damped, damped,
        biases[0], biases[1], p, q,
    )  # fmt: skip
    assert biases.ravel().tolist() == pytest.approx([0.1, 0.1])
    assert p[0, 0] == pytest.approx(1.0 * (1 - 0.1 * 0.5) + 0.1 * 2.0)
    assert q[0, 0] == pytest.approx(2.0 * (1 - 0.1 * 0.5) + 0.1 * 1.0)


def textbook_svdpp(ratings: Ratings, rate: float, state: dict[str, Any]) -> None:
    """SVD++ as Koren writes it, every implicit factor learned at every rating, undamped."""
    for user in range(ratings.n_users):
        mine = np.flatnonzero(ratings.users == user)
        titles = ratings.titles[mine]
        for at in mine:
            title = ratings.titles[at]
            whole = state["p"][user] + state["y"][titles].sum(axis=0) / np.sqrt(titles.size)
            q = state["q"][title].copy()
            error = ratings.values[at] - ratings.mean - state["b"][user] - state["c"][title]
            error -= whole @ q
            state["b"][user] += rate * error
            state["c"][title] += rate * error
            state["p"][user] += rate * error * q
            state["q"][title] += rate * error * whole
            state["y"][titles] += rate * error * q / np.sqrt(titles.size)


def test_implicit_factors_learn_as_in_the_textbook() -> None:
    rng = np.random.default_rng(0)
    users, titles = np.nonzero(rng.random((6, 7)) < 0.7)
    ratings = Ratings.of(users, titles, rng.integers(1, 6, users.size), shape=(6, 7))
    state = {
        "b": np.zeros(6), "c": np.zeros(7), "p": rng.standard_normal((6, 2)),
        "q": rng.standard_normal((7, 2)), "y": rng.standard_normal((7, 2)),
    }  # fmt: skip
    b, c, p, q, y = (value.astype(np.float32) for value in state.values())
    matrix = ratings.by_user
    starts = matrix.indptr.astype(np.int64)
    undamped = np.zeros(7, np.float32)
    for _ in range(3):
        textbook_svdpp(ratings, 0.05, state)
        learn_users(
            np.arange(6), starts, matrix.indices, matrix.data, ratings.mean, 0.05, 0.0,
            undamped[:6], undamped, b, c, p, q, y,
        )  # fmt: skip
    for learned, expected in zip((b, c, p, q, y), state.values(), strict=True):
        np.testing.assert_allclose(learned, expected, atol=1e-4)
    whole = np.empty_like(p)
    with_implicit(starts, matrix.indices, p, y, whole)
    first = titles[users == 0]
    expected = state["p"][0] + state["y"][first].sum(axis=0) / np.sqrt(first.size)
    np.testing.assert_allclose(whole[0], expected, atol=1e-4)


def test_regularization_at_a_rating_falls_with_the_root_of_their_number() -> None:
    assert damping(np.array([0, 1, 4, 16]), 2.0).tolist() == [2.0, 2.0, 1.0, 0.5]


def test_the_learning_rate_decays() -> None:
    settings = SGDSettings(learning_rate=0.2, decay=0.5)
    assert [settings.rate(epoch) for epoch in (1, 2, 3)] == [0.2, 0.1, 0.05]


@pytest.mark.parametrize("kind", [SVD, SVDpp])
def test_a_planted_rank_is_recovered(kind: type[SVD] | type[SVDpp]) -> None:
    rng = np.random.default_rng(3)
    truth = 3 + rng.standard_normal((80, 1)) @ rng.standard_normal((1, 50))
    users, titles = (part.ravel() for part in np.indices(truth.shape))
    everything = Ratings.of(users, titles, truth.ravel())
    held = rng.random(users.size) < 0.2
    model = kind(n_factors=2, epochs=300, learning_rate=0.02, decay=1.0, regularization=0.0)
    model.fit(everything.take(np.flatnonzero(~held)))
    wrong = model.predict(users[held], titles[held]) - truth.ravel()[held]
    assert np.median(np.abs(wrong)) < 0.05


def test_a_rate_that_is_too_high_is_named() -> None:
    rng = np.random.default_rng(4)
    users, titles = np.nonzero(rng.random((20, 20)) < 0.5)
    ratings = Ratings.of(users, titles, rng.integers(1, 6, users.size))
    with pytest.raises(RecommendationError, match="svd diverged in epoch"):
        SVD(learning_rate=50.0).fit(ratings)


def test_parameters_are_counted() -> None:
    ratings = Ratings.of(np.array([0, 1]), np.array([0, 2]), np.array([1.0, 5.0]))
    assert SVD(n_factors=4, epochs=1).fit(ratings).n_parameters == 1 + 2 + 3 + (2 + 3) * 4
    assert SVDpp(n_factors=4, epochs=1).fit(ratings).n_parameters == 1 + 2 + 3 + (2 + 3 + 3) * 4
