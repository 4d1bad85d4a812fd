from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from reelhouse.models.kernels_layers import (
    add_dense,
    add_sparse,
    attend,
    expected_levels,
    normalize_in_place,
    pair_products,
    swish_in_place,
    tanh_in_place,
)

TABLE = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)


def test_a_sparse_row_adds_the_rows_it_names_times_its_values() -> None:
    rows = sparse.csr_matrix(np.array([[2, 0, 1], [0, 0, 0]], dtype=np.float32))
    out = np.array([[10, 20], [30, 40]], dtype=np.float32)
    add_sparse(rows.indptr, rows.indices, rows.data, TABLE, out)
    # 10 + 2·1 + 1·5 and 20 + 2·2 + 1·6; nothing is added for the empty row.
    assert out.tolist() == [[17, 30], [30, 40]]


def test_a_dense_row_adds_its_product_with_the_table() -> None:
    out = np.array([[1, 1]], dtype=np.float32)
    add_dense(np.array([[1, 0, -1]], dtype=np.float32), TABLE, out)
    assert out.tolist() == [[-3, -3]]


def test_activations_are_those_of_their_names() -> None:
    rows = np.array([[0, 1, -200]], dtype=np.float32)
    swish = rows.copy()
    swish_in_place(swish)
    tanh_in_place(rows)
    assert rows[0] == pytest.approx([0, math.tanh(1), -1])
    assert swish[0] == pytest.approx([0, 1 / (1 + math.exp(-1)), 0])


def test_a_row_is_brought_to_mean_0_and_variance_1_then_scaled_and_shifted() -> None:
    rows = np.array([[1, 3]], dtype=np.float32)
    normalize_in_place(rows, np.float32([2, 2]), np.float32([0, 1]), 0.0)
    # Mean 2 and deviation 1: -1 and 1, times 2, plus 0 and 1.
    assert rows.tolist() == [[-2, 3]]


def test_attention_is_a_softmax_over_the_neighbours_of_each_head() -> None:
    sources = np.array([[1, 10], [3, 20]], dtype=np.float32)
    logits = np.array([[0, 5], [math.log(3), 5]], dtype=np.float32)
    target = np.array([[1, -10], [0, 0]], dtype=np.float32)
    out = np.zeros((2, 2), dtype=np.float32)
    starts, columns = np.array([0, 2, 2]), np.array([0, 1], dtype=np.int32)
    attend(starts, columns, sources, logits, target, 0.2, out)
    # Head 1: weights 1/4 and 3/4. Head 2: both logits are -5 · 0.2, so 1/2 each.
    assert out[0] == pytest.approx([2.5, 15])
    assert out[1].tolist() == [0, 0]


def test_a_negative_logit_counts_by_the_slope() -> None:
    out = np.zeros((1, 1), dtype=np.float32)
    attend(
        np.array([0, 2]), np.array([0, 1], dtype=np.int32), np.float32([[0], [1]]),
        np.float32([[0], [-5 * math.log(3)]]), np.float32([[0]]), 0.2, out,
    )  # fmt: skip
    # -5 log 3 · 0.2 = -log 3: weights 3/4 and 1/4.
    assert out[0, 0] == pytest.approx(0.25)


def test_pairs_get_the_products_of_their_rows() -> None:
    out = np.empty(2)
    pair_products(np.array([0, 1]), np.array([2, 0]), TABLE, TABLE, out)
    assert out.tolist() == [1 * 5 + 2 * 6, 3 * 1 + 4 * 2]


def test_the_expected_level_weighs_levels_by_the_softmax_of_their_forms() -> None:
    users = np.array([[[1, 2]], [[0, 1]]], dtype=np.float32)
    titles = np.array([[1, 1]], dtype=np.float32)
    # Forms are 3 and 1; logits 3a + b are log 3 and 0.
    coefficients = np.array([[math.log(3) / 3, 0], [1, -3]], dtype=np.float32)
    out = np.empty(1)
    expected_levels(
        np.array([0]), np.array([0]), users, titles, coefficients, np.array([1.0, 5.0]), out
    )
    assert out[0] == pytest.approx(0.75 * 1 + 0.25 * 5, rel=1e-6)
