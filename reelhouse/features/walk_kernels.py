"""Compiled second-order random walks over a weighted graph.

A step is proposed by the weights of the edges alone and accepted by where it leads, so that no
table of all pairs of edges is needed: memory is that of the graph.

References
----------
Grover, A. and Leskovec, J. (2016). node2vec: scalable feature learning for networks. KDD.
Yang, K. et al. (2019). KnightKing: a fast distributed graph random walk engine. SOSP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@numba.njit(nogil=True, cache=True)
def _is_edge(indptr, indices, a, b):  # type: ignore[no-untyped-def]  # by bisection
    low, high = indptr[a], indptr[a + 1]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < b:
            low = middle + 1
        else:
            high = middle
    return low < indptr[a + 1] and indices[low] == b


@numba.njit(nogil=True, cache=True)
def _proposed(indptr, indices, reach, node, rng):  # type: ignore[no-untyped-def]
    low, high = indptr[node], indptr[node + 1] - 1
    drawn = rng.random() * reach[high]
    while low < high:
        middle = (low + high) // 2
        if reach[middle] <= drawn:
            low = middle + 1
        else:
            high = middle
    return indices[low]


@numba.njit(nogil=True, cache=True)
def walk_nodes(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    reach: NDArray[np.float64],
    starts: NDArray[np.int64],
    return_bias: float,
    outward_bias: float,
    rng: np.random.Generator,
    walks: NDArray[np.int32],
) -> None:
    """Walk from each of some nodes.

    From a node reached from `last`, the weight of the edge to `next` is divided by `return_bias`
    (the paper's p) where `next` is `last`, taken as it is where `next` and `last` are joined by an
    edge, and divided by `outward_bias` (the paper's q) otherwise.

    Parameters
    ----------
    indptr, indices : rows of a symmetric adjacency matrix, columns sorted within each row
    reach : ndarray of shape (n_edges,)
        Sum of the weights of a row's edges up to and including this one.
    starts : ndarray of shape (n_walks,)
    return_bias, outward_bias : float
        Positive.
    rng : numpy.random.Generator
    walks : ndarray of shape (n_walks, n_steps), written
        Nodes in order; -1 after a node without edges.
    """
    back, out = 1.0 / return_bias, 1.0 / outward_bias
    most = max(back, 1.0, out)
    for walk in range(starts.size):
        last, node = -1, starts[walk]
        walks[walk, :] = -1
        walks[walk, 0] = node
        for step in range(1, walks.shape[1]):
            n_edges = indptr[node + 1] - indptr[node]
            if n_edges == 0:
                break
            following = _proposed(indptr, indices, reach, node, rng)
            # A dead end has one way, back: a large p would refuse it again and again.
            while last >= 0 and n_edges > 1:
                if following == last:
                    bias = back
                elif _is_edge(indptr, indices, last, following):
                    bias = 1.0
                else:
                    bias = out
                if rng.random() * most < bias:
                    break
                following = _proposed(indptr, indices, reach, node, rng)
            walks[walk, step] = following
            last, node = node, following
