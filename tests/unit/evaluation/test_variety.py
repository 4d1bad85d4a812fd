from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import pairwise_distances

from reelhouse.errors import EvaluationError
from reelhouse.evaluation import ranking
from reelhouse.evaluation.ranking import find_hits
from reelhouse.evaluation.variety import (
    coverage,
    diversity,
    exposure_gini,
    list_means,
    mean_of_known,
    novelty,
    serendipity,
    times_recommended,
)

TITLES = np.array([[0, 1, 2], [0, 3, -1]])


def test_a_title_counts_once_for_each_list_that_it_is_in() -> None:
    assert times_recommended(TITLES, 6).tolist() == [2, 1, 1, 1, 0, 0]
    assert coverage(TITLES, 6) == pytest.approx(4 / 6)


def test_gini_is_half_the_relative_mean_difference() -> None:
    # Counts 2, 1, 1, 1, 0, 0: mean 5/6; over the 36 ordered pairs the differences add up to 26.
    assert exposure_gini(TITLES, 6) == pytest.approx(26 / 36 / (2 * 5 / 6))
    counts = times_recommended(np.random.default_rng(0).integers(0, 40, (30, 5)), 50)
    differences = np.abs(counts[:, np.newaxis] - counts).mean()
    lists = np.repeat(np.arange(50), counts)[:, np.newaxis]
    assert exposure_gini(lists, 50) == pytest.approx(differences / (2 * counts.mean()))
    assert exposure_gini(np.array([[0, 1], [2, 3]]), 4) == 0
    assert exposure_gini(np.zeros((9, 1), np.int64), 1000) == pytest.approx(0.999)


def test_novelty_is_measured_in_bits() -> None:
    # Of 8 users 8, 4 and 1 have seen the first three titles: 0, 1 and 3 bits.
    found = novelty(np.array([[0, 1, 2], [1, -1, -1], [-1, -1, -1]]), np.array([8, 4, 1]), 8)
    assert found[:2].tolist() == pytest.approx([4 / 3, 1])
    assert math.isnan(found[2])


def test_a_title_that_nobody_has_seen_counts_as_seen_by_one() -> None:
    assert novelty(np.array([[0], [1]]), np.array([0, 1]), 16).tolist() == [4, 4]


def test_serendipity_is_the_share_that_is_right_and_unforeseen() -> None:
    relevant = np.zeros((3, 6), dtype=np.float32)
    relevant[0, [0, 1, 5]] = 1
    relevant[2, [4]] = 1
    titles = np.array([[0, 1, 2, 3], [0, 1, 2, 3], [4, 5, -1, -1]])
    hits = find_hits(titles, sparse.csr_matrix(relevant))
    # Of the first user titles 0 and 1 are right and 0 is what everybody gets. The second user has
    # nothing held out. The third gets title 4, which is expected of the others only.
    expected = np.array([[0, 3], [4, 4], [5, -1]])
    assert serendipity(hits, titles, expected).tolist() == [1 / 4, 1 / 4]
    assert serendipity(hits, titles, titles).tolist() == [0, 0]


def test_diversity_of_three_titles_by_hand() -> None:
    # Cosines 0.6 (titles 0 and 1), 0 (0 and 2), 0.8 (1 and 2); lengths do not matter.
    features = sparse.csr_matrix(np.array([[1, 0], [3, 4], [0, 9], [0, 0]], dtype=np.float32))
    titles = np.array([[0, 1, 2], [0, 1, -1], [3, 1, -1], [3, -1, -1]])
    found = diversity(titles, features)
    assert found[:3].tolist() == pytest.approx([1 - 1.4 / 3, 0.4, 1])
    assert math.isnan(found[3])


def test_a_list_of_one_title_has_no_diversity_whatever_its_length_rounds_to() -> None:
    # In float32 the squared length of such a unit row is not quite 1.
    features = sparse.csr_matrix(np.ones((1, 3), dtype=np.float32) / np.float32(np.sqrt(3)))
    assert math.isnan(diversity(np.array([[0, -1]]), features)[0])


def test_scikit_learn_finds_the_same_diversity(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    features = sparse.random(80, 30, 0.2, format="csr", dtype=np.float32, random_state=2)
    titles = np.stack([rng.permutation(80)[:10] for _ in range(25)])
    distances = pairwise_distances(features, metric="cosine")
    upper = np.triu_indices(10, 1)
    expected = [distances[np.ix_(row, row)][upper].mean() for row in titles]
    np.testing.assert_allclose(diversity(titles, features), expected, rtol=1e-5)
    monkeypatch.setattr(ranking, "_BLOCK", 400)
    np.testing.assert_allclose(diversity(titles, features), expected, rtol=1e-5)


def test_features_are_left_as_they_are() -> None:
    features = sparse.csr_matrix(np.array([[2.0, 0], [0, 3]], dtype=np.float32))
    diversity(np.array([[0, 1]]), features)
    assert features.data.tolist() == [2, 3]


def test_means_are_over_the_titles_that_a_list_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_BLOCK", 2)
    values: NDArray[np.float64] = np.array([1.0, 2.0, 6.0])
    found = list_means(np.array([[0, 2], [1, -1], [-1, -1]]), values)
    assert found[:2].tolist() == [3.5, 2]
    assert mean_of_known(found) == 2.75


def test_a_mean_of_nobody_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="none of 2 users has a value"):
        mean_of_known(np.full(2, np.nan))
