from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import EvaluationError
from reelhouse.evaluation.popularity_bias import long_tail, popularity_bias

#: Of 10 training users this many have seen each title.
COUNTS = np.array([8, 4, 2, 1, 0])


def history(*rows: list[float]) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(rows, dtype=np.float32))


def test_lists_are_compared_with_what_their_users_chose() -> None:
    # Histories of popularity 0.2 and (0.4 + 0.2) / 2; lists of 0.6 and 0.1. Weights count not.
    found = popularity_bias(
        np.array([[0, 1], [3, -1]]), history([0, 0, 5, 0, 0], [0, 1, 2, 0, 0]), COUNTS, 10
    )
    assert found.history == pytest.approx((0.2 + 0.3) / 2)
    assert found.recommended == pytest.approx((0.6 + 0.1) / 2)
    assert found.shift == pytest.approx(0.35 / 0.25 - 1)
    # One title of five is the head: the first. Two of three places are outside it.
    assert found.long_tail == pytest.approx(2 / 3)


def test_who_has_no_history_counts_among_the_lists_only() -> None:
    found = popularity_bias(
        np.array([[0], [1]]), history([0, 0, 0, 0, 0], [0, 0, 1, 0, 0]), COUNTS, 10
    )
    assert found.history == pytest.approx(0.2)
    assert found.recommended == pytest.approx(0.6)


def test_recommending_what_all_have_seen_is_biased_and_its_opposite_is_not() -> None:
    seen = history([0, 1, 1, 0, 0])
    assert popularity_bias(np.array([[0]]), seen, COUNTS, 10).shift > 1
    assert popularity_bias(np.array([[3]]), seen, COUNTS, 10).shift < 0


def test_the_head_is_the_most_seen_fifth_rounded_up() -> None:
    assert np.flatnonzero(~long_tail(np.array([1, 5, 3, 5, 5, 0]))).tolist() == [1, 3]
    assert np.flatnonzero(~long_tail(COUNTS, head_share=0.6)).tolist() == [0, 1, 2]


def test_no_lists_at_all_are_an_error() -> None:
    with pytest.raises(EvaluationError, match="none of 1 users has a value"):
        popularity_bias(np.array([[-1]]), history([0, 1, 0, 0, 0]), COUNTS, 10)
