"""How many titles of each cluster hold each term, counted per partition and merged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import IntArray
from reelhouse.features.fields import FIELDS, FieldTerms, field_terms
from reelhouse.features.parts import read_part
from reelhouse.naming.words import audience_of, regions_of

_MERGED_AT_ONCE = 8

#: What is made of the terms of a field: the regions of its countries, whom its certificate is for.
_DERIVED: dict[str, tuple[str, Callable[[str], list[str]]]] = {
    "region": ("country", regions_of),
    "audience": ("rating", lambda certificate: [who] if (who := audience_of(certificate)) else []),
}
#: The fields of a title that have terms, and what is derived from them.
COUNTED = (*FIELDS, *_DERIVED)


@dataclass(frozen=True)
class Held:
    """Terms of one field in every cluster.

    Attributes
    ----------
    terms : list of str
        Sorted.
    titles : csr_matrix of shape (n_clusters, n_terms), int64
        Titles of the cluster that hold the term.
    in_all : ndarray of shape (n_terms,), int64
        Titles of the catalogue that hold the term.
    """

    terms: list[str]
    titles: sparse.csr_matrix
    in_all: NDArray[np.int64]


@dataclass(frozen=True)
class ClusterTerms:
    """Terms of every cluster's titles.

    Attributes
    ----------
    n_titles : int
        Titles of the catalogue.
    sizes : ndarray of shape (n_clusters,), int64
        Titles of each cluster.
    fields : dict from a field of `COUNTED` to Held
    """

    n_titles: int
    sizes: NDArray[np.int64]
    fields: dict[str, Held]

    def grouped(self, groups: Sequence[Sequence[int]]) -> ClusterTerms:
        """The same of groups of clusters, such as the families of a hierarchy.

        Parameters
        ----------
        groups : sequences of cluster numbers
            A cluster may be in several groups.
        """
        rows = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        columns = np.array([member for group in groups for member in group], dtype=np.int64)
        ones = np.ones(columns.size, dtype=np.int64)
        shape = (len(groups), self.sizes.size)
        members = sparse.csr_matrix((ones, (rows, columns)), shape=shape)
        fields = {
            field: Held(held.terms, sparse.csr_matrix(members @ held.titles), held.in_all)
            for field, held in self.fields.items()
        }
        return ClusterTerms(self.n_titles, members @ self.sizes, fields)


def count_clusters(parts: Sequence[Path], index: IntArray, n_clusters: int) -> ClusterTerms:
    """Count the terms of stored titles by cluster, each partition in one Dask task.

    Parameters
    ----------
    parts : Parquet files of titles
    index : ndarray of shape (n_titles,)
        Cluster number of every title, in the order of the partitions.
    n_clusters : int
    """
    import dask

    ends = np.cumsum([0, *(pq.read_metadata(part).num_rows for part in parts)])
    counts = [
        dask.delayed(_count_part)(Path(part), index[start:stop], n_clusters)
        for part, start, stop in zip(parts, ends[:-1], ends[1:], strict=True)
    ]
    while len(counts) > 1:
        counts = [
            dask.delayed(merge_counts)(counts[first : first + _MERGED_AT_ONCE])
            for first in range(0, len(counts), _MERGED_AT_ONCE)
        ]
    found: ClusterTerms = dask.compute(counts[0])[0]
    return found


def count_titles(titles: pa.Table, index: IntArray, n_clusters: int) -> ClusterTerms:
    """Count the terms of the titles of one partition by cluster.

    Parameters
    ----------
    titles : Table of n rows with the columns that features use
    index : ndarray of shape (n,)
    n_clusters : int
    """
    members = _members(index, n_clusters)
    found = {field: field_terms(titles, field) for field in FIELDS}
    fields = {field: held_by_cluster(found[field], index, n_clusters) for field in FIELDS}
    for name, (field, derive) in _DERIVED.items():
        fields[name] = _derived(found[field], members, derive)
    sizes = np.bincount(index, minlength=n_clusters).astype(np.int64)
    return ClusterTerms(index.size, sizes, fields)


def merge_counts(counts: Sequence[ClusterTerms]) -> ClusterTerms:
    """Sum the counts of several partitions; the order does not matter."""
    sizes = np.sum([part.sizes for part in counts], axis=0)
    merged = {}
    for field in COUNTED:
        pieces = [part.fields[field] for part in counts]
        terms = sorted(set().union(*(piece.terms for piece in pieces)))
        at = {term: number for number, term in enumerate(terms)}
        total = sparse.csr_matrix((sizes.size, len(terms)), dtype=np.int64)
        for piece in pieces:
            total = total + _spread(piece, [at[term] for term in piece.terms], len(terms))
        merged[field] = _summed(terms, total)
    return ClusterTerms(sum(part.n_titles for part in counts), sizes, merged)


def _count_part(part: Path, index: IntArray, n_clusters: int) -> ClusterTerms:
    return count_titles(read_part(part), index, n_clusters)


def held_by_cluster(found: FieldTerms, index: IntArray, n_clusters: int) -> Held:
    """Terms of one field of some titles by cluster.

    Parameters
    ----------
    found : FieldTerms of n titles
    index : ndarray of shape (n,)
    n_clusters : int
    """
    titles = _members(index, n_clusters) @ (found.counts > 0).astype(np.int64)
    order = sorted(range(len(found.terms)), key=found.terms.__getitem__)
    return _summed([found.terms[at] for at in order], sparse.csr_matrix(titles)[:, order])


def _members(index: IntArray, n_clusters: int) -> sparse.csr_matrix:
    """Which titles are in which cluster, (n_clusters, n_titles)."""
    ones = np.ones(index.size, dtype=np.int64)
    shape = (n_clusters, index.size)
    return sparse.csr_matrix((ones, (index, np.arange(index.size))), shape=shape)


def _summed(terms: list[str], titles: sparse.csr_matrix) -> Held:
    in_all = np.asarray(titles.sum(axis=0), dtype=np.int64).ravel()
    return Held(terms, sparse.csr_matrix(titles), in_all)


def _derived(
    found: FieldTerms, members: sparse.csr_matrix, derive: Callable[[str], list[str]]
) -> Held:
    """Titles by what their terms stand for: one made in two countries of a region counts once."""
    pairs = [(row, one) for row, term in enumerate(found.terms) for one in derive(term)]
    names = sorted({one for _, one in pairs})
    rows, columns = [row for row, _ in pairs], [names.index(one) for _, one in pairs]
    ones = np.ones(len(pairs), dtype=np.int64)
    shape = (len(found.terms), len(names))
    stands_for = sparse.csr_matrix((ones, (rows, columns)), shape=shape)
    return _summed(names, members @ (found.counts @ stands_for > 0).astype(np.int64))


def _spread(piece: Held, columns: Sequence[int], n_terms: int) -> sparse.csr_matrix:
    """The same counts in the columns of the merged terms."""
    found = piece.titles.tocoo()
    moved = np.asarray(columns, dtype=np.int64)[found.col]
    shape = (piece.titles.shape[0], n_terms)
    return sparse.csr_matrix((found.data, (found.row, moved)), shape=shape)
