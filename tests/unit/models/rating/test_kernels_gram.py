"""Outer products, and the systems that are solved with them."""

from __future__ import annotations

import numpy as np
import pytest

from reelhouse.models.rating.kernels_gram import (
    GATHERED,
    factorize,
    normal_equations,
    padded,
    solve_lower,
    solve_upper,
)


@pytest.mark.parametrize(("n_factors", "columns"), [(1, 32), (32, 32), (33, 64), (64, 64)])
def test_buffers_hold_whole_tiles(n_factors: int, columns: int) -> None:
    assert padded(n_factors) == columns


@pytest.mark.parametrize("n_factors", [1, 5, 32, 33, 64, 70])
@pytest.mark.parametrize("n_ratings", [1, GATHERED, GATHERED + 3])
def test_sums_are_those_of_numpy(n_factors: int, n_ratings: int) -> None:
    rng = np.random.default_rng(n_factors)
    factors = rng.standard_normal((50, n_factors)).astype(np.float32)
    others = rng.integers(0, 50, n_ratings).astype(np.int32)
    targets = rng.standard_normal(n_ratings).astype(np.float32)
    width = padded(n_factors)
    buffer = np.zeros((GATHERED, width), np.float32)
    # What was there before does not count.
    gram, sums, weighted = (
        np.full(shape, 7.0, np.float32) for shape in ((width, width), width, width)
    )
    normal_equations(others, targets, factors, buffer, gram, sums, weighted)
    rows = factors[others].astype(np.float64)
    upper = np.triu_indices(n_factors)
    np.testing.assert_allclose(gram[upper], (rows.T @ rows)[upper], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(sums[:n_factors], rows.sum(axis=0), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(weighted[:n_factors], rows.T @ targets, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n", [1, 3, 4, 31, 32, 33, 64, 70])
def test_a_system_is_solved_as_by_numpy(n: int) -> None:
    rng = np.random.default_rng(n)
    rows = rng.standard_normal((2 * n, n))
    system = rows.T @ rows + np.eye(n)
    matrix = np.zeros((padded(n), padded(n)), np.float32)
    matrix[:n, :n] = np.triu(system)
    factorize(matrix, n, np.zeros_like(matrix))
    upper = np.triu(matrix[:n, :n]).astype(np.float64)
    np.testing.assert_allclose(upper, np.linalg.cholesky(system).T, rtol=1e-3, atol=1e-3)
    # Of any value beyond n, and as long as the matrix is wide: four are solved for at a time.
    right = rng.standard_normal(padded(n)).astype(np.float32)
    solved = right.copy()
    solve_lower(matrix, n, solved)
    solve_upper(matrix, n, solved)
    expected = np.linalg.solve(system, right[:n])
    np.testing.assert_allclose(solved[:n], expected, rtol=1e-3, atol=1e-3)


def test_two_factors_are_factorized_by_hand() -> None:
    """[[4, 2], [2, 5]] is U.T @ U for U = [[2, 1], [0, 2]]."""
    matrix = np.zeros((32, 32), np.float32)
    matrix[:2, :2] = [[4, 2], [2, 5]]
    factorize(matrix, 2, np.zeros_like(matrix))
    assert np.triu(matrix[:2, :2]).tolist() == [[2, 1], [0, 2]]
