"""The directions of a large sparse matrix along which its rows vary most.

References
----------
Halko, N., Martinsson, P. G. and Tropp, J. A. (2011). Finding structure with randomness.
SIAM Review 53(2), 217-288.
Deerwester, S. et al. (1990). Indexing by latent semantic analysis. JASIS 41(6), 391-407.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelhouse.matrix import load_block

#: Directions sought beyond those asked for: they take up what would blur the last ones.
_OVERSAMPLING = 10
_SUMMED_AT_ONCE = 8

Directions = NDArray[np.float32]


def leading_directions(
    blocks: Sequence[Path], n_columns: int, n_directions: int, *, iterations: int, seed: int
) -> Directions:
    """Right singular vectors of the largest singular values of stored CSR blocks.

    Subspace iteration with X'X: each pass takes one product per block, added up in the order of
    the blocks, so that the result does not depend on who computes. Nothing is as large as the
    number of rows.

    Parameters
    ----------
    blocks : files of the blocks, each of shape (n_rows_of_block, n_columns)
    n_columns : int
    n_directions : int
    iterations : passes over the blocks, at least 1
    seed : int

    Returns
    -------
    ndarray of shape (n_columns, n_found), float32
        Orthonormal columns, the strongest first, each with its largest entry positive; n_found
        is less than n_directions where the blocks have a lower rank.
    """
    width = min(n_directions + _OVERSAMPLING, n_columns)
    basis = np.random.default_rng(seed).standard_normal((n_columns, width))
    for _ in range(iterations):
        basis = np.linalg.qr(_gram_product(blocks, np.linalg.qr(basis)[0]))[0]
    small = basis.T @ _gram_product(blocks, basis)
    strengths, rotation = np.linalg.eigh((small + small.T) / 2)
    order = np.argsort(-strengths, kind="stable")[:n_directions]
    # Rounding leaves a little of everything in directions that hold nothing.
    order = order[strengths[order] > 1e-9 * max(strengths.max(initial=0.0), 1e-300)]
    found = basis @ rotation[:, order]
    signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(order.size)])
    directions: Directions = (found * signs).astype(np.float32)
    return directions


def _gram_product(blocks: Sequence[Path], basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """X'X times a basis, shape (n_columns, width), summed over the blocks in their order."""
    import dask

    shared = dask.delayed(basis)
    products = [dask.delayed(_block_product)(Path(block), shared) for block in blocks]
    while len(products) > 1:
        products = [
            dask.delayed(_sum)(products[first : first + _SUMMED_AT_ONCE])
            for first in range(0, len(products), _SUMMED_AT_ONCE)
        ]
    product: NDArray[np.float64] = dask.compute(products[0])[0]
    return product


def _block_product(block: Path, basis: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = load_block(block)
    product: NDArray[np.float64] = rows.T @ (rows @ basis)
    return product


def _sum(products: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    total = products[0].copy()
    for product in products[1:]:
        total += product
    return total
