"""The terms that set a cluster apart: class-based TF-IDF.

References
----------
Grootendorst, M. (2022). BERTopic: neural topic modeling with a class-based TF-IDF procedure.
arXiv:2203.05794.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.naming.counts import ClusterTerms, Held

N_TOP_TERMS = 12

Term: TypeAlias = tuple[str, str]  # (field, term)

#: Fields whose terms are published; the rest is derived from them.
TERM_FIELDS = ("listed_in", "description", "country", "director", "cast", "rating", "type")


def class_tfidf(held: Held, sizes: NDArray[np.int64], n_titles: int) -> sparse.csr_matrix:
    """Score of every term of one field in every cluster.

    A cluster is one document: the share of its titles that hold the term, times log(1 + A / f),
    where f counts the titles of all clusters that hold it and A is the mean number of terms of a
    cluster. Terms that a cluster holds no more often than the catalogue does are left out: they
    say nothing of it.

    Parameters
    ----------
    held : Held
    sizes : ndarray of shape (n_clusters,)
        Titles of each cluster.
    n_titles : int
        Titles of the catalogue.

    Returns
    -------
    csr_matrix of shape (n_clusters, n_terms), float64
    """
    counts = held.titles.tocoo()
    in_all = held.in_all[counts.col].astype(np.float64)
    mean = held.in_all.sum() / max(sizes.size, 1)
    # The share of titles, not of terms: a field of many terms weighs as much as one of few.
    share = counts.data / np.maximum(sizes[counts.row], 1)
    more = share > in_all / max(n_titles, 1)
    score = share * np.log1p(mean / np.maximum(in_all, 1.0)) * more
    scores = sparse.csr_matrix((score, (counts.row, counts.col)), shape=counts.shape)
    scores.eliminate_zeros()
    return scores


def distinctive_terms(
    terms: ClusterTerms, *, n: int = N_TOP_TERMS, fields: Sequence[str] = TERM_FIELDS
) -> list[list[Term]]:
    """The terms of the highest class-based TF-IDF, fields side by side.

    A term must be held by two titles of the cluster, or by half of them where there are fewer
    than four.

    Parameters
    ----------
    terms : ClusterTerms
    n : int
        Most terms of a cluster.
    fields : fields whose terms are compared

    Returns
    -------
    list of n_clusters lists, the most distinctive term first
    """
    ranked: list[list[tuple[float, Term]]] = [[] for _ in terms.sizes]
    for field in fields:
        held = terms.fields[field]
        scores = class_tfidf(held, terms.sizes, terms.n_titles).tocoo()
        enough = _at(held.titles, scores) >= np.minimum(2, (terms.sizes[scores.row] + 1) // 2)
        for row, column, score in zip(
            scores.row[enough].tolist(), scores.col[enough].tolist(), scores.data[enough].tolist(),
            strict=True,
        ):  # fmt: skip
            ranked[row].append((-score, (field, held.terms[column])))
    return [[term for _, term in sorted(found)[:n]] for found in ranked]


def distinct_words(terms: Sequence[Term], *, n: int = N_TOP_TERMS) -> list[str]:
    """The first `n` different words; one that stands in two fields is taken once."""
    return list(dict.fromkeys(word for _, word in terms))[:n]


def _at(titles: sparse.csr_matrix, places: sparse.coo_matrix) -> np.ndarray:
    return np.asarray(titles[places.row, places.col]).ravel()
