from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.errors import RecommendationError
from reelhouse.models.ranking.ease import EASE
from reelhouse.models.ranking.ials import IALS
from reelhouse.recommend.blending import Question, learn_weights
from reelhouse.recommend.content_profile import ContentProfile
from reelhouse.recommend.hybrid import Hybrid
from reelhouse.recommend.on_ratings import RatingsRecommender
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.rated import RatedTitles


class Below(Popularity):
    """Popularity, all of whose scores are below 0."""

    def _score(self, history: sparse.csr_matrix) -> FloatArray:
        return super()._score(history) - np.float32(9)


def question(n_users: int) -> Question:
    """Two parts: the first finds what is hidden, title 2; the second misleads."""
    good = np.tile(np.array([0, 0.5, 1.0, 0], np.float32), (n_users, 1))
    bad = np.tile(np.array([0, 1.0, 0, 0.5], np.float32), (n_users, 1))
    shown = sparse.csr_matrix(np.tile([1.0, 0, 0, 0], (n_users, 1)).astype(np.float32))
    hidden = sparse.csr_matrix(np.tile([0, 0, 1.0, 0], (n_users, 1)).astype(np.float32))
    return Question([bad, good], shown, hidden)


def test_the_part_that_finds_more_gets_the_weight() -> None:
    assert learn_weights(question(20)).tolist() == [0.0, 1.0]


def test_a_start_stays_where_nothing_is_clearly_better() -> None:
    # Title 2 comes first with these too.
    start = np.array([0.1, 1.0], np.float32)
    assert learn_weights(question(20), start).tolist() == start.tolist()


def test_ndcg_of_a_question_is_that_of_the_hidden_titles() -> None:
    # By the misleading part: 1, 3, then 2, at the third of the places that follow the seen one.
    values = question(2).value(np.array([1.0, 0.0], np.float32))
    assert values == pytest.approx(1 / np.log2(4))


def test_among_some_titles_no_other_counts() -> None:
    only = question(3).among(np.array([False, False, True, True]))
    assert (only.n_asked, only.value(np.array([1.0, 0.0], np.float32))[0]) == (
        3,
        pytest.approx(1 / np.log2(3)),
    )
    assert question(3).among(np.array([True, True, False, True])).n_asked == 0


def test_with_too_few_users_all_parts_weigh_the_same() -> None:
    known = RatedTitles.of(sparse.csr_matrix(np.tri(4, 6, 2, dtype=np.float32)))
    assert (Hybrid().fit(known).weights_ == 1).all()


def test_content_speaks_for_titles_that_few_saw() -> None:
    # Two kinds of users and of titles; each user saw ten of twelve old titles of their kind, and
    # one of six new ones, which so have few viewers: only features tell their kind.
    rng = np.random.default_rng(0)
    n_users, kinds = 80, 2
    seen = np.zeros((n_users, 48), np.float32)
    for user in range(n_users):
        kind = user % kinds
        seen[user, kind * 12 + rng.choice(12, 10, replace=False)] = 1
        if user < 60:
            seen[user, 24 + kind * 12 + rng.integers(12)] = 1
    features = np.zeros((48, 2), np.float32)
    features[:12, 0] = features[24:36, 0] = 1
    features[12:24, 1] = features[36:, 1] = 1
    known = RatedTitles.of(sparse.csr_matrix(seen), features=sparse.csr_matrix(features))
    hybrid = Hybrid([Popularity(), ContentProfile()]).fit(known)
    # Asked of new titles, who saw old ones of the first kind gets those of the first kind.
    newcomer = np.zeros((1, 48), np.float32)
    newcomer[0, :8] = 1
    scores = hybrid.score_users(sparse.csr_matrix(newcomer))[0]
    assert scores[24:36].min() > scores[36:].max()
    popular = Popularity().fit(known).score_users(sparse.csr_matrix(newcomer))[0]
    assert popular[24:36].min() < popular[36:].max()
    assert hybrid.weights_[:, 1].sum(axis=1) == pytest.approx(hybrid.weights_[:, 0].sum(axis=1))


def test_a_hybrid_of_nothing_is_refused() -> None:
    with pytest.raises(RecommendationError, match="hybrid of 0 recommenders"):
        Hybrid([])


@pytest.mark.parametrize("part", [EASE(l2=5.0), IALS(3, epochs=3), Below()])
def test_a_hybrid_of_one_model_ranks_as_the_model_does(part: RatingsRecommender) -> None:
    rng = np.random.default_rng(6)
    seen = sparse.csr_matrix((rng.random((60, 15)) < 0.3).astype(np.float32))
    known = RatedTitles.of(seen)
    found = Hybrid([part]).fit(known).recommend_users(seen, 5)
    assert np.isfinite(found.scores).all()
    assert np.array_equal(found.titles, part.fit(known).recommend_users(seen, 5).titles)


def test_a_model_can_be_the_collaborative_part_of_a_hybrid() -> None:
    # Two tastes: popularity knows none of them.
    rng = np.random.default_rng(6)
    own = np.arange(80)[:, None] % 2 == np.arange(40)[None, :] // 20
    seen = (rng.random((80, 40)) < np.where(own, 0.5, 0.02)).astype(np.float32)
    hybrid = Hybrid([Popularity(), EASE(l2=10.0)]).fit(RatedTitles.of(sparse.csr_matrix(seen)))
    assert hybrid.weights_[1, 0, 1] > hybrid.weights_[1, 0, 0]
    one = np.zeros((1, 40), dtype=np.float32)
    one[0, :6] = 1
    found = hybrid.recommend_users(sparse.csr_matrix(one), 10).titles
    assert (found < 20).all()
