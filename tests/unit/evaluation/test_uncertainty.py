from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from reelhouse.errors import EvaluationError
from reelhouse.evaluation import uncertainty
from reelhouse.evaluation.uncertainty import bootstrap_mean, compare_paired

RNG = np.random.default_rng(11)
VALUES = RNG.beta(2, 5, 300)


def test_an_interval_has_the_width_of_two_standard_errors_either_way() -> None:
    found = bootstrap_mean(VALUES, seed=1, n_resamples=8000)
    error = VALUES.std() / np.sqrt(VALUES.size)
    assert found.mean == VALUES.mean()
    assert found.low == pytest.approx(found.mean - 1.96 * error, abs=0.12 * error)
    assert found.high == pytest.approx(found.mean + 1.96 * error, abs=0.12 * error)


def test_scipy_finds_the_same_interval() -> None:
    skewed = RNG.exponential(size=40)
    found = bootstrap_mean(skewed, seed=1, level=0.9, n_resamples=20_000)
    theirs = stats.bootstrap(
        (skewed,), np.mean, method="percentile", confidence_level=0.9, n_resamples=20_000, rng=2
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=0.02)


def test_equal_values_leave_no_doubt() -> None:
    found = bootstrap_mean(np.full(9, 0.25), seed=0)
    assert (found.low, found.mean, found.high) == (0.25, 0.25, 0.25)


def test_measuring_the_same_users_again_makes_nothing_surer() -> None:
    users = np.arange(VALUES.size)
    once = bootstrap_mean(VALUES, seed=1, n_resamples=4000)
    again = bootstrap_mean(np.tile(VALUES, 4), users=np.tile(users, 4), seed=1, n_resamples=4000)
    assert (again.low, again.high) == pytest.approx((once.low, once.high))
    taken_for_others = bootstrap_mean(np.tile(VALUES, 4), seed=1, n_resamples=4000)
    width = once.high - once.low
    assert taken_for_others.high - taken_for_others.low == pytest.approx(width / 2, rel=0.1)


def test_a_user_measured_more_often_weighs_more() -> None:
    found = bootstrap_mean(np.array([1.0, 0, 0, 0]), users=np.array([7, 7, 7, 3]), seed=0)
    assert found.mean == 0.25
    # Resamples hold user 7 twice, both, or user 3 twice: means 1/3, 1/4, 0.
    assert (found.low, found.high) == pytest.approx((0, 1 / 3))


def test_the_seed_decides_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = bootstrap_mean(VALUES, seed=1)
    compared = compare_paired(VALUES, VALUES[::-1], seed=1)
    assert first != bootstrap_mean(VALUES, seed=2)
    monkeypatch.setattr(uncertainty, "_BLOCK", 7 * VALUES.size)
    assert bootstrap_mean(VALUES, seed=1) == first
    assert compare_paired(VALUES, VALUES[::-1], seed=1) == compared


def test_a_difference_of_all_users_is_certain() -> None:
    found = compare_paired(VALUES + 0.1, VALUES, seed=0, n_resamples=999)
    assert found.difference.mean == pytest.approx(0.1)
    assert found.difference.low == pytest.approx(0.1)
    # None of the random exchanges comes near: the least p of 999.
    assert found.p_permutation == 1 / 1000
    assert found.p_wilcoxon < 1e-6


def test_exchanging_the_two_turns_the_difference_only() -> None:
    other = np.clip(VALUES + RNG.normal(0, 0.1, VALUES.size), 0, 1)
    one, two = compare_paired(VALUES, other, seed=3), compare_paired(other, VALUES, seed=3)
    assert one.difference.mean == -two.difference.mean
    assert one.p_permutation == two.p_permutation
    assert one.p_wilcoxon == pytest.approx(two.p_wilcoxon)


def test_all_exchanges_of_six_users_by_hand() -> None:
    differences = np.array([0.3, 0.1, 0.2, -0.1, 0.2, 0.4])
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product([1, -1], repeat=6)]
    exact = np.mean(np.array(sums) >= differences.sum() - 1e-12)
    found = compare_paired(differences, np.zeros(6), seed=0, n_resamples=50_000)
    assert found.p_permutation == pytest.approx(exact, abs=0.005)


def test_scipy_finds_the_same_chances() -> None:
    first = VALUES[:80]
    second = np.clip(first + RNG.normal(0.015, 0.08, 80), 0, 1)
    found = compare_paired(first, second, seed=0, n_resamples=20_000)
    theirs = stats.permutation_test(
        (first, second),
        lambda x, y, axis: (x - y).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=1,
    )
    assert 0.001 < theirs.pvalue < 0.9
    assert found.p_permutation == pytest.approx(theirs.pvalue, rel=0.15)
    assert found.p_wilcoxon == pytest.approx(stats.wilcoxon(first, second, method="approx").pvalue)


def test_equal_recommenders_do_not_differ() -> None:
    found = compare_paired(VALUES, VALUES.copy(), seed=0)
    assert (found.difference.mean, found.p_permutation, found.p_wilcoxon) == (0, 1, 1)


def test_chances_are_even_where_nothing_differs() -> None:
    # Of 300 comparisons of equals about 5 % are below 0.05: 15, with a deviation of 3.8.
    noise = np.random.default_rng(4).normal(size=(300, 2, 30))
    below = sum(compare_paired(*pair, seed=0, n_resamples=400).p_permutation < 0.05
                for pair in noise)  # fmt: skip
    assert 3 <= below <= 27


def test_wrong_values_are_named() -> None:
    with pytest.raises(EvaluationError, match=r"0 values in shape \(0,\), 0 finite"):
        bootstrap_mean(np.zeros(0), seed=0)
    with pytest.raises(EvaluationError, match=r"2 values in .* 1 finite, expected at least 1 and"):
        bootstrap_mean(np.array([1, np.nan]), seed=0)
    with pytest.raises(EvaluationError, match="3 users of 2 values"):
        bootstrap_mean(np.zeros(2), users=np.zeros(3, np.int64), seed=0)
    with pytest.raises(EvaluationError, match=r"shapes \(2,\) and \(3,\), expected values of the"):
        compare_paired(np.zeros(2), np.zeros(3), seed=0)
