"""Everything that is measured of recommended lists: what they find, and what else they are.

The figures and where they come from are in `reelhouse.evaluation.ranking`, `variety` and
`popularity_bias`; here stands which of them are measured, and how far down the lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.evaluation.popularity_bias import popularity_bias
from reelhouse.evaluation.ranking import FloatArray, Hits, capped_recall, find_hits, ndcg
from reelhouse.evaluation.variety import (
    coverage,
    diversity,
    exposure_gini,
    mean_of_known,
    novelty,
    serendipity,
)

Metric = Callable[[Hits, int], FloatArray]
IntArray = NDArray[np.integer]

#: Name of each figure of accuracy, its metric and cut-off.
ACCURACY: Mapping[str, tuple[Metric, int]] = {
    "recall_20": (capped_recall, 20),
    "recall_50": (capped_recall, 50),
    "ndcg_100": (ndcg, 100),
    "ndcg_10": (ndcg, 10),
}
#: Places of each list that count for variety: what somebody sees.
SHOWN = 10


@dataclass(frozen=True)
class Found:
    """What lists found.

    Attributes
    ----------
    users : ndarray of shape (n,), int64
        Who had something to be found: rows of the matrix that was split.
    values : mapping from the name of a figure to an ndarray of shape (n,)
    """

    users: NDArray[np.int64]
    values: dict[str, FloatArray]


def accuracy(
    titles: IntArray,
    users: HeldOutUsers,
    metrics: Mapping[str, tuple[Metric, int]] = ACCURACY,
) -> Found:
    """Measure what lists found, for the users who have something to be found.

    Parameters
    ----------
    titles : ndarray of shape (n_users, n)
        The best first, -1 where a list ends early. A list shorter than a cut-off counts whole.
    users : HeldOutUsers
        Nobody need have anything held out: then there are no values.
    metrics : mapping
        By the name of a figure, its metric and cut-off.
    """
    if users.held_out.nnz == 0:
        return Found(np.empty(0, np.int64), {name: np.empty(0) for name in metrics})
    hits = find_hits(titles, users.held_out)
    return Found(
        users.user_index[hits.user_index],
        {name: metric(hits, min(k, titles.shape[1])) for name, (metric, k) in metrics.items()},
    )


def variety(
    titles: IntArray,
    expected: IntArray,
    users: HeldOutUsers,
    history: sparse.csr_matrix,
    genres: sparse.csr_matrix | None,
) -> dict[str, float]:
    """Measure what else counts, on the first places.

    Parameters
    ----------
    titles, expected : ndarray of shape (n_users, n)
        `expected` is what the baseline gives the same users.
    users : HeldOutUsers
    history : csr_matrix of shape (n_train, n_titles)
        What was learned from.
    genres : csr_matrix of shape (n_titles, n_genres), or None
        None: diversity is not measured; neither is it where no list has two titles.

    Returns
    -------
    dict
        Empty where all lists are.
    """
    shown, n_titles = titles[:, :SHOWN], history.shape[1]
    if not (shown >= 0).any():
        return {}
    counts = np.bincount(history.indices, minlength=n_titles)
    bias = popularity_bias(shown, users.fold_in, counts, history.shape[0])
    serendipitous = serendipity(find_hits(shown, users.held_out), shown, expected[:, :SHOWN])
    figures = {} if genres is None else _diversity(shown, genres)
    figures |= {
        "coverage": coverage(shown, n_titles),
        "gini": exposure_gini(shown, n_titles),
        "novelty_bits": mean_of_known(novelty(shown, counts, history.shape[0])),
        "serendipity": float(serendipitous.mean()),
        "popularity": bias.recommended,
        "popularity_of_history": bias.history,
        "popularity_shift": bias.shift,
        "long_tail": bias.long_tail,
    }
    return {f"{name}_{SHOWN}": value for name, value in figures.items()}


def _diversity(shown: IntArray, genres: sparse.csr_matrix) -> dict[str, float]:
    of_lists = diversity(shown, genres)
    return {} if np.isnan(of_lists).all() else {"diversity": mean_of_known(of_lists)}


def only_users(users: HeldOutUsers, chosen: NDArray[np.bool_]) -> HeldOutUsers:
    """The others have nothing to be found."""
    return _masked(users, sparse.diags_array(chosen.astype(np.float32)) @ users.held_out)


def only_titles(users: HeldOutUsers, chosen: NDArray[np.bool_]) -> HeldOutUsers:
    """Nothing but these titles is to be found; the lists stay those of all titles."""
    return _masked(users, users.held_out @ sparse.diags_array(chosen.astype(np.float32)))


def _masked(users: HeldOutUsers, held_out: sparse.sparray) -> HeldOutUsers:
    found = sparse.csr_matrix(held_out)
    found.eliminate_zeros()
    return HeldOutUsers(users.user_index, users.fold_in, found)
