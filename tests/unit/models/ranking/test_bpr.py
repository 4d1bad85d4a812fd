from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.models.ranking.bpr import BPR
from reelhouse.models.ranking.kernels_bpr import fold_in, learn_pairs
from reelhouse.recommend.rated import RatedTitles


def step(drawn: list[int], regularization: float = 0.0) -> tuple[np.ndarray, ...]:
    """One user, factor 1, saw title 0, factor 1, of two; title 1 has none. The rate is 1/2."""
    user, titles = np.array([[1]], np.float32), np.array([[1], [0]], np.float32)
    biases = np.zeros(2, dtype=np.float32)
    learn_pairs(
        np.array([0]), np.array([drawn], np.int32), np.array([0], np.int32),
        np.array([0, 1]), np.array([0], np.int32), np.float32(0.5), np.float32(regularization),
        user, titles, biases,
    )  # fmt: skip
    return user.ravel(), titles.ravel(), biases


def test_a_step_moves_a_pair_apart_by_how_little_it_is() -> None:
    # The gap is 1: the pull is 1/2 / (1 + e).
    pull = 0.5 / (1 + np.e)
    user, titles, biases = step([1])
    assert user == pytest.approx([1 + pull])
    assert titles == pytest.approx([1 + pull, -pull])
    assert biases == pytest.approx([pull, -pull])


def test_regularization_shrinks_what_takes_part() -> None:
    pull = 0.5 / (1 + np.e)
    user, titles, _ = step([1], regularization=0.2)
    # By the rate times the regularization.
    assert user == pytest.approx([0.9 + pull])
    assert titles == pytest.approx([0.9 + pull, -pull])


def test_a_drawn_title_that_was_seen_is_passed_over() -> None:
    assert all(np.array_equal(*pair) for pair in zip(step([0, 1]), step([1]), strict=True))


def test_no_step_is_taken_where_all_drawn_titles_were_seen() -> None:
    user, titles, biases = step([0, 0])
    assert (user.tolist(), titles.tolist(), biases.tolist()) == ([1], [1, 0], [0, 0])


def test_a_user_is_folded_in_towards_what_was_seen() -> None:
    factors = np.array([[1, 0], [0, 1], [0, 0]], np.float32)
    out = np.empty((3, 2), dtype=np.float32)
    # The first saw title 0, the second title 1, the third nothing.
    fold_in(
        np.array([0, 1, 2, 2]), np.array([0, 1], np.int32), np.ones(2, np.float32), 20,
        np.float32(0.1), np.float32(0.0), factors, np.zeros(3, np.float32), out,
    )  # fmt: skip
    assert out[0, 0] > 0 >= out[0, 1]
    assert out[1, 1] > 0 >= out[1, 0]
    assert not out[2].any()


def test_somebody_of_whom_nothing_is_known_gets_what_most_saw() -> None:
    seen = np.zeros((30, 3), dtype=np.float32)
    seen[:, 0], seen[:20, 1], seen[:3, 2] = 1, 1, 1
    model = BPR(2, epochs=50).fit(RatedTitles.of(sparse.csr_matrix(seen)))
    nobody = sparse.csr_matrix((1, 3), dtype=np.float32)
    assert model.recommend_users(nobody, 3).titles.tolist() == [[0, 1, 2]]


def test_a_learning_rate_too_high_is_an_error() -> None:
    seen = np.eye(6, dtype=np.float32) + np.eye(6, k=1, dtype=np.float32)
    with pytest.raises(RecommendationError, match=r"bpr diverged in epoch .* below 1e"):
        BPR(2, 1e20, epochs=50).fit(RatedTitles.of(sparse.csr_matrix(seen)))
