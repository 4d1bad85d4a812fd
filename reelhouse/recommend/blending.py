"""Weights with which scores are added up, learned on users who were held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.evaluation.ranking import find_hits, ndcg
from reelhouse.recommend.base import Ranked
from reelhouse.recommend.kernels_ranking import best_of_rows

#: What is maximized: NDCG of the first so many places.
CUT_OFF = 100
#: Values that are tried for each weight.
STEPS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)
_MOST_ROUNDS = 5

Weights = NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """Users of whom some titles are hidden, with the scores of each part.

    Attributes
    ----------
    scores : sequence of ndarrays of shape (n_users, n_titles), float32
        One for each part.
    shown, hidden : csr_matrix of shape (n_users, n_titles)
    """

    scores: Sequence[FloatArray]
    shown: sparse.csr_matrix
    hidden: sparse.csr_matrix

    def among(self, titles: NDArray[np.bool_]) -> Question:
        """Ask about these titles alone: no other is scored or counts as hidden."""
        hidden = self.hidden.multiply(titles[None, :].astype(np.float32)).tocsr()
        hidden.eliminate_zeros()
        asked = np.diff(hidden.indptr) > 0
        scores = [np.where(titles, part[asked], -np.inf) for part in self.scores]
        return Question(scores, self.shown[asked], hidden[asked])

    @property
    def n_asked(self) -> int:
        """Users with something hidden."""
        return int(np.count_nonzero(np.diff(self.hidden.indptr)))

    def answer(self, scores: FloatArray) -> NDArray[np.float64]:
        """NDCG of each user with something hidden; `scores` is written to."""
        found = Ranked.empty(scores.shape[0], min(CUT_OFF, scores.shape[1]))
        starts = self.shown.indptr.astype(np.int64)
        best_of_rows(scores, 0, starts, self.shown.indices, found.titles, found.scores)
        values: NDArray[np.float64] = ndcg(
            find_hits(found.titles, self.hidden), found.titles.shape[1]
        )
        return values

    def value(self, weights: Weights) -> NDArray[np.float64]:
        """NDCG of each user by the weighted sum of the parts."""
        return self.answer(weighted_sum(self.scores, weights))


def weighted_sum(scores: Sequence[FloatArray], weights: Weights) -> FloatArray:
    """Add parts up; those without weight are left out, so that their infinities do no harm."""
    total: FloatArray = np.zeros_like(scores[0])
    for part, weight in zip(scores, weights, strict=True):
        if weight:
            total += weight * part
    return total


def learn_weights(question: Question, start: Weights | None = None) -> Weights:
    """Find the weights of the parts, from a start, one weight after the other.

    A step is taken only when it raises the mean over the users by more than the standard error of
    that rise: what a few users happen to like does not count.

    Parameters
    ----------
    question : Question
        At least one user must have something hidden.
    start
        None: the best part alone.
    """
    alone = list(np.eye(len(question.scores), dtype=np.float32))
    values = [question.value(one) for one in alone]
    best = int(np.argmax([value.mean() for value in values]))
    weights, value = alone[best], values[best]
    if start is not None:
        # The best alone must be clearly better than what is known to be good elsewhere.
        known = question.value(start)
        if not _clearly_better(value, known):
            weights, value = start, known
    for _ in range(_MOST_ROUNDS):
        before = weights
        for changed in _changes(weights):
            tried = question.value(changed)
            if _clearly_better(tried, value):
                weights, value = changed, tried
        if np.array_equal(weights, before):
            break
    return weights


def joined(questions: Sequence[Question]) -> Question:
    """Several questions as one."""
    return Question(
        [np.vstack(parts) for parts in zip(*(one.scores for one in questions), strict=True)],
        sparse.vstack([one.shown for one in questions], "csr"),
        sparse.vstack([one.hidden for one in questions], "csr"),
    )


def _changes(weights: Weights) -> Iterator[Weights]:
    for part in range(weights.size):
        for step in STEPS:
            changed = weights.copy()
            changed[part] = step
            if changed.any() and step != weights[part]:
                yield changed


def _clearly_better(tried: NDArray[np.float64], value: NDArray[np.float64]) -> bool:
    rise = tried - value
    error = rise.std(ddof=1) / np.sqrt(rise.size) if rise.size > 1 else 0.0
    return bool(rise.mean() > error)
