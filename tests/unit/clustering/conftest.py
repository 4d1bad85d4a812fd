"""Rows on the unit sphere, with or without planted blobs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import unit_rows

MakeBlobs = Callable[..., tuple[sparse.csr_matrix, NDArray[np.int64]]]


@pytest.fixture
def blobs() -> MakeBlobs:
    """Rows around `n_blobs` axes, shuffled, and the blob of each."""

    def make(
        n_blobs: int = 4,
        per_blob: int = 25,
        *,
        noise: float = 0.2,
        n_features: int = 12,
        seed: int = 0,
    ) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
        rng = np.random.default_rng(seed)
        truth = rng.permutation(np.repeat(np.arange(n_blobs), per_blob))
        rows = np.eye(n_blobs, n_features)[truth] + noise * rng.random((truth.size, n_features))
        return sparse.csr_matrix(unit_rows(rows)), truth

    return make
