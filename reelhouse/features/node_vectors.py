"""Titles by their neighbours in the graph of titles, genres, people, countries and words.

Names that random walks pass close to each other get near vectors: two directors who never shared
a title are near when the same actors, countries and subjects surround them. A title, whether it
was fitted or is new, is the mean of the vectors of the names that it holds, so that both are placed
by one rule; names that the graph lacks are left out.

References
----------
Grover, A. and Leskovec, J. (2016). node2vec: scalable feature learning for networks. KDD.
Qiu, J. et al. (2018). Network embedding as matrix factorization: unifying DeepWalk, LINE, PTE, and
node2vec. WSDM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, NonNegativeInt
from scipy import sparse

from reelhouse.errors import NothingToFitError
from reelhouse.features.bags import count_known, word_bag
from reelhouse.features.graph import (
    KIND_FIELDS,
    choose_names,
    kind_bounds,
    kind_settings,
    store_names,
)
from reelhouse.features.moments import sparse_unit_rows
from reelhouse.features.node_training import train_on_walks
from reelhouse.features.saving import read_arrays, read_described, read_saved, write_model
from reelhouse.features.settings import FeatureOptions, NodeKind, NodeVectorSettings
from reelhouse.features.walks import count_meetings, store_graph, store_walks
from reelhouse.features.word_pmi import factor_meetings

_FORMAT = 1


@dataclass(frozen=True)
class NodeVectorModel:
    """Frozen vectors of the names in the graph, and how many titles hold each.

    Attributes
    ----------
    settings
        What it was fitted with.
    n_titles
        Titles it was fitted on.
    names
        Kind -> its names. Nodes follow the order of `graph.KIND_FIELDS`.
    titles_holding : ndarray of shape (n_names,), int64
        Titles that hold each name, of the `n_titles`.
    vectors : ndarray of shape (n_names, n_dimensions), float32
    """

    kind: ClassVar[str] = "node-vectors"

    settings: NodeVectorSettings
    n_titles: int
    names: dict[NodeKind, list[str]]
    titles_holding: NDArray[np.int64]
    vectors: NDArray[np.float32]

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix: the dimensions of the vectors."""
        return int(self.vectors.shape[1])

    def feature_names(self) -> list[tuple[str, str]]:
        """Every column is a latent dimension of the graph."""
        return [("graph", "")] * self.n_features

    @cached_property
    def _node_of(self) -> dict[NodeKind, dict[str, int]]:
        firsts = kind_bounds(self.names)
        return {
            kind: {name: node for node, name in enumerate(names, first)}
            for first, (kind, names) in zip(firsts, self.names.items(), strict=False)
        }

    @cached_property
    def _weighted_vectors(self) -> NDArray[np.float64]:
        idf = np.log((1.0 + self.n_titles) / (1.0 + self.titles_holding)) + 1.0
        weighted: NDArray[np.float64] = self.vectors * idf[:, None]
        return weighted

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Vectorize titles.

        Per kind of name, the mean of the vectors of the title's names by their idf, brought to the
        length of the kind's weight; these are added up.

        Returns
        -------
        csr_matrix of shape (n_titles, n_features), float32, int32 indices
            Unit rows; a title of which no name is in the graph has an all-zero row.
        """
        rows = np.zeros((titles.num_rows, self.n_features))
        for kind, names in self.names.items():
            if names:
                rows += kind_settings(self.settings, kind).weight * self._directions(titles, kind)
        return sparse_unit_rows(rows)

    def _directions(self, titles: pa.Table, kind: NodeKind) -> NDArray[np.float64]:
        """Mean of the vectors of one kind of name, (n_titles, n_features), unit or zero rows."""
        bag = word_bag(titles, KIND_FIELDS[kind])
        nodes = [self._node_of[kind].get(name) for name in bag.terms]
        vectors = np.zeros((len(nodes), self.n_features))
        for position, node in enumerate(nodes):
            if node is not None:
                vectors[position] = self._weighted_vectors[node]
        # An edge is there or not, however often the title says the name.
        held = sparse.csr_matrix(
            (np.ones(bag.counts.nnz), bag.counts.indices, bag.counts.indptr), bag.counts.shape
        )
        rows: NDArray[np.float64] = held @ vectors
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        lengths[lengths == 0.0] = 1.0
        rows /= lengths
        return rows

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Count the description's words that are in the graph, and those that are not.

        Both are 0 where the description is left out.
        """
        if not self.settings.description.weight:
            return 0, 0
        return count_known(titles, lambda: self._node_of["description"].__contains__)

    def save(self, folder: Path) -> None:
        """Write features.json and features.safetensors into a folder, making it if need be."""
        described = {
            "kind": self.kind,
            "format": _FORMAT,
            "n_titles": self.n_titles,
            "n_dimensions": self.n_features,
            "settings": self.settings.model_dump(mode="json"),
            "names": self.names,
        }
        arrays: dict[str, NDArray[Any]] = {
            "vectors": self.vectors,
            "titles_holding": self.titles_holding,
        }
        write_model(folder, described, arrays)

    @classmethod
    def fit(
        cls, parts: Sequence[Path], options: FeatureOptions, *, scratch: Path, seed: int
    ) -> NodeVectorModel:
        """Walk over the graph of the titles, and freeze the vectors of its names."""
        settings = options.node_vectors
        n_titles, chosen = choose_names(parts, settings)
        n_names = kind_bounds(chosen)[-1]
        if not n_names:
            raise NothingToFitError(
                f"the graph of {n_titles} titles has 0 names, expected at least 1 (weight and"
                " min_titles of the node vectors' settings)"
            )
        edges = store_graph(store_names(parts, chosen, scratch), settings, scratch)
        walks = store_walks(edges, n_names, settings, scratch, seed=seed)
        if settings.method == "pmi":
            met = count_meetings(walks, n_names, settings.window)
            vectors = factor_meetings(
                met, settings.dimensions, settings.iterations, scratch=scratch, seed=seed
            )
        else:
            vectors = train_on_walks(walks, n_names, settings, seed=seed)
        if not vectors.any():
            raise NothingToFitError(
                f"no two of the {n_names} names in the graph of {n_titles} titles stand in one"
                " title, expected at least 2 that do"
            )
        names = {kind: list(held) for kind, held in chosen.items()}
        numbers = [number for held in chosen.values() for number in held.values()]
        return cls(settings, n_titles, names, np.array(numbers, dtype=np.int64), vectors)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; gensim is not needed.

        Raises
        ------
        FeatureError
            A file is missing, damaged or of another format; the message names it.
        """
        described, settings = read_described(folder, cls.kind, _FORMAT, NodeVectorSettings)
        saved = read_saved(folder, described, _Saved)
        # JSON sorts its keys; the nodes have an order of their own.
        names = {kind: saved.names.get(kind, []) for kind in KIND_FIELDS}
        n_names = kind_bounds(names)[-1]
        vectors = read_arrays(folder, {"vectors": (n_names, saved.n_dimensions)}, np.float32)
        numbers = read_arrays(folder, {"titles_holding": (n_names,)}, np.int64)
        return cls(settings, saved.n_titles, names, numbers["titles_holding"], vectors["vectors"])


class _Saved(BaseModel):
    """What features.json says beside the settings."""

    n_titles: int
    names: dict[NodeKind, list[str]]
    n_dimensions: NonNegativeInt
