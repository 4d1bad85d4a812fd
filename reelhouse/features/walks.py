"""Random walks over the graph of titles and names, and how often names meet on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.features.graph import Graph, join, weighted_names
from reelhouse.features.settings import NodeVectorSettings
from reelhouse.features.walk_kernels import walk_nodes
from reelhouse.matrix import load_block, store_block

#: Names whose walks one task takes; part of what a seed means.
_NAMES_AT_ONCE = 2_048
_MERGED_AT_ONCE = 8


def store_graph(
    blocks: Sequence[Sequence[Path]], settings: NodeVectorSettings, scratch: Path
) -> Path:
    """Store the weights of all edges, (n_titles_kept, n_names), in one task; returns the file."""
    import dask

    path = scratch / "edges.safetensors"
    dask.compute(dask.delayed(_store_edges)(blocks, settings.most_titles, path))
    return path


def _store_edges(blocks: Sequence[Sequence[Path]], most_titles: int, path: Path) -> None:
    store_block(path, weighted_names(blocks, most_titles))


def store_walks(
    edges: Path, n_names: int, settings: NodeVectorSettings, scratch: Path, *, seed: int
) -> list[Path]:
    """Store the names that walks from every name pass, each range of names in one Dask task.

    Returns
    -------
    list of Path
        Files of numpy arrays (n_walks, walk_length), int32; -1 after a name without titles.
    """
    import dask

    firsts = range(0, n_names, _NAMES_AT_ONCE)
    paths = [scratch / f"walks-{first:08d}.npy" for first in firsts]
    dask.compute(
        *[
            dask.delayed(_store_range)(edges, first, settings, seed, path)
            for first, path in zip(firsts, paths, strict=True)
        ]
    )
    return paths


def _store_range(
    edges: Path, first: int, settings: NodeVectorSettings, seed: int, path: Path
) -> None:
    graph = join(load_block(edges))
    names = np.arange(first, min(first + _NAMES_AT_ONCE, graph.n_names))
    rng = np.random.default_rng([seed, first])
    starts = rng.permutation(np.repeat(names, settings.walks_per_name))
    np.save(path, walk_names(graph, starts, settings, rng), allow_pickle=False)


def walk_names(
    graph: Graph, starts: NDArray[np.int64], settings: NodeVectorSettings, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Names that walks from some names pass, without the titles, (n_walks, walk_length)."""
    # Every edge joins a name and a title, so each second step is a name.
    steps = np.empty((len(starts), 2 * settings.walk_length - 1), dtype=np.int32)
    walk_nodes(
        graph.indptr,
        graph.indices,
        graph.reach,
        starts,
        settings.return_bias,
        settings.outward_bias,
        rng,
        steps,
    )
    return np.ascontiguousarray(steps[:, ::2])


def count_meetings(walks: Sequence[Path], n_names: int, window: int) -> sparse.csr_matrix:
    """Count how often two names stand at most `window` names apart on stored walks.

    Returns
    -------
    csr_matrix of shape (n_names, n_names), int64, symmetric
    """
    import dask

    counts = [dask.delayed(_meetings_in)(path, n_names, window) for path in walks]
    while len(counts) > 1:
        counts = [
            dask.delayed(_sum)(counts[first : first + _MERGED_AT_ONCE])
            for first in range(0, len(counts), _MERGED_AT_ONCE)
        ]
    merged: sparse.csr_matrix = dask.compute(counts[0])[0]
    return merged


def _meetings_in(walks: Path, n_names: int, window: int) -> sparse.csr_matrix:
    return meetings(np.load(walks, allow_pickle=False), n_names, window)


def meetings(walks: NDArray[np.int32], n_names: int, window: int) -> sparse.csr_matrix:
    """The same for walks in memory, shape (n_walks, walk_length)."""
    total = sparse.csr_matrix((n_names, n_names), dtype=np.int64)
    for apart in range(1, min(window, walks.shape[1] - 1) + 1):
        one, other = walks[:, :-apart].ravel(), walks[:, apart:].ravel()
        # A walk that ended has no later names.
        both = other >= 0
        ones = np.ones(int(both.sum()), dtype=np.int64)
        pairs = sparse.coo_matrix((ones, (one[both], other[both])), shape=total.shape)
        total = total + sparse.csr_matrix(pairs)
    return sparse.csr_matrix(total + total.T)


def _sum(counts: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    total = counts[0]
    for count in counts[1:]:
        total = total + count
    return sparse.csr_matrix(total)
