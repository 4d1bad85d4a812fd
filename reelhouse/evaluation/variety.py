"""What accuracy does not see: how much of the catalogue is shown, how new, how varied.

References
----------
Vargas, S. and Castells, P. (2011). Rank and relevance in novelty and diversity metrics for
    recommender systems. RecSys (self-information).
Ge, M., Delgado-Battenfeld, C. and Jannach, D. (2010). Beyond accuracy: evaluating recommender
    systems by coverage and serendipity. RecSys.
Ziegler, C.-N. et al. (2005). Improving recommendation lists through topic diversification. WWW
    (intra-list similarity).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import EvaluationError
from reelhouse.evaluation.ranking import FloatArray, Hits, blocks
from reelhouse.evaluation.sizes import gini_coefficient

IntArray = NDArray[np.integer]


def times_recommended(titles: IntArray, n_titles: int) -> NDArray[np.int64]:
    """Count the lists that each title is in.

    Parameters
    ----------
    titles : ndarray of shape (n_users, n)
        -1 where a list ends early; so for every function here.
    n_titles : int

    Returns
    -------
    ndarray of shape (n_titles,)
    """
    return np.bincount(titles[titles >= 0], minlength=n_titles)


def coverage(titles: IntArray, n_titles: int) -> float:
    """Share of the catalogue's titles that are in at least one list.

    >>> coverage(np.array([[0, 1], [1, -1]]), 4)
    0.5
    """
    return float(np.count_nonzero(times_recommended(titles, n_titles)) / n_titles)


def exposure_gini(titles: IntArray, n_titles: int) -> float:
    """Gini coefficient of how often titles are recommended, over all titles of the catalogue.

    0 where all are equally often in a list; near 1 where everybody gets the same few.
    """
    return gini_coefficient(times_recommended(titles, n_titles))


def novelty(titles: IntArray, counts: IntArray, n_users: int) -> FloatArray:
    """Mean self-information of the recommended titles, per user, in bits.

    A title that the share p of the training users have seen holds -log2 p bits.

    Parameters
    ----------
    titles : ndarray of shape (n_users_served, n)
    counts : ndarray of shape (n_titles,)
        Training users who have seen each title; 0 counts as 1, the most that so many users tell.
    n_users : int
        Training users.

    Returns
    -------
    ndarray of shape (n_users_served,)
        NaN for an empty list.
    """
    bits = np.log2(n_users) - np.log2(np.maximum(counts, 1))
    return list_means(titles, bits)


def serendipity(hits: Hits, titles: IntArray, expected: IntArray) -> FloatArray:
    """Share of each list that is right and was not to be expected, per user who takes part.

    Parameters
    ----------
    hits : Hits
        Of `titles`.
    titles : ndarray of shape (n_users, n)
    expected : ndarray of shape (n_users, m)
        What a primitive recommender, usually popularity, gives the same users.

    Returns
    -------
    ndarray of shape (hits.user_index.size,)
    """
    n = titles.shape[1]
    found = np.empty(hits.user_index.size)
    for rows in blocks(found.size, n + expected.shape[1]):
        users = hits.user_index[rows]
        foreseen = _in_same_row(titles[users], expected[users])
        found[rows] = (hits.at[rows] & ~foreseen).sum(axis=1) / n
    return found


def diversity(titles: IntArray, features: sparse.csr_matrix) -> FloatArray:
    """Mean cosine distance of the pairs of titles in each list, per user.

    Computed from the sum of each list's unit rows, whose squared length holds all pairs: neither
    titles nor places are compared one by one.

    Parameters
    ----------
    titles : ndarray of shape (n_users, n)
    features : csr_matrix of shape (n_titles, n_features)
        A title with an empty row has distance 1 to all others.

    Returns
    -------
    ndarray of shape (n_users,)
        0 for equal titles, 1 for titles with nothing in common; NaN for a list of less than two.
    """
    lengths = np.sqrt(np.asarray(features.multiply(features).sum(axis=1))).ravel()
    unit = sparse.diags_array(1.0 / np.where(lengths > 0, lengths, 1.0)) @ features
    own = (lengths > 0).astype(np.float64)
    found = np.empty(titles.shape[0])
    for rows in blocks(titles.shape[0], titles.shape[1] * _row_width(features)):
        lists = _membership(titles[rows], features.shape[0])
        sums = lists @ unit
        squared = np.asarray(sums.multiply(sums).sum(axis=1)).ravel()
        n_listed = np.diff(lists.indptr)
        n_pairs = n_listed * (n_listed - 1) / 2
        # Of one title alone the squared length leaves a rounding error, and there is no pair.
        shared = (squared - lists @ own) / 2 / np.maximum(n_pairs, 1)
        found[rows] = np.where(n_pairs > 0, 1.0 - shared, np.nan)
    return found


def list_means(titles: IntArray, values: NDArray[np.floating]) -> FloatArray:
    """Mean of a value of titles over each list.

    Parameters
    ----------
    titles : ndarray of shape (n_users, n)
    values : ndarray of shape (n_titles,)

    Returns
    -------
    ndarray of shape (n_users,)
        NaN for an empty list.
    """
    means = np.empty(titles.shape[0])
    for rows in blocks(*titles.shape):
        listed = titles[rows] >= 0
        sums = np.where(listed, values[titles[rows]], 0.0).sum(axis=1)
        n_listed = listed.sum(axis=1)
        means[rows] = np.where(n_listed > 0, sums / np.maximum(n_listed, 1), np.nan)
    return means


def mean_of_known(values: FloatArray) -> float:
    """Mean of the users who have a value; the others are NaN.

    Raises
    ------
    EvaluationError
        Nobody has one.
    """
    known = values[~np.isnan(values)]
    if known.size == 0:
        raise EvaluationError(f"none of {values.size} users has a value, expected at least 1")
    return float(known.mean())


def _membership(titles: IntArray, n_titles: int) -> sparse.csr_matrix:
    """Lists as rows of 1.0."""
    rows, places = np.nonzero(titles >= 0)
    entries = (np.ones(rows.size), (rows, titles[rows, places]))
    return sparse.csr_matrix(entries, shape=(titles.shape[0], n_titles))


def _row_width(features: sparse.csr_matrix) -> int:
    """Stored values of a usual title."""
    return max(1, int(features.nnz) // max(1, int(features.shape[0])))


def _in_same_row(titles: IntArray, others: IntArray) -> NDArray[np.bool_]:
    """Whether each title is in the same row of `others`."""
    width = int(max(titles.max(initial=0), others.max(initial=0))) + 1
    rows = np.arange(titles.shape[0], dtype=np.int64)[:, np.newaxis] * width
    known = (rows + others)[others >= 0]
    found: NDArray[np.bool_] = np.isin(rows + titles, known) & (titles >= 0)
    return found
