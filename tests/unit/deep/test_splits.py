from __future__ import annotations

import numpy as np
import pytest

from reelhouse.deep.splits import stratified_sides
from reelhouse.errors import NetworkError


def test_each_side_has_its_share_of_every_class() -> None:
    labels = np.repeat([0, 1, 2], [500, 200, 87])
    np.random.default_rng(0).shuffle(labels)
    sides = stratified_sides(labels, n_validation=79, n_test=79, seed=1)
    assert [one.size for one in (sides.train, sides.validation, sides.test)] == [629, 79, 79]
    everything = np.concatenate([sides.train, sides.validation, sides.test])
    assert np.array_equal(np.sort(everything), np.arange(787))
    for side in (sides.validation, sides.test):
        # 79 of 787: 50.2, 20.1 and 8.7 rows.
        assert np.abs(np.bincount(labels[side]) - [50.2, 20.1, 8.7]).max() < 2


def test_another_seed_draws_other_rows_and_the_same_seed_the_same() -> None:
    labels = np.arange(100) % 4
    first, again = (stratified_sides(labels, n_validation=10, n_test=10, seed=0) for _ in "ab")
    other = stratified_sides(labels, n_validation=10, n_test=10, seed=1)
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)


def test_a_side_without_rows_is_refused() -> None:
    with pytest.raises(NetworkError, match="and 0 to learn from"):
        stratified_sides(np.zeros(4, int), n_validation=2, n_test=2, seed=0)
