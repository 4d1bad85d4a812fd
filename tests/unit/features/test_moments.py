from __future__ import annotations

import numpy as np
import pytest

from reelhouse.features.moments import (
    merge_moments,
    moments,
    sparse_unit_rows,
    strongest_directions,
)

ROWS = np.array([[1.0, 0.0], [3.0, 4.0], [2.0, 2.0]], dtype=np.float32)


def test_parts_add_up_to_the_whole() -> None:
    merged = merge_moments([moments(ROWS[:1]), moments(ROWS[1:1]), moments(ROWS[1:])])
    assert merged.n_rows == 3
    assert merged.mean.tolist() == [2.0, 2.0]
    # 1 + 9 + 4, 12 + 4, 16 + 4
    assert merged.gram.tolist() == [[14.0, 16.0], [16.0, 20.0]]
    # Less the mean the rows are (-1, -2), (1, 2), (0, 0).
    assert merged.centred().tolist() == [[2.0, 4.0], [4.0, 8.0]]


def test_directions_that_hold_nothing_are_left_out() -> None:
    found = strongest_directions(moments(ROWS).centred(), 2)
    assert found == pytest.approx(np.array([[1.0, 2.0]]) / np.sqrt(5.0))


def test_the_strongest_direction_comes_first() -> None:
    found = strongest_directions(np.diag([1.0, 9.0, 4.0]), 2)
    assert found.tolist() == [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_dense_rows_become_unit_rows_and_zeros_stay() -> None:
    found = sparse_unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert found.toarray() == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))
    assert found.nnz == 2
