from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.clustering.hierarchy import common_node, ward_tree


def test_three_points_join_as_ward_says() -> None:
    tree = ward_tree(np.array([[0, 0], [9, 9], [0, 2]], np.float32))
    # Points 0 and 2 are 2 apart. Their mean (0, 1) is sqrt(81 + 64) from point 1; joining two
    # points with one multiplies that by sqrt(2 * 2 * 1 / 3).
    assert tree.parents.tolist() == [3, 4, 3, 4, -1]
    assert tree.heights == pytest.approx([0, 0, 0, 2, math.sqrt(4 / 3 * 145)])
    assert tree.members() == [[0, 2], [0, 1, 2]]


def test_one_cluster_is_its_own_root() -> None:
    tree = ward_tree(np.ones((1, 3), np.float32))
    assert (tree.parents.tolist(), tree.members()) == ([-1], [])


def test_the_common_node_is_the_lowest_above_both() -> None:
    parents = np.array([3, 4, 3, 4, -1])
    assert common_node(parents, 0, 2) == 3
    assert common_node(parents, 1, 2) == 4
    assert common_node(parents, 2, 2) == 2
    assert common_node(parents, 0, 3) == 3


@given(st.integers(1, 12), st.integers(0, 5))
def test_a_tree_has_one_root_and_heights_rise_towards_it(n: int, seed: int) -> None:
    tree = ward_tree(np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32))
    assert tree.n_leaves == n
    assert np.flatnonzero(tree.parents < 0).tolist() == [2 * n - 2]
    below = tree.parents >= 0
    assert (tree.heights[below] <= tree.heights[tree.parents[below]] + 1e-9).all()
    assert tree.members()[-1:] == ([list(range(n))] if n > 1 else [])
