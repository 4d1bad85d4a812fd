"""Factors of users from what they saw: least squares over all titles, seen or not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.rows import in_pieces
from reelhouse.models.ranking.kernels_conjugate import improve_implicit
from reelhouse.models.ranking.kernels_ials import (
    solve_implicit,
    sum_outer_products,
)
from reelhouse.models.rating.kernels_gram import padded
from reelhouse.threads import map_threads

#: Rows that one thread solves at a time.
_ROWS_PER_PIECE = 256
#: Rows whose outer products are summed in float32, before such sums are added in float64.
_ROWS_PER_SUM = 8192


@dataclass(frozen=True)
class Folding:
    """How factors of rows are solved for.

    Attributes
    ----------
    unseen_weight : float
        Of a pair that was not seen; one that was weighs 1 more, by the mean of its row.
    regularization, power : float
        The squares of a row's factors weigh regularization * (n_seen + unseen_weight *
        n_columns) ** power.
    """

    unseen_weight: float
    regularization: float
    power: float

    def solve(
        self, history: sparse.csr_matrix, factors: FloatArray, unseen: FloatArray, out: FloatArray
    ) -> None:
        """Solve for the factors of all rows of a history.

        Parameters
        ----------
        history : csr_matrix of shape (n_rows, n_columns), float32
            Weights of each row of a mean of 1.
        factors : ndarray of shape (n_columns, n_factors), float32
        unseen : ndarray
            `unseen` of these factors.
        out : ndarray of shape (n_rows, n_factors), float32
            Written; 0 for a row without columns.
        """
        starts: NDArray[np.int64] = history.indptr.astype(np.int64)
        regularization = self._regularization(history)
        in_pieces(
            lambda first, last: solve_implicit(
                first, last, starts, history.indices, history.data, factors, unseen,
                regularization, out,
            ),
            history.shape[0], None, work=_work(history, factors),
            rows_per_piece=_ROWS_PER_PIECE,
        )  # fmt: skip

    def improve(
        self,
        history: sparse.csr_matrix,
        factors: FloatArray,
        unseen: FloatArray,
        out: FloatArray,
        steps: int,
    ) -> None:
        """Take steps of conjugate gradients towards what `solve` finds, from what `out` holds."""
        starts: NDArray[np.int64] = history.indptr.astype(np.int64)
        regularization = self._regularization(history)
        n = factors.shape[1]
        above = unseen[:n, :n]
        whole = np.triu(above) + np.triu(above, 1).T
        in_pieces(
            lambda first, last: improve_implicit(
                first, last, starts, history.indices, history.data, factors, whole,
                regularization, steps, out,
            ),
            history.shape[0], None, work=_work(history, factors),
            rows_per_piece=_ROWS_PER_PIECE,
        )  # fmt: skip

    def _regularization(self, history: sparse.csr_matrix) -> FloatArray:
        weighed = self.unseen_weight * history.shape[1] + np.diff(history.indptr)
        found: FloatArray = (self.regularization * weighed**self.power).astype(np.float32)
        return found

    def unseen(self, factors: FloatArray) -> FloatArray:
        """What all columns add to the equations of each row, float32.

        Of shape (padded(n_factors), padded(n_factors)), on and above the diagonal.
        """
        n_rows, n_factors = factors.shape
        # Sums of fixed pieces in a fixed order: nothing depends on the number of threads.
        bounds = [*range(0, n_rows, _ROWS_PER_SUM), n_rows]

        def summed(piece: tuple[int, int]) -> FloatArray:
            sums = np.zeros((padded(n_factors), padded(n_factors)), dtype=np.float32)
            sum_outer_products(factors[slice(*piece)], sums)
            return sums

        total = np.zeros((padded(n_factors), padded(n_factors)))
        for sums in map_threads(summed, pairwise(bounds)):
            total += sums
        found: FloatArray = (self.unseen_weight * total).astype(np.float32)
        return found


def _work(history: sparse.csr_matrix, factors: FloatArray) -> int:
    n_factors = factors.shape[1]
    return int((history.nnz + history.shape[0]) * n_factors**2)
