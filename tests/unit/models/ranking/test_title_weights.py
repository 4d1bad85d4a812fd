from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.models.ranking import title_weights
from reelhouse.models.ranking.ease import EASE, EDLAE, invert_in_place
from reelhouse.models.ranking.gf_cf import GFCF
from reelhouse.models.ranking.title_weights import gram_of
from reelhouse.recommend.rated import RatedTitles


def known_of(seen: object) -> RatedTitles:
    return RatedTitles.of(sparse.csr_matrix(np.array(seen, dtype=np.float32)))


@pytest.fixture
def two() -> RatedTitles:
    """Both saw title 0, one of them title 1: squares 2 and 1, together 1."""
    return known_of([[1, 1], [1, 0]])


@pytest.fixture
def random_history() -> sparse.csr_matrix:
    seen = np.random.default_rng(4).random((40, 12)) < 0.3
    return sparse.csr_matrix(seen.astype(np.float32))


def test_a_weight_is_the_ridge_regression_of_one_title_on_the_other(two: RatedTitles) -> None:
    weights = EASE(l2=1.0).fit(two).weights_
    # Together over squares and l2: 1 / (2 + 1) from title 0, 1 / (1 + 1) from title 1.
    assert weights == pytest.approx(np.array([[0, 1 / 3], [1 / 2, 0]]))


def test_dropout_adds_its_odds_of_the_squares_to_the_penalty(two: RatedTitles) -> None:
    weights = EDLAE(l2=1.0, dropout=0.5).fit(two).weights_
    assert weights == pytest.approx(np.array([[0, 1 / (2 + 2 + 1)], [1 / (1 + 1 + 1), 0]]))


def test_a_title_power_of_one_holds_down_the_weights_of_popular_titles(two: RatedTitles) -> None:
    weights = EASE(l2=1.0, title_power=1.0).fit(two).weights_
    # Squares over their mean are 4/3 and 2/3; a penalty of 1 is one of 4/3 and of 2/3.
    assert weights == pytest.approx(np.array([[0, 1 / (2 + 4 / 3)], [1 / (1 + 2 / 3), 0]]))


def test_weights_solve_the_regression_of_each_title_on_all_others(
    random_history: sparse.csr_matrix,
) -> None:
    weights = EASE(l2=3.0).fit(RatedTitles.of(random_history)).weights_
    seen = random_history.toarray()
    for title in range(seen.shape[1]):
        others = np.delete(np.arange(seen.shape[1]), title)
        gram = seen[:, others].T @ seen[:, others] + 3.0 * np.eye(others.size)
        expected = np.linalg.solve(gram, seen[:, others].T @ seen[:, title])
        assert weights[others, title] == pytest.approx(expected, abs=1e-5)


def test_scores_are_the_sum_of_the_weights_of_what_was_seen(two: RatedTitles) -> None:
    model = EASE(l2=1.0).fit(two)
    scores = model.score_users(sparse.csr_matrix(np.array([[5, 0], [2, 6]], np.float32)))
    # Weights of a history count by their proportions: 5 alone is 1, and 2 and 6 are 1/2 and 3/2.
    assert scores == pytest.approx(np.array([[0, 1 / 3], [3 / 4, 1 / 6]]), abs=2e-6)


def test_many_titles_are_inverted_in_float32_to_the_same_weights(
    random_history: sparse.csr_matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = RatedTitles.of(random_history)
    wide = EASE(l2=3.0).fit(known).weights_
    monkeypatch.setattr(title_weights, "DOUBLE_UP_TO", 0)
    assert gram_of(random_history).dtype == np.float32
    assert EASE(l2=3.0).fit(known).weights_ == pytest.approx(wide, abs=1e-5)


def test_a_gram_matrix_sums_over_users_above_the_diagonal(
    random_history: sparse.csr_matrix,
) -> None:
    weighted = random_history.multiply(np.arange(1, 13)[None, :]).tocsr().astype(np.float32)
    expected = np.triu((weighted.T @ weighted).toarray())
    assert np.array_equal(gram_of(weighted), expected)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_an_inverse_stands_above_the_diagonal(kind: type[np.floating]) -> None:
    # The inverse of [[2, 1], [1, 1]] is [[1, -1], [-1, 2]].
    matrix: NDArray[np.floating] = np.array([[2, 1], [0, 1]], dtype=kind)
    invert_in_place(matrix)
    assert matrix[np.triu_indices(2)] == pytest.approx([1, -1, 2], rel=1e-5)


def test_what_cannot_be_inverted_is_an_error() -> None:
    with pytest.raises(RecommendationError, match="of 2 titles cannot be inverted in float64"):
        invert_in_place(np.array([[1.0, 2.0], [0.0, 1.0]]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EASE(l2=0), "l2 is 0, required is 0.001 or more"),
        (lambda: EASE(title_power=2), "title_power is 2, required is 0 to 1"),
        (lambda: EDLAE(dropout=1), "dropout is 1, required is 0 to 0.99"),
        (lambda: GFCF(0), "n_factors is 0, required is 1 or more"),
        (lambda: GFCF(ideal=-1), "ideal is -1, required is 0 or more"),
    ],
)
def test_settings_out_of_bounds_are_refused(make: object, message: str) -> None:
    with pytest.raises(RecommendationError, match=message):
        make()  # type: ignore[operator]


def test_a_graph_filter_takes_two_steps_and_keeps_what_is_smooth(
    random_history: sparse.csr_matrix,
) -> None:
    model = GFCF(n_factors=3, ideal=0.7).fit(RatedTitles.of(random_history))
    seen = random_history.toarray().astype(np.float64)
    of_users, of_titles = seen.sum(axis=1), seen.sum(axis=0)
    steps = seen / np.sqrt(of_users)[:, None] / np.sqrt(of_titles)[None, :]
    smooth = np.linalg.svd(steps)[2][:3]
    kept = (smooth.T @ smooth) * np.sqrt(of_titles)[None, :] / np.sqrt(of_titles)[:, None]
    assert model.weights_ == pytest.approx(steps.T @ steps + 0.7 * kept, abs=1e-5)
