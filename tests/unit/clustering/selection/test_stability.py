from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from reelhouse.clustering.rows import rows_of
from reelhouse.clustering.selection.descent import descend
from reelhouse.clustering.selection.stability import adjusted_rand, bootstrap_stability


def test_crossed_halves_agree_less_than_chance() -> None:
    # No pair is together in both, 2 of 6 in each: (0 - 4/6) / (2 - 4/6).
    assert adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == pytest.approx(-0.5)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2], [0, 1, 1], [0], []])
def test_a_partition_agrees_with_itself(labels: list[int]) -> None:
    assert adjusted_rand(np.array(labels, int), np.array(labels, int)) == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_adjusted_rand_index_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, noise = rng.integers(0, 7, 200), rng.integers(0, 9, 200)
    second = np.where(rng.random(200) < 0.5, first, noise)
    assert adjusted_rand(first, second) == pytest.approx(adjusted_rand_score(first, second))


def test_planted_blobs_come_back_and_others_do_not(blobs: Any) -> None:
    rows, _ = blobs(4, 40)
    stable = bootstrap_stability(rows_of(rows), [4, 9], seed=0)
    assert stable[4] == 1
    assert stable[9] < 0.9


def test_the_descent_finds_the_blobs_on_its_way(blobs: Any) -> None:
    rows, truth = blobs(5, 30)
    ones = np.ones(rows.shape[0])
    found = list(descend(rows_of(rows), {3, 5, 12}, np.random.default_rng(0), ones))
    assert [number for number, _ in found] == [12, 5, 3]
    assert [len(np.unique(labels)) for _, labels in found] == [12, 5, 3]
    assert adjusted_rand_score(truth, found[1][1]) == 1
    # Taking two away joins whole blobs.
    assert all(len(np.unique(found[2][1][truth == blob])) == 1 for blob in range(5))


def test_rows_of_weight_zero_are_placed_without_a_say(blobs: Any) -> None:
    rows, truth = blobs(4, 30)
    weights = (truth != 3).astype(float)
    ((_, labels),) = descend(rows_of(rows), [3], np.random.default_rng(0), weights)
    heard = truth != 3
    assert adjusted_rand_score(truth[heard], labels[heard]) == 1
    assert set(labels[~heard]) <= {0, 1, 2}
