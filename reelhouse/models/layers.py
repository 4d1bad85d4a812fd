"""Layers of trained networks on whole matrices, without the library that trained them."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.kernels_layers import add_dense, add_sparse


def sparse_layer(rows: sparse.csr_matrix, weights: FloatArray, bias: FloatArray) -> FloatArray:
    """Layer on sparse rows, before any activation.

    Parameters
    ----------
    rows : csr_matrix of shape (n_rows, n_inputs), float32
    weights : ndarray of shape (n_inputs, n_units), float32
    bias : ndarray of shape (n_units,), float32

    Returns
    -------
    ndarray of shape (n_rows, n_units), float32
    """
    out: FloatArray = np.tile(bias, (rows.shape[0], 1))
    add_sparse(rows.indptr, rows.indices, rows.data, weights, out)
    return out


def dense_layer(rows: FloatArray, weights: FloatArray, bias: FloatArray) -> FloatArray:
    """Layer on the units of another, before any activation: shape (n_rows, n_units)."""
    out: FloatArray = np.tile(bias, (rows.shape[0], 1))
    add_dense(rows, weights, out)
    return out
