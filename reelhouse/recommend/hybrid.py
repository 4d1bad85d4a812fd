"""Recommending by content and by viewers together, as much of each as is known.

References
----------
Burke, R. (2002). Hybrid recommender systems: survey and experiments. User Modeling and
User-Adapted Interaction 12.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import RecommendationError
from reelhouse.evaluation.held_out_users import (
    HeldOutUsers,
    UserProtocol,
    shown_at_most,
    strong_generalization,
)
from reelhouse.recommend.blending import Question, joined, learn_weights, weighted_sum
from reelhouse.recommend.content_profile import ContentProfile
from reelhouse.recommend.item_neighbours import ItemNeighbours
from reelhouse.recommend.on_ratings import RatingsRecommender, history_of
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.rated import RatedTitles
from reelhouse.recommend.viewer_clusters import ViewerClusters

_log = logging.getLogger(__name__)

#: Titles shown of a user, from which on the next weights hold.
USER_STEPS = (0, 6, 21)
#: Titles with at most so many viewers have weights of their own.
FEW_VIEWERS = 5
#: Of beginners this much is shown in turn when weights are learned.
_BEGINNINGS = (1, 2, 3, 5)
_VALIDATION_SHARE = 0.2
#: Fewer users with something hidden teach no weights.
_FEWEST_USERS = 10
#: Most bytes of scores in memory while weights are learned.
_BYTES = 256 * 2**20
_MIN_TITLES = 5
#: A part that makes at least this share of a score gives a reason.
_TELLING_SHARE = 0.25


class Hybrid(RatingsRecommender):
    """The weighted sum of the scores of several recommenders, each scaled to at most 1 per user.

    The weights depend on how many titles of the user are known (1 to 5, 6 to 20, more) and on
    whether more than five people saw the title; they are learned on a fifth of the users, whom the
    parts do not see meanwhile, for NDCG@100. Then the parts learn from all users. With nothing to
    learn from (too few users) all weights are 1.

    Parameters
    ----------
    parts : sequence of RatingsRecommender, or None
        None: viewer clusters, item neighbours, popularity, and, where features are known, content.
    seed : int
        Of the users held out.

    Attributes
    ----------
    parts_ : list of RatingsRecommender
    weights_ : ndarray of shape (3, 2, n_parts), float32
        By what is known of the user, from least to most, and of the title: many viewers, few.
    """

    name: ClassVar[str] = "hybrid"

    def __init__(self, parts: Sequence[RatingsRecommender] | None = None, *, seed: int = 0) -> None:
        if parts is not None and not parts:
            raise RecommendationError("a hybrid of 0 recommenders is asked for, required is 1")
        self.parts = parts
        self.seed = seed

    def _learn(self, known: RatedTitles) -> None:
        parts = list(self.parts) if self.parts is not None else _default_parts(known)
        self.weights_ = np.ones((len(USER_STEPS), 2, len(parts)), dtype=np.float32)
        held_out = self._held_out(known)
        if held_out is not None:
            self._learn_weights(parts, *held_out)
        self.parts_ = [copy(part).fit(known) for part in parts]
        self._few_viewers = known.n_raters <= FEW_VIEWERS

    def _held_out(self, known: RatedTitles) -> tuple[RatedTitles, HeldOutUsers] | None:
        """Split the users: those that parts learn from, and those that teach weights."""
        n_able = int(np.count_nonzero(np.diff(known.history.indptr) >= _MIN_TITLES))
        # Four parts, and as much again for their sum.
        most = _BYTES // (4 * 8 * max(known.n_titles, 1)) // len(_BEGINNINGS)
        n = min(int(n_able * _VALIDATION_SHARE), most)
        if n < _FEWEST_USERS:
            _log.info("%d users can teach weights, all are 1", n)
            return None
        lowest = float(known.history.data.min())
        protocol = UserProtocol(threshold=lowest, min_positives=_MIN_TITLES, min_training=0)
        split = strong_generalization(
            known.history, n_validation=n, n_test=0, seed=self.seed, protocol=protocol
        )
        users = split.validation
        shown = users.fold_in.multiply(known.history[users.user_index]).tocsr()
        rest = np.setdiff1d(np.arange(known.history.shape[0]), users.user_index)
        return known.of_users(rest), replace(users, fold_in=shown)

    def _learn_weights(
        self, parts: Sequence[RatingsRecommender], known: RatedTitles, users: HeldOutUsers
    ) -> None:
        fitted = [copy(part).fit(known) for part in parts]
        few_viewers = known.n_raters <= FEW_VIEWERS
        weights = np.ones(len(parts), dtype=np.float32)
        rare: list[Question] = []
        # From those of whom most is known down: where too few teach, the weights of the last step
        # remain.
        for step in reversed(range(len(USER_STEPS))):
            shown, hidden = self._shown_and_hidden(users, step)
            question = Question([_scaled(part, shown) for part in fitted], shown, hidden)
            if question.n_asked >= _FEWEST_USERS:
                weights = learn_weights(question)
            self.weights_[step] = weights
            rare.append(question.among(few_viewers))
        together = joined(rare)
        if together.n_asked >= _FEWEST_USERS:
            few = learn_weights(together, self.weights_[-1, 0])
            # As much in sum as the others: the places of both kinds of titles compare.
            sums = self.weights_[:, 0].sum(axis=1, keepdims=True)
            self.weights_[:, 1] = few * (sums / few.sum())

    def _shown_and_hidden(
        self, users: HeldOutUsers, step: int
    ) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Give users of whom as much is known as a step says, and what they should be told."""
        if step == 0:
            fewer = [shown_at_most(users, n, seed=self.seed) for n in _BEGINNINGS]
        elif step + 1 < len(USER_STEPS):
            fewer = [shown_at_most(users, USER_STEPS[step + 1] - 1, seed=self.seed)]
        else:
            fewer = [users]
        shown = sparse.vstack([one.fold_in.multiply(users.fold_in) for one in fewer], "csr")
        hidden = sparse.vstack([one.held_out for one in fewer], "csr")
        enough = np.diff(shown.indptr) >= USER_STEPS[step]
        return shown[enough], hidden[enough]

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        parts = [_scaled(part, history) for part in self.parts_]
        step = np.searchsorted(USER_STEPS, np.diff(history.indptr), side="right") - 1
        total = np.empty(history.shape, dtype=np.float32)
        for at in np.unique(step):
            users = step == at
            scores = [part[users] for part in parts]
            many, few = (weighted_sum(scores, weights) for weights in self.weights_[at])
            total[users] = np.where(self._few_viewers, few, many)
        return total

    def reasons(self, liked: Sequence[int], column: int) -> list[str]:
        """Say why a title is recommended to whoever likes these columns."""
        history = history_of(liked, self.known.n_titles)
        step = int(np.searchsorted(USER_STEPS, len(liked), side="right")) - 1
        weights = self.weights_[step, int(self._few_viewers[column])]
        told = weights * [float(_scaled(part, history)[0, column]) for part in self.parts_]
        order = np.argsort(-told, kind="stable")
        telling = [at for at in order if told[at] >= _TELLING_SHARE * told.sum()] or order[:1]
        return [reason for at in telling for reason in self.parts_[at].reasons(liked, column)]


def _default_parts(known: RatedTitles) -> list[RatingsRecommender]:
    parts: list[RatingsRecommender] = [ViewerClusters(), ItemNeighbours(), Popularity()]
    return parts if known.features is None else [*parts, ContentProfile()]


def _scaled(part: RatingsRecommender, history: sparse.csr_matrix) -> FloatArray:
    """Scores of a part divided by each user's highest, from the lowest up where that is below 0."""
    scores = part.score_users(history)
    scores -= np.minimum(scores.min(axis=1, keepdims=True, initial=0.0), 0.0)
    highest = scores.max(axis=1, keepdims=True, initial=0.0)
    scaled: FloatArray = scores / np.maximum(highest, np.finfo(np.float32).tiny)
    return scaled
