from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.clustering.assign import distance_limits, place

AXES = np.eye(3, dtype=np.float32)


def csr(*rows: tuple[float, ...]) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(rows, dtype=np.float32).reshape(-1, 3))


def test_nearest_and_second_nearest_by_hand() -> None:
    placement = place(csr((0.8, 0.6, 0), (0, 0, 1)), AXES)
    assert placement.index.tolist() == [0, 2]
    assert placement.second_index.tolist() == [1, 0]
    np.testing.assert_allclose(placement.distance, [0.2, 0], atol=1e-6)
    np.testing.assert_allclose(placement.second_distance, [0.4, 1], atol=1e-6)
    assert placement.empty.tolist() == [False, False]


def test_with_one_cluster_there_is_no_second() -> None:
    placement = place(csr((0.8, 0.6, 0)), AXES[:1])
    assert placement.index.tolist() == [0]
    assert placement.second_index.tolist() == [-1]
    assert np.isnan(placement.second_distance).all()


def test_an_empty_row_is_equally_far_from_every_centroid() -> None:
    placement = place(csr((0, 0, 0), (1, 0, 0)), AXES)
    assert placement.empty.tolist() == [True, False]
    assert placement.distance[0] == placement.second_distance[0] == 1


def test_no_rows_are_placed_nowhere() -> None:
    for k in (1, 3):
        placement = place(csr(), AXES[:k])
        assert {getattr(placement, name).shape for name in placement.__dataclass_fields__} == {(0,)}


def test_rounding_makes_no_distance_negative() -> None:
    row = np.full(3, np.float32(0.57735030))
    assert place(sparse.csr_matrix(row[None]), row[None]).distance[0] >= 0


def test_the_limit_of_a_large_cluster_is_its_own_tail() -> None:
    distance = np.r_[np.linspace(0, 1, 101), np.full(5, 0.3)].astype(np.float32)
    index = np.r_[np.zeros(101), np.full(5, 2)].astype(np.int32)
    limits = distance_limits(index, distance, 3, share=0.1)
    overall = np.quantile(distance, 0.9)
    # The second cluster is empty, the third has fewer than 20 titles.
    np.testing.assert_allclose(limits, [0.9, overall, overall], rtol=1e-6)
    assert limits.dtype == np.float32


def test_without_titles_nothing_is_beyond_the_limit_of_orthogonal_rows() -> None:
    nothing = np.zeros(0, dtype=np.float32)
    assert distance_limits(nothing.astype(np.int32), nothing, 2, share=0.1).tolist() == [1, 1]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_placing_does_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    rows = csr((0.8, 0.6, 0), (0, 0.6, 0.8), (0.6, 0, 0.8))
    whole, shuffled = place(rows, AXES), place(rows[order], AXES)
    assert whole.index[order].tolist() == shuffled.index.tolist()
