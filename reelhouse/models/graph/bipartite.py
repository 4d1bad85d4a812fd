"""The graph of users and titles, and what passes along its edges."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.models.on_torch import Tensor


class _Product(torch.autograd.Function):  # type: ignore[misc]
    """A sparse matrix times a dense one; torch's own would differentiate by both."""

    @staticmethod
    def forward(context: Any, edges: Edges, dense: Tensor) -> Tensor:
        context.edges = edges
        return edges.matrix @ dense

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[None, Tensor]:
        return None, context.edges.transposed @ gradient.contiguous()


@dataclass(frozen=True, eq=False)
class Edges:
    """Weighted edges from one side of the graph to the other.

    Attributes
    ----------
    matrix : sparse CSR Tensor of shape (n_targets, n_sources), float32
    transposed : sparse CSR Tensor
        The same, turned round.
    """

    matrix: Tensor
    transposed: Tensor

    @classmethod
    def of(cls, matrix: sparse.csr_matrix, device: Any) -> Edges:
        """Bring a matrix to the device."""
        return cls(_tensor(matrix, device), _tensor(matrix.T.tocsr(), device))

    def send(self, sources: Tensor) -> Tensor:
        """Sum what reaches each target: of shape (n_targets, width)."""
        found: Tensor = _Product.apply(self, sources)
        return found

    def back(self) -> Edges:
        """The same edges, from the targets to the sources."""
        return Edges(self.transposed, self.matrix)


def share_of(degrees: NDArray[np.integer], power: float) -> NDArray[np.float32]:
    """Degrees to a negative power; 0 where there is no edge."""
    safe = np.maximum(degrees, 1).astype(np.float64) ** -power
    return np.where(degrees > 0, safe, 0.0).astype(np.float32)


def symmetric(seen: sparse.csr_matrix) -> sparse.csr_matrix:
    """Edges, each weighing one over the root of the product of its two degrees."""
    rows = np.diff(seen.indptr)
    columns = np.bincount(seen.indices, minlength=seen.shape[1])
    weights = np.repeat(share_of(rows, 0.5), rows) * share_of(columns, 0.5)[seen.indices]
    return sparse.csr_matrix((weights, seen.indices, seen.indptr), shape=seen.shape)


def _tensor(matrix: sparse.csr_matrix, device: Any) -> Tensor:
    matrix.sort_indices()
    with warnings.catch_warnings():
        # Torch calls them a beta, and says that it does not check what is well formed here.
        warnings.filterwarnings("ignore", "Sparse ", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data.astype(np.float32)),
            size=matrix.shape,
        ).to(device)
