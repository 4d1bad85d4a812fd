"""What the autoencoders that rank have in common: what goes in, what comes out, how they train.

A user's history goes in at length 1, and the network gives each title a logit; learned is that the
softmax over all titles is likely to have drawn what the user saw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.layers import sparse_layer
from reelhouse.models.on_torch import Learner, Tensor
from reelhouse.recommend.rated import unit_rows


class HistoryLearner(Learner):
    """Trains on histories in batches of users.

    Parameters
    ----------
    history : csr_matrix of shape (n_users, n_titles)
    device : torch.device
    """

    def __init__(self, history: sparse.csr_matrix, device: Any) -> None:
        self.device = device
        self.held = {}
        # A user without a title teaches nothing.
        self._history = history[np.flatnonzero(np.diff(history.indptr))]
        self._scales = _counting(self._history)
        self.n_users, self.n_titles = self._history.shape

    def batch(self, users: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of unit length that go in, and the counts that should come out."""
        rows = users.cpu().numpy()
        weights = torch.from_numpy(self._history[rows].toarray()).to(self.device)
        scales = torch.from_numpy(self._scales[rows]).to(self.device)
        return torch.nn.functional.normalize(weights), weights * scales[:, None]


def first_layer(history: sparse.csr_matrix, weights: FloatArray, bias: FloatArray) -> FloatArray:
    """Layer on histories brought to length 1: shape (n_users, n_units)."""
    return sparse_layer(unit_rows(history), weights, bias)


def log_likelihood(logits: Tensor, counts: Tensor) -> Tensor:
    """Multinomial log-likelihood of each row's counts, shape (n_users,)."""
    return (counts * torch.log_softmax(logits, dim=1)).sum(dim=1)


def _counting(history: sparse.csr_matrix) -> NDArray[np.float32]:
    """What makes the weights of a row as many as its titles: weights mean proportions alone."""
    counts = np.diff(history.indptr)
    sums = np.asarray(history.sum(axis=1), dtype=np.float64).ravel()
    scales: NDArray[np.float64] = np.divide(counts, sums, out=np.ones(sums.size), where=sums > 0)
    return scales.astype(np.float32)
