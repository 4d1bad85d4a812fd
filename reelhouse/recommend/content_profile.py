"""Recommending by content alone: titles like the mean of what somebody saw.

References
----------
Pazzani, M. and Billsus, D. (2007). Content-based recommendation systems. In The Adaptive Web.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.recommend.on_ratings import PRIOR, RatingsRecommender, history_of
from reelhouse.recommend.rated import RatedTitles, unit_rows

#: Liked titles that a reason names.
_N_NAMED = 2


class ContentProfile(RatingsRecommender):
    """Titles by the cosine of their features to the mean features of what a user saw.

    It needs nobody who saw a title, and one title of a user. Popularity orders what is equal.
    """

    name: ClassVar[str] = "content-profile"

    def _learn(self, known: RatedTitles) -> None:
        self._features = known.required_features
        self._by_feature = self._features.T.tocsr()
        self._prior: FloatArray = (PRIOR * known.popularity).astype(np.float32)

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        profiles = unit_rows(history @ self._features)
        scores: FloatArray = (profiles @ self._by_feature).toarray()
        # Rounded, so that the same features are a tie which popularity decides.
        return scores.round(6) + self._prior

    def reasons(self, liked: Sequence[int], column: int) -> list[str]:
        """Say why a title is recommended to whoever likes these columns."""
        alike = (self._features[list(liked)] @ self._features[column].T).toarray().ravel()
        order = np.argsort(-alike, kind="stable")[:_N_NAMED]
        profile = unit_rows(history_of(liked, self.known.n_titles) @ self._features)
        nearest = [liked[at] for at in order if alike[at] > 0]
        if not nearest:
            return ["shares nothing with the liked titles"]
        names = " and ".join(self.known.names.title(one) for one in nearest)
        return [self.known.shared(self._features[column], profile, names)]
