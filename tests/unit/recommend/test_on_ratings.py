"""Recommenders on ratings, on matrices whose right answer is seen at a glance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import Ranked
from reelhouse.recommend.content_profile import ContentProfile
from reelhouse.recommend.item_neighbours import ItemNeighbours
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.preference_lists import PreferenceLists
from reelhouse.recommend.rated import RatedTitles, recency_weights
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.recommend.viewer_clusters import ViewerClusters


def rows(*users: list[float]) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(users, dtype=np.float32))


#: Even users saw even titles but one, odd users odd ones: what is missing is the right answer.
CHECKERBOARD = rows(
    *[
        [float(title % 2 == user % 2 and title != user) for title in range(8)]
        for user in range(8)
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    "recommender", [ItemNeighbours(), ViewerClusters(2)], ids=lambda one: one.name
)
def test_the_missing_title_of_the_same_colour_comes_first(recommender) -> None:
    found = recommender.fit(RatedTitles.of(CHECKERBOARD)).recommend_users(CHECKERBOARD, 1)
    assert found.titles[:, 0].tolist() == list(range(8))


def test_popularity_is_the_share_of_users() -> None:
    # Seen by 3, 1, 2 and 0 of four users.
    known = RatedTitles.of(rows([5, 1, 0, 0], [4, 0, 2, 0], [1, 0, 3, 0], [0, 0, 0, 0]))
    found = Popularity().fit(known).recommend_users(rows([0, 0, 0, 0], [1, 0, 0, 0]), 4)
    assert found.titles.tolist() == [[0, 2, 1, 3], [2, 1, 3, -1]]
    assert found.scores.tolist() == [[0.75, 0.5, 0.25, 0.0], [0.5, 0.25, 0.0, 0.0]]


def test_popularity_halves_with_every_half_life() -> None:
    # Title 0: three viewings 20 days before the last day, 3/4; title 1: one on the last day, 1.
    history = rows([1, 1], [1, 0], [1, 0])
    known = RatedTitles.of(history, days=np.array([80, 100, 80, 80], np.float32))
    found = Popularity(half_life=10).fit(known).recommend_users(rows([0, 0]), 2)
    assert found.titles.tolist() == [[1, 0]]
    assert found.scores[0] == pytest.approx([1 / 3, 3 / 4 / 3])


def test_popularity_outside_the_window_is_none() -> None:
    history = rows([1, 1], [1, 0], [1, 0])
    known = RatedTitles.of(history, days=np.array([80, 100, 80, 80], np.float32))
    found = Popularity(window=20).fit(known).recommend_users(rows([0, 0]), 2)
    assert found.scores[0] == pytest.approx([1 / 3, 0])


def test_popularity_within_time_requires_days() -> None:
    with pytest.raises(RecommendationError, match="days on which titles were seen"):
        Popularity(window=20).fit(RatedTitles.of(rows([1, 1])))


def test_a_weight_halves_with_every_half_life() -> None:
    known = RatedTitles.of(rows([4, 4, 4]), days=np.array([100, 90, 70], np.float32))
    assert recency_weights(known, 10.0).data.tolist() == [4.0, 2.0, 0.5]
    assert known.history.data.tolist() == [4.0, 4.0, 4.0]


def test_item_neighbours_are_the_likest_by_cosine() -> None:
    # Columns (1, 1, 0), (1, 0, 0), (0, 1, 1): 0 and 1 share a user, 1/√2; 0 and 2 share one, 1/2.
    plain = ItemNeighbours(activity=0.0, shrinkage=0.0)
    plain.fit(RatedTitles.of(rows([1, 1, 0], [1, 0, 1], [0, 0, 1])))
    assert plain.neighbours_.tolist() == [[1, 2], [0, -1], [0, -1]]
    assert plain.similarities_[0] == pytest.approx([1 / np.sqrt(2), 1 / 2])


def test_shrinkage_takes_from_what_few_users_share() -> None:
    # One common user: 1 / (1 + 1).
    known = RatedTitles.of(rows([1, 1, 0], [1, 0, 1], [0, 0, 1]))
    shrunk = ItemNeighbours(activity=0.0, shrinkage=1.0).fit(known)
    assert shrunk.similarities_[0] == pytest.approx([1 / np.sqrt(2) / 2, 1 / 4])


def test_who_saw_much_says_less() -> None:
    # User 0 saw four titles and weighs 1/4: columns (1/4, 1, 0) and (1/4, 0, 1/2).
    known = RatedTitles.of(rows([1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 0]))
    found = ItemNeighbours(activity=1.0, shrinkage=0.0).fit(known)
    lengths = np.sqrt([1 / 16 + 1, 1 / 16 + 1 / 4])
    at = found.neighbours_[0].tolist().index(1)
    assert found.similarities_[0, at] == pytest.approx(1 / 16 / lengths.prod())


def test_a_score_is_the_weighted_mean_of_likeness() -> None:
    known = RatedTitles.of(rows([1, 1, 0], [1, 0, 1], [0, 0, 1]))
    plain = ItemNeighbours(activity=0.0, shrinkage=0.0).fit(known)
    # Title 0 from 1 with weight 3 and from 2 with weight 1.
    found = plain.recommend_users(rows([0, 3, 1]), 1)
    assert found.scores[0, 0] == pytest.approx((3 / np.sqrt(2) + 1 / 2) / 4, abs=1e-5)


def test_content_is_the_cosine_to_the_mean_of_what_was_seen() -> None:
    features = rows([1, 0], [0, 1], [1, 1], [0, 2])
    known = RatedTitles.of(sparse.csr_matrix((1, 4), dtype=np.float32), features=features)
    found = ContentProfile().fit(known).recommend_users(rows([3, 4, 0, 0]), 2)
    # The mean (3, 4) / 5 on (1, 1) / √2 and on (0, 1).
    assert found.titles.tolist() == [[2, 3]]
    assert found.scores[0] == pytest.approx([7 / 5 / np.sqrt(2), 4 / 5])


def test_clusters_that_speak_for_a_user_weigh_together_1() -> None:
    fitted = ViewerClusters(2, n_nearest=2).fit(RatedTitles.of(CHECKERBOARD))
    clusters, weights = fitted.memberships(CHECKERBOARD)
    assert weights.sum(axis=1) == pytest.approx(1)
    assert (weights[:, 0] > 0.99).all()
    assert clusters[0, 0] == clusters[2, 0] != clusters[1, 0]


def test_a_cluster_prefers_what_it_sees_more_than_all_do() -> None:
    # Per user, 3/8 of all saw title 0, and 3/4 of those 4 even users; shrunk by 4 average users:
    # (3 + 4 * 3/8) / (4 + 4) = 0.5625, a lift of 1.5.
    fitted = ViewerClusters(2, n_nearest=1, emphasis=1.0, shrinkage=4.0)
    fitted.fit(RatedTitles.of(CHECKERBOARD))
    found = fitted.recommend_users(CHECKERBOARD[[0]], 1)
    assert found.titles.tolist() == [[0]]
    assert found.scores[0, 0] == pytest.approx(0.5625)


def test_the_search_of_mixtures_finds_what_looking_at_all_finds() -> None:
    rng = np.random.default_rng(0)
    # Few different values: many ties.
    values = rng.integers(0, 4, (5, 60)).astype(np.float32)
    groups = np.array([rng.choice(5, 3, replace=False) for _ in range(40)], dtype=np.int32)
    weights = rng.integers(0, 3, (40, 3)).astype(np.float32)
    seen = sparse.csr_matrix((rng.random((40, 60)) < 0.3).astype(np.float32))
    found = Ranked.empty(40, 12)
    PreferenceLists.of(values).rank(seen, groups, weights, found)
    scores = (weights[:, :, None] * values[groups]).sum(axis=1)
    scores[seen.toarray() > 0] = -1
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :12]
    assert np.array_equal(found.titles, expected)
    assert np.array_equal(found.scores, np.take_along_axis(scores, expected, axis=1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"days": np.zeros(3, np.float32)}, "there are 3 days, the history requires 2"),
        ({"features": rows([1])}, "there are 1 feature rows, the history requires 2"),
        ({"cluster_of": np.zeros(1, np.int32)}, "there are 1 cluster numbers"),
    ],
)
def test_what_does_not_belong_together_is_refused(arguments, message: str) -> None:
    with pytest.raises(RecommendationError, match=message):
        RatedTitles.of(rows([1, 1]), **arguments)


def test_recommending_by_cluster_requires_clusters() -> None:
    known = RatedTitles.of(rows([1, 1]), features=rows([1], [1]))
    with pytest.raises(RecommendationError, match="clusters of titles are required"):
        SameCluster().fit(known).recommend_users(rows([1, 0]), 1)


def test_content_requires_features() -> None:
    with pytest.raises(RecommendationError, match="features of titles are required"):
        ContentProfile().fit(RatedTitles.of(rows([1, 1])))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Popularity(half_life=0),
        lambda: Popularity(window=-1),
        lambda: ViewerClusters(0),
        lambda: ViewerClusters(shrinkage=0),
        lambda: ItemNeighbours(0),
        lambda: ItemNeighbours(shrinkage=-1),
    ],
)
def test_settings_out_of_range_are_refused(make) -> None:
    with pytest.raises(RecommendationError, match="required is"):
        make()
