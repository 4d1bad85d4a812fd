"""Recommending what most people saw: the baseline that every other recommender must beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import Ranked
from reelhouse.recommend.on_ratings import RatingsRecommender
from reelhouse.recommend.preference_lists import PreferenceLists
from reelhouse.recommend.rated import RatedTitles


class Popularity(RatingsRecommender):
    """Titles by the share of users who saw them, of late or ever.

    Parameters
    ----------
    half_life : float or None
        Days after which a viewing counts half, seen from the last day of the history.
    window : float or None
        Days before that last day that count at all. None of both: all count the same.
    """

    name: ClassVar[str] = "popularity"

    def __init__(self, *, half_life: float | None = None, window: float | None = None) -> None:
        for what, days in (("half-life", half_life), ("window", window)):
            if days is not None and not days > 0:
                raise RecommendationError(f"the {what} is {days} days, required is more than 0")
        self.half_life = half_life
        self.window = window

    def _learn(self, known: RatedTitles) -> None:
        counts = np.bincount(
            known.history.indices, weights=self._weights(known), minlength=known.n_titles
        )
        shares = counts / max(known.history.shape[0], 1)
        self.lists_ = PreferenceLists.of(shares[None, :].astype(np.float32))

    def _weights(self, known: RatedTitles) -> FloatArray | None:
        """Weight of each viewing, shape (nnz,); None where all count the same."""
        if self.half_life is None and self.window is None:
            return None
        if known.days is None:
            raise RecommendationError(
                "popularity within time requires the days on which titles were seen, none are given"
            )
        age = known.days.max(initial=0.0) - known.days
        weights: FloatArray = np.ones_like(age)
        if self.half_life is not None:
            weights = np.exp2(-age / self.half_life)
        if self.window is not None:
            weights = np.where(age < self.window, weights, 0.0)
        return weights

    def _rank(self, history: sparse.csr_matrix, found: Ranked) -> None:
        n_users = history.shape[0]
        groups = np.zeros((n_users, 1), dtype=np.int32)
        self.lists_.rank(history, groups, np.ones((n_users, 1), dtype=np.float32), found)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        return np.repeat(self.lists_.values, history.shape[0], axis=0)

    def reasons(self, liked: Sequence[int], column: int) -> list[str]:
        """Say why a title is recommended to whoever likes these columns."""
        raters = int(self.known.n_raters[column])
        if not raters:
            return ["nobody saw it yet"]
        late = "" if self.half_life is None and self.window is None else ", of late above all"
        return [f"seen by {raters:,} of {self.known.history.shape[0]:,} viewers{late}"]
