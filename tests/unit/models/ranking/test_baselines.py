from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.models.base import RankingModel
from reelhouse.models.ranking.baselines import ItemNeighboursModel, PopularityModel
from reelhouse.recommend.item_neighbours import ItemNeighbours
from reelhouse.recommend.on_ratings import RatingsRecommender
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.rated import RatedTitles


@pytest.mark.parametrize(
    ("model", "recommender"),
    [
        (PopularityModel(), Popularity()),
        (PopularityModel(window=30), Popularity(window=30)),
        (ItemNeighboursModel(5, activity=0.5), ItemNeighbours(5, activity=0.5)),
    ],
)
def test_a_baseline_answers_as_the_recommender_does(
    model: RankingModel, recommender: RatingsRecommender
) -> None:
    rng = np.random.default_rng(3)
    history = sparse.csr_matrix((rng.random((30, 12)) < 0.4).astype(np.float32))
    days = rng.integers(0, 90, history.nnz).astype(np.float32)
    known = RatedTitles.of(history, days=days)
    found = model.fit(known).recommend_users(history, 5)
    expected = recommender.fit(known).recommend_users(history, 5)
    assert np.array_equal(found.titles, expected.titles)
    assert np.array_equal(found.scores, expected.scores)
    assert model.reasons([0], 1) == recommender.reasons([0], 1)
