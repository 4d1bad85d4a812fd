"""Unit vectors, and the array types of the clustering."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]


def unit_rows(vectors: NDArray[np.floating]) -> FloatArray:
    """Bring each row to Euclidean length 1; a row of zeros stays zero.

    Parameters
    ----------
    vectors : ndarray of shape (n, n_features)

    Returns
    -------
    ndarray of shape (n, n_features), float32
    """
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    norms[norms == 0] = 1.0
    unit: FloatArray = (vectors / norms[:, None]).astype(np.float32)
    return unit
