"""Coherence of a cluster's top words: how far they stand in the same descriptions.

References
----------
Bouma, G. (2009). Normalized (pointwise) mutual information in collocation extraction. GSCL.
Lau, J. H., Newman, D. and Baldwin, T. (2014). Machine reading tea leaves. EACL.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import IntArray
from reelhouse.features.fields import field_terms
from reelhouse.naming.counts import held_by_cluster
from reelhouse.naming.distinctive import class_tfidf

#: Words of a cluster whose pairs are looked at.
N_WORDS = 10


def topic_coherence(
    titles: pa.Table, index: IntArray, n_clusters: int, *, n_words: int = N_WORDS
) -> NDArray[np.float64]:
    """Mean NPMI of the most distinctive description words of each cluster.

    Words are those of the highest class-based TF-IDF; how often they stand together is counted in
    the descriptions of these same titles, each one document.

    Parameters
    ----------
    titles : Table of n rows with the columns that features use
    index : ndarray of shape (n,)
        Cluster number of each title.
    n_clusters : int
    n_words : int

    Returns
    -------
    ndarray of shape (n_clusters,), float64
        -1 to 1; NaN for a cluster of fewer than two words.
    """
    found = field_terms(titles, "description")
    held = held_by_cluster(found, index, n_clusters)
    sizes = np.bincount(index, minlength=n_clusters).astype(np.int64)
    scores = class_tfidf(held, sizes, titles.num_rows)
    top = [_best(scores[[cluster]], n_words) for cluster in range(n_clusters)]
    column = {term: at for at, term in enumerate(found.terms)}
    words = [[column[held.terms[at]] for at in best] for best in top]
    return npmi((found.counts > 0).tocsc(), words)


def npmi(documents: sparse.csc_matrix, topics: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Mean normalized pointwise mutual information of the pairs of words of each topic.

    For a pair that stands in a share p of the documents together, and p1 and p2 alone, it is
    log(p / (p1 p2)) / -log p: 1 for words that only stand together, 0 for independent ones, -1
    for words that never do.

    Parameters
    ----------
    documents : csc_matrix of shape (n_documents, n_words)
        Nonzero where a document holds a word.
    topics : the columns of each topic's words

    Returns
    -------
    ndarray of shape (n_topics,), float64
        NaN for a topic of fewer than two words.
    """
    n = max(documents.shape[0], 1)
    return np.array([_of_topic(documents[:, list(words)], n) for words in topics], dtype=np.float64)


def _of_topic(held: sparse.csc_matrix, n_documents: int) -> float:
    if held.shape[1] < 2:
        return float("nan")
    holds = (held > 0).astype(np.int64)
    together = (holds.T @ holds).toarray() / n_documents
    first, second = np.triu_indices(held.shape[1], k=1)
    pair, alone = together[first, second], np.diag(together)
    # Words that never stand together are told apart below: log of 0 is avoided here.
    safe = np.where(pair > 0, pair, 1.0)
    bits = np.log(safe / (alone[first] * alone[second]))
    always = safe >= 1.0
    normal = bits / np.where(always, 1.0, -np.log(safe))
    return float(np.where(pair <= 0, -1.0, np.where(always, 1.0, normal)).mean())


def _best(scores: sparse.csr_matrix, n: int) -> list[int]:
    row = scores.tocoo()
    order = np.lexsort((row.col, -row.data))[:n]
    best: list[int] = row.col[order].tolist()
    return best
