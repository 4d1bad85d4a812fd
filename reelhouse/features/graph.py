"""The graph of titles and of the names that they hold: genres, people, countries and the like.

An edge joins a title and a name; there is none between two titles or two names. The graph is held
in memory by whoever walks, 24 bytes for an edge; the number of titles in it has a limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.features.bags import count_words, store_bags
from reelhouse.features.settings import FieldSettings, NodeKind, NodeVectorSettings
from reelhouse.features.vocabulary import choose_terms
from reelhouse.matrix import load_block

#: Kind of name -> fields that it stands in: who directs and who acts is one person.
KIND_FIELDS: dict[NodeKind, tuple[str, ...]] = {
    "description": ("description",),
    "listed_in": ("listed_in",),
    "people": ("director", "cast"),
    "country": ("country",),
    "rating": ("rating",),
    "type": ("type",),
}

#: Kind -> name -> number of titles that hold it.
HeldNames: TypeAlias = dict[NodeKind, dict[str, int]]


def kind_settings(settings: NodeVectorSettings, kind: NodeKind) -> FieldSettings:
    """Settings of one kind of name."""
    found: FieldSettings = getattr(settings, kind)
    return found


def choose_names(parts: Sequence[Path], settings: NodeVectorSettings) -> tuple[int, HeldNames]:
    """Titles counted, and the names that are nodes of the graph, alphabetically within a kind.

    `max_title_share` applies to the description alone: most titles being movies is no reason to
    forget which are.
    """
    n_titles, chosen = 0, HeldNames()
    for kind, fields in KIND_FIELDS.items():
        limits = kind_settings(settings, kind)
        if not limits.weight:
            chosen[kind] = {}
            continue
        n_titles, counts = count_words(parts, fields)
        share = settings.max_title_share if kind == "description" else 1.0
        names, held = choose_terms(counts, limits, share * n_titles)
        chosen[kind] = dict(zip(names, held, strict=True))
    return n_titles, chosen


def store_names(parts: Sequence[Path], chosen: HeldNames, scratch: Path) -> list[list[Path]]:
    """Store which titles hold which names: per partition one CSR block for each kind in use."""
    per_kind = [
        store_bags(parts, list(names), KIND_FIELDS[kind], scratch / kind)
        for kind, names in chosen.items()
        if names
    ]
    return [list(blocks) for blocks in zip(*per_kind, strict=True)]


@dataclass(frozen=True)
class Graph:
    """Names and titles as nodes, the names first, and the edges between them.

    Attributes
    ----------
    n_names
        Nodes that are names.
    indptr : ndarray of shape (n_nodes + 1,), int64
    indices : ndarray of shape (2 * n_edges,), int32
        Neighbours of each node, sorted.
    reach : ndarray of shape (2 * n_edges,), float64
        Sum of the weights of a node's edges up to and including this one.
    """

    n_names: int
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    reach: NDArray[np.float64]


def weighted_names(blocks: Sequence[Sequence[Path]], most_titles: int) -> sparse.csr_matrix:
    """Weights of the edges, shape (n_titles_kept, n_names).

    From a title every kind of name that it holds is equally likely, and every name of a kind: ten
    actors do not drown one country. The kinds stand side by side in the order of the blocks.

    Parameters
    ----------
    blocks
        Per partition, one file for each kind, each a CSR block (n_titles_of_part, n_of_kind).
    most_titles
        Of more titles than this, an even sample is taken, in the order of the catalogue.
    """
    n_titles = sum(load_block(kinds[0]).shape[0] for kinds in blocks)
    stride = -(-n_titles // most_titles) if n_titles else 1
    rows, first = [], 0
    for kinds in blocks:
        shares = [_shares(load_block(kind)) for kind in kinds]
        part = sparse.csr_matrix(sparse.hstack(shares, format="csr"))
        rows.append(part[-first % stride :: stride])
        first += part.shape[0]
    return sparse.csr_matrix(sparse.vstack(rows, format="csr"))


def _shares(held: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same names, each row adding up to 1; a name that is said twice is one edge."""
    n_held = np.diff(held.indptr)
    weights = np.repeat(1.0 / np.maximum(n_held, 1), n_held)
    return sparse.csr_matrix((weights, held.indices, held.indptr), shape=held.shape)


def join(weights: sparse.csr_matrix) -> Graph:
    """Graph of the edges of titles and names, weights of shape (n_titles, n_names)."""
    n_titles, n_names = weights.shape
    back = sparse.csr_matrix(weights.T)
    there = sparse.csr_matrix(
        (weights.data, weights.indices, weights.indptr), shape=(n_titles, n_names)
    )
    there.sort_indices()
    indptr = np.concatenate(
        (back.indptr.astype(np.int64), back.indptr[-1] + there.indptr[1:].astype(np.int64))
    )
    indices = np.concatenate((back.indices + n_names, there.indices)).astype(np.int32)
    total = np.cumsum(np.concatenate((back.data, there.data)))
    before = np.concatenate(([0.0], total))[indptr[:-1]]
    return Graph(n_names, indptr, indices, total - np.repeat(before, np.diff(indptr)))


def kind_bounds(chosen: Mapping[NodeKind, Sequence[str] | Mapping[str, int]]) -> list[int]:
    """First node of each kind in the order of `chosen`, and the number of names."""
    bounds: list[int] = np.cumsum([0, *(len(names) for names in chosen.values())]).tolist()
    return bounds
