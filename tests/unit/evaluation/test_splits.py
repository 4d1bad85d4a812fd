from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.errors import EvaluationError
from reelhouse.evaluation.splits import Split, leave_last_n, random_split, temporal_split


def assert_each_once(split: Split, n_ratings: int) -> None:
    both = np.concatenate([split.train, split.test])
    assert np.sort(both).tolist() == list(range(n_ratings))
    for side in (split.train, split.test):
        assert side.size
        assert (np.diff(side) > 0).all()


@given(st.integers(2, 500), st.floats(0.01, 0.99), st.integers(0, 2**32))
def test_a_random_split_loses_and_doubles_no_rating(n: int, share: float, seed: int) -> None:
    n_test = round(n * share)
    if not 0 < n_test < n:
        with pytest.raises(EvaluationError, match=f"holds out {n_test}, expected 1 to {n - 1}"):
            random_split(n, share=share, seed=seed)
        return
    split = random_split(n, share=share, seed=seed)
    assert_each_once(split, n)
    assert split.test.size == n_test


def test_a_random_split_is_decided_by_its_seed() -> None:
    first, again, other = (random_split(1000, seed=seed).test for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_is_tested_lies_after_what_was_learned() -> None:
    times = np.array([30, 10, 50, 20, 40])
    split = temporal_split(times, share=0.4)
    assert split.test.tolist() == [2, 4]


def test_ratings_of_one_moment_stay_together() -> None:
    # The fifth from the end is of the same moment as two before it: all three are learned from.
    times = np.array([1, 2, 3, 3, 3, 4, 5])
    assert temporal_split(times, share=4 / 7).test.tolist() == [5, 6]
    # Nothing is later than the last moment: it is tested as a whole.
    assert temporal_split(np.array([1, 2, 2, 2]), share=0.25).test.tolist() == [1, 2, 3]


@given(st.lists(st.integers(0, 8), min_size=2, max_size=60), st.floats(0.05, 0.9))
def test_a_temporal_split_loses_and_doubles_no_rating(moments: list[int], share: float) -> None:
    times = np.array(moments)
    if np.unique(times).size == 1 or not 0 < round(times.size * share) < times.size:
        with pytest.raises(EvaluationError):
            temporal_split(times, share=share)
        return
    split = temporal_split(times, share=share)
    assert_each_once(split, times.size)
    assert times[split.train].max() < times[split.test].min()


def test_dates_split_as_numbers_do() -> None:
    times = np.array(["2005-03-01", "2005-01-01", "2005-02-01"], dtype="datetime64[D]")
    assert temporal_split(times, share=0.3).test.tolist() == [0]


def test_ratings_of_a_single_moment_cannot_be_split_by_time() -> None:
    with pytest.raises(EvaluationError, match=r"4 ratings have 1 moment \(7\), expected at least"):
        temporal_split(np.full(4, 7), share=0.5)


def test_the_last_rating_of_each_user_is_held_out() -> None:
    users = np.array([8, 5, 8, 5, 8, 9])
    times = np.array([3, 1, 1, 2, 2, 1])
    # User 8 gave the first rating last, user 5 the fourth; user 9 has no other to be known by.
    assert leave_last_n(users, times, seed=0).test.tolist() == [0, 3]
    assert leave_last_n(users, times, 2, seed=0).test.tolist() == [0, 4]


def test_the_seed_decides_between_ratings_of_one_moment() -> None:
    users, times = np.zeros(50, dtype=np.int64), np.zeros(50)
    picks = [int(leave_last_n(users, times, seed=seed).test[0]) for seed in range(20)]
    assert picks == [int(leave_last_n(users, times, seed=seed).test[0]) for seed in range(20)]
    # Twenty draws of fifty that all agree would be the order of the rows.
    assert len(set(picks)) > 5


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=80),
    st.integers(1, 4),
    st.integers(0, 99),
)
def test_leaving_the_last_out_loses_and_doubles_no_rating(
    ratings: list[tuple[int, int]], n: int, seed: int
) -> None:
    users, times = np.array(ratings).T
    who, counts = np.unique(users, return_counts=True)
    if counts.max() <= n:
        with pytest.raises(EvaluationError, match=f"no user has more than {n} ratings"):
            leave_last_n(users, times, n, seed=seed)
        return
    split = leave_last_n(users, times, n, seed=seed)
    assert_each_once(split, users.size)
    for user, count in zip(who, counts, strict=True):
        tested = times[split.test[users[split.test] == user]]
        assert tested.size == (n if count > n else 0)
        learned = times[split.train[users[split.train] == user]]
        assert not tested.size or tested.min() >= learned.max()


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(EvaluationError, match="n=0 with 2 users and 2 times, expected n >= 1"):
        leave_last_n(np.zeros(2, np.int64), np.zeros(2), 0, seed=0)
    with pytest.raises(EvaluationError, match="2 users and 3 times"):
        leave_last_n(np.zeros(2, np.int64), np.zeros(3), seed=0)
