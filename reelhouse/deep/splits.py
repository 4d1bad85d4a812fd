"""Titles to learn from, to judge by, and to test on, with every cluster's share on each side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import NetworkError

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Sides:
    """Numbers of the rows of each side, ascending; each row is on one side, once."""

    train: Numbers
    validation: Numbers
    test: Numbers


def stratified_sides(
    labels: NDArray[np.integer], *, n_validation: int, n_test: int, seed: int
) -> Sides:
    """Split rows at random so that each side has its share of every class.

    Rows lie in the order of their classes, at random within one; a side takes one of them at equal
    distances. So a class has its exact share on each side, but for less than two rows.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    n_validation, n_test : int
        Rows of these sides; all others are learned from.
    seed : int

    Raises
    ------
    NetworkError
        When a side would have no row.
    """
    n = labels.size
    if min(n_validation, n_test, n - n_validation - n_test) < 1:
        raise NetworkError(
            f"{n} rows are split into {n_validation} for validation, {n_test} for testing and "
            f"{n - n_validation - n_test} to learn from, required is at least 1 each"
        )
    mixed = np.random.default_rng(seed).permutation(n)
    order = mixed[np.argsort(labels[mixed], kind="stable")]
    test, others = _at_equal_distances(order, n_test)
    validation, train = _at_equal_distances(others, n_validation)
    return Sides(np.sort(train), np.sort(validation), np.sort(test))


def _at_equal_distances(order: Numbers, n_taken: int) -> tuple[Numbers, Numbers]:
    """So many of the rows, and the others."""
    reached = np.arange(order.size + 1) * n_taken // order.size
    taken = np.diff(reached) > 0
    return order[taken], order[~taken]
