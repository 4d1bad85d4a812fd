"""Published figures of recommenders, by the protocol that they were measured with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from reelhouse.evaluation.held_out_users import strong_generalization
from reelhouse.evaluation.ranking import capped_recall, find_hits, ndcg
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.rated import RatedTitles

pytestmark = pytest.mark.realdata


def test_popularity_has_its_published_figures_on_movielens_100k(real_data: Path) -> None:
    path = real_data / "movielens" / "ml-100k" / "u.data"
    frame = pd.read_csv(path, sep="\t", names=["user", "title", "rating", "time"])
    ratings = sparse.csr_matrix(
        (frame["rating"].to_numpy(np.float32), (frame["user"] - 1, frame["title"] - 1))
    )
    found = []
    for seed in range(10):
        split = strong_generalization(ratings, n_validation=0, n_test=200, seed=seed)
        assert split.train.shape[0] + 200 == 938
        popularity = Popularity().fit(RatedTitles.of(split.train))
        ranked = popularity.recommend_users(split.test.fold_in, 100)
        hits = find_hits(ranked.titles, split.test.held_out)
        found.append(
            [metric(hits, k).mean() for metric, k in
             ((capped_recall, 20), (capped_recall, 50), (ndcg, 100))]
        )  # fmt: skip
    assert np.mean(found, axis=0) == pytest.approx([0.206, 0.326, 0.263], abs=0.02)
