"""Vectors of words from how much more often than by chance two stand in the same title.

Skip-gram with negative sampling factors a matrix of pointwise mutual information without saying
so; on a small catalogue, factoring it outright is faster, needs nothing but linear algebra, and
its vectors are as good.

References
----------
Levy, O. and Goldberg, Y. (2014). Neural word embedding as implicit matrix factorization.
NeurIPS 27.
Levy, O., Goldberg, Y. and Dagan, I. (2015). Improving distributional similarity with lessons
learned from word embeddings. TACL 3, 211-225.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.features.settings import WordVectorSettings
from reelhouse.features.subspace import leading_directions
from reelhouse.matrix import load_block, store_block

#: Chance counts of a neighbour are raised to this: rare words are not made to look too telling.
_SMOOTHING = 0.75
_MERGED_AT_ONCE = 8


def factor_pmi(
    bags: Sequence[Path], n_words: int, settings: WordVectorSettings, *, scratch: Path, seed: int
) -> NDArray[np.float32]:
    """Vectors of the words of a vocabulary, shape (n_words, n_found), unit or all-zero rows.

    Parameters
    ----------
    bags
        Stored blocks (n_titles, n_words), how often each title says each word.
    n_words
        Words of the vocabulary; the memory needed is that of the pairs of them that meet.
    settings
        Dimensions, and passes that find them.
    scratch
        Folder for the matrix of all pairs.
    seed
        Seed of the first directions.
    """
    return factor_meetings(
        _meetings(bags), settings.dimensions, settings.iterations, scratch=scratch, seed=seed
    )


def factor_meetings(
    meetings: sparse.csr_matrix, dimensions: int, iterations: int, *, scratch: Path, seed: int
) -> NDArray[np.float32]:
    """Vectors from how often each two of some words meet, (n_words, n_found).

    Parameters
    ----------
    meetings : csr_matrix of shape (n_words, n_words)
        Symmetric; the diagonal does not count.
    dimensions, iterations
        Most dimensions, and passes that find them.
    scratch
        Folder for the matrix of all pairs.
    seed
        Seed of the first directions.

    Returns
    -------
    ndarray of shape (n_words, n_found), float32
        Unit rows, all-zero ones for words that meet no other.
    """
    information = positive_information(meetings)
    path = scratch / "information.safetensors"
    store_block(path, information)
    directions = leading_directions(
        [path], meetings.shape[0], dimensions, iterations=iterations, seed=seed
    )
    vectors: NDArray[np.float64] = information @ directions.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0.0] = 1.0
    unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
    return unit


def positive_information(meetings: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information of pairs of words.

    Parameters
    ----------
    meetings : csr_matrix of shape (n_words, n_words)
        Titles that hold both words, symmetric; the diagonal does not count.

    Returns
    -------
    csr_matrix of shape (n_words, n_words), float64
        ln(p(a, b) / (p(a) q(b))) where it is positive; q(b) is p(b) smoothed.
    """
    pairs = meetings.tocoo()
    is_pair = pairs.row != pairs.col
    row, column = pairs.row[is_pair], pairs.col[is_pair]
    together = pairs.data[is_pair].astype(np.float64)
    alone = np.bincount(row, weights=together, minlength=meetings.shape[0])
    smoothed = alone**_SMOOTHING
    smoothed /= max(smoothed.sum(), 1.0)
    information = np.log(together / (alone[row] * smoothed[column]))
    kept = information > 0.0
    found = sparse.csr_matrix((information[kept], (row[kept], column[kept])), shape=meetings.shape)
    found.sort_indices()
    return found


def _meetings(bags: Sequence[Path]) -> sparse.csr_matrix:
    """Titles that hold each pair of words, (n_words, n_words), summed over the blocks."""
    import dask

    counts = [dask.delayed(_meetings_in)(Path(bag)) for bag in bags]
    while len(counts) > 1:
        counts = [
            dask.delayed(_sum)(counts[first : first + _MERGED_AT_ONCE])
            for first in range(0, len(counts), _MERGED_AT_ONCE)
        ]
    merged: sparse.csr_matrix = dask.compute(counts[0])[0]
    return merged


def _meetings_in(bag: Path) -> sparse.csr_matrix:
    held = load_block(bag)
    # Twice in one title is one title.
    held.data = np.ones_like(held.data)
    return sparse.csr_matrix(held.T @ held)


def _sum(counts: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    total = counts[0]
    for count in counts[1:]:
        total = total + count
    return sparse.csr_matrix(total)
