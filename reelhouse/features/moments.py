"""Sums over rows that give the directions along which dense vectors lie, partition by partition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.features.tfidf import narrow, scale_rows

Rows = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Moments:
    """What is kept of the rows of a partition.

    Attributes
    ----------
    n_rows
        Rows added up.
    total : ndarray of shape (n_columns,), float64
        Sum of the rows.
    gram : ndarray of shape (n_columns, n_columns), float64
        Sum of the outer products of the rows with themselves.
    """

    n_rows: int
    total: NDArray[np.float64]
    gram: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean row, shape (n_columns,); zeros where there are no rows."""
        return self.total / max(self.n_rows, 1)

    def centred(self) -> NDArray[np.float64]:
        """Sum of the outer products of the rows less their mean, (n_columns, n_columns)."""
        spread: NDArray[np.float64] = self.gram - np.outer(self.total, self.mean)
        return spread


def moments(rows: Rows) -> Moments:
    """Sums over the rows of an array of shape (n_rows, n_columns)."""
    # Sum in float64: float32 loses small directions in a long sum.
    exact = rows.astype(np.float64)
    return Moments(exact.shape[0], exact.sum(axis=0), exact.T @ exact)


def merge_moments(found: Iterable[Moments]) -> Moments:
    """Sum of the moments of several partitions, added in their order; at least one."""
    first, *others = found
    n_rows, total, gram = first.n_rows, first.total.copy(), first.gram.copy()
    for part in others:
        n_rows += part.n_rows
        total += part.total
        gram += part.gram
    return Moments(n_rows, total, gram)


def strongest_directions(gram: NDArray[np.float64], n_directions: int) -> NDArray[np.float32]:
    """Eigenvectors of a symmetric matrix (n_columns, n_columns) of the largest eigenvalues.

    Returns
    -------
    ndarray of shape (n_found, n_columns), float32
        Orthonormal rows, the strongest first, each with its largest entry positive; n_found is
        less than n_directions where the rank is lower.
    """
    strengths, vectors = np.linalg.eigh(gram)
    order = np.argsort(-strengths, kind="stable")[:n_directions]
    # Rounding leaves a little of everything in directions that hold nothing.
    order = order[strengths[order] > 1e-9 * max(strengths.max(initial=0.0), 1e-300)]
    found = vectors[:, order].T
    signs = np.sign(found[np.arange(order.size), np.abs(found).argmax(axis=1)])
    directions: NDArray[np.float32] = (found * signs[:, None]).astype(np.float32)
    return directions


def sparse_unit_rows(rows: Rows) -> sparse.csr_matrix:
    """Dense rows (n_rows, n_columns) as CSR, float32, of unit length; all-zero rows stay."""
    block = sparse.csr_matrix(rows.astype(np.float64))
    scale_rows(block, 1.0)
    return narrow(block)
