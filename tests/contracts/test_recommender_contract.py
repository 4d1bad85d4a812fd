"""What every recommender must do, whatever it learns from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import RecommendationError, UnknownTitleError
from reelhouse.recommend.base import NO_TITLE, Ranked, Recommender
from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.content_profile import ContentProfile
from reelhouse.recommend.diversified import Diversified
from reelhouse.recommend.hybrid import Hybrid
from reelhouse.recommend.item_neighbours import ItemNeighbours
from reelhouse.recommend.neighbours import Exploring, NeighbourClusters
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.recommend.viewer_clusters import ViewerClusters
from tests.conftest import SMALL_TITLES


def history_of(*users: dict[int, float], n_titles: int) -> sparse.csr_matrix:
    dense = np.zeros((len(users), n_titles), dtype=np.float32)
    for row, user in enumerate(users):
        for column, weight in user.items():
            dense[row, column] = weight
    return sparse.csr_matrix(dense)


class RecommenderContract:
    make: Callable[[], Recommender[Any]]
    #: What it learns from: the name of a fixture.
    world: str
    #: Whether there is something for a user of whom nothing is known.
    answers_everybody: bool

    @pytest.fixture(scope="class")
    @classmethod
    def recommender(cls, request: pytest.FixtureRequest) -> Recommender[Any]:
        return cls.make().fit(request.getfixturevalue(cls.world))

    @pytest.fixture
    def n_titles(self, catalogue: Catalogue) -> int:
        return len(catalogue.names)

    @pytest.fixture
    def users(self, n_titles: int) -> sparse.csr_matrix:
        """Users of one title, of several, of all, of none, and random ones."""
        rng = np.random.default_rng(3)
        some = [
            {int(column): float(rng.integers(1, 6)) for column in rng.choice(n_titles, 3, False)}
            for _ in range(20)
        ]
        everything = dict.fromkeys(range(n_titles), 1.0)
        return history_of({0: 1.0}, {0: 5.0, 3: 1.0}, everything, {}, *some, n_titles=n_titles)

    # Liked titles, by name

    @pytest.mark.parametrize("liked", [["Naruto"], ["The Crown"], ["Narcos", "Bleach"]])
    def test_a_liked_title_is_never_recommended(
        self, recommender: Recommender[Any], liked: list[str]
    ) -> None:
        found = {one.title for one in recommender.recommend(liked, 100)}
        assert found
        assert found.isdisjoint(liked)

    @pytest.mark.parametrize("n", [1, 2])
    def test_there_are_as_many_as_asked_for(self, recommender: Recommender[Any], n: int) -> None:
        found = recommender.recommend(["The Crown"], n)
        assert len(found) == len({one.title_id for one in found}) == n

    def test_none_are_asked_for_and_none_come(self, recommender: Recommender[Any]) -> None:
        assert recommender.recommend(["Naruto"], 0) == []

    def test_the_same_question_has_the_same_answer(self, recommender: Recommender[Any]) -> None:
        first = recommender.recommend(["Naruto", "Narcos"], 100)
        assert recommender.recommend(["Narcos", "Naruto"], 100) == first

    def test_the_best_come_first_and_ties_go_by_column(self, recommender: Recommender[Any]) -> None:
        order = [
            (-one.score, int(one.title_id.removeprefix("t")))
            for one in recommender.recommend(["The Crown"], 100)
        ]
        assert order == sorted(order)

    def test_scores_are_finite_and_reasons_are_given(self, recommender: Recommender[Any]) -> None:
        for one in recommender.recommend(["Naruto", "The Crown"], 100):
            assert math.isfinite(one.score)
            assert one.reasons
            assert all(one.reasons)

    def test_an_unknown_title_is_an_error_with_near_names(
        self, recommender: Recommender[Any]
    ) -> None:
        with pytest.raises(UnknownTitleError, match=r'"Narutoo", near are "Naruto"'):
            recommender.recommend(["Narutoo"], 3)

    def test_nothing_liked_is_an_error(self, recommender: Recommender[Any]) -> None:
        with pytest.raises(UnknownTitleError, match="no liked title is given, expected at least 1"):
            recommender.recommend([], 3)

    def test_a_title_can_be_liked_by_its_id(self, recommender: Recommender[Any]) -> None:
        assert recommender.recommend(["t0"], 5) == recommender.recommend(["Naruto"], 5)

    def test_any_title_can_be_explained(self, recommender: Recommender[Any]) -> None:
        for title in ["Bleach", "Ozark", SMALL_TITLES[-1][0]]:
            reasons = recommender.explain(["Naruto"], title)
            assert reasons
            assert all(reasons)

    # Many users at once

    def test_shapes_and_types_are_as_stated(
        self, recommender: Recommender[Any], users: sparse.csr_matrix
    ) -> None:
        found = recommender.recommend_users(users, 4)
        assert found.titles.shape == found.scores.shape == (users.shape[0], 4)
        assert (found.titles.dtype, found.scores.dtype) == (np.int32, np.float32)

    def test_a_seen_title_is_never_recommended(
        self, recommender: Recommender[Any], users: sparse.csr_matrix
    ) -> None:
        found = recommender.recommend_users(users, 100)
        for user in range(users.shape[0]):
            mine = [column for column, _ in found.row(user)]
            assert len(set(mine)) == len(mine)
            assert not set(mine) & set(users[user].indices.tolist())
        assert (found.titles[2] == NO_TITLE).all()

    def test_rows_are_best_first_and_end_with_no_title(
        self, recommender: Recommender[Any], users: sparse.csr_matrix
    ) -> None:
        found = recommender.recommend_users(users, 100)
        assert np.isfinite(found.scores).all()
        assert (found.scores[found.titles == NO_TITLE] == 0).all()
        for user in range(users.shape[0]):
            order = [(-score, column) for column, score in found.row(user)]
            assert order == sorted(order)
            assert (found.titles[user, len(order) :] == NO_TITLE).all()

    def test_a_user_gets_the_same_alone_and_among_others(
        self, recommender: Recommender[Any], users: sparse.csr_matrix
    ) -> None:
        among = recommender.recommend_users(users, 5)
        alone = [recommender.recommend_users(users[user], 5) for user in range(users.shape[0])]
        assert np.array_equal(among.titles, np.vstack([one.titles for one in alone]))
        assert np.array_equal(among.scores, np.vstack([one.scores for one in alone]))

    @pytest.mark.parametrize("n", [1, 3, 100])
    @pytest.mark.parametrize("liked", [[0], [7], [2, 3], [0, 3, 4, 7]])
    def test_liked_titles_are_a_history_of_one_row(
        self, recommender: Recommender[Any], n_titles: int, liked: list[int], n: int
    ) -> None:
        by_name = recommender.recommend([f"t{column}" for column in liked], n)
        rows = history_of(dict.fromkeys(liked, 1.0), n_titles=n_titles)
        by_row = recommender.recommend_users(rows, n).row(0)
        assert [(f"t{column}", score) for column, score in by_row] == [
            (one.title_id, np.float32(one.score)) for one in by_name
        ]

    def test_only_the_proportions_of_weights_matter(
        self, recommender: Recommender[Any], users: sparse.csr_matrix
    ) -> None:
        once, twice = (recommender.recommend_users(users * factor, 5) for factor in (1, 2))
        assert np.array_equal(once.titles, twice.titles)
        assert once.scores == pytest.approx(twice.scores, rel=1e-5)

    def test_somebody_of_whom_nothing_is_known_is_answered_or_gets_nothing(
        self, recommender: Recommender[Any], n_titles: int
    ) -> None:
        found = recommender.recommend_users(history_of({}, n_titles=n_titles), 3)
        assert (len(found.row(0)) == 3) is type(self).answers_everybody
        assert len(found.row(0)) in (0, 3)

    def test_a_title_that_nobody_saw_can_be_in_a_history(
        self, recommender: Recommender[Any], n_titles: int
    ) -> None:
        found = recommender.recommend_users(history_of({n_titles - 1: 1.0}, n_titles=n_titles), 3)
        assert len(found.row(0)) > 0
        assert np.isfinite(found.scores).all()

    def test_no_users_have_no_titles(self, recommender: Recommender[Any], n_titles: int) -> None:
        found = recommender.recommend_users(sparse.csr_matrix((0, n_titles), dtype=np.float32), 3)
        assert found.titles.shape == (0, 3)

    def test_inputs_are_not_changed(
        self, recommender: Recommender[Any], users: sparse.csr_matrix
    ) -> None:
        before = users.copy()
        recommender.recommend_users(users, 3)
        assert (users != before).nnz == 0

    def test_a_history_of_other_titles_is_refused(
        self, recommender: Recommender[Any], n_titles: int
    ) -> None:
        with pytest.raises(RecommendationError, match=rf"has 2 titles, .* learned {n_titles}"):
            recommender.recommend_users(sparse.csr_matrix((1, 2), dtype=np.float32), 3)

    @pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
    def test_a_weight_that_is_none_is_refused(
        self, recommender: Recommender[Any], n_titles: int, weight: float
    ) -> None:
        with pytest.raises(RecommendationError, match="not above 0 and finite"):
            recommender.recommend_users(history_of({0: weight}, n_titles=n_titles), 3)


class OnCatalogue(RecommenderContract):
    world = "catalogue"
    answers_everybody = False


class OnRatings(RecommenderContract):
    world = "rated"
    answers_everybody = True


class TestSameCluster(OnCatalogue):
    make = SameCluster


class TestNeighbourClusters(OnCatalogue):
    make = NeighbourClusters


class TestExploring(OnCatalogue):
    make = Exploring


class TestSameClusterOnRatings(OnRatings):
    make = SameCluster
    answers_everybody = False


class TestNeighbourClustersOnRatings(OnRatings):
    make = NeighbourClusters
    answers_everybody = False


class TestExploringOnRatings(OnRatings):
    make = Exploring
    answers_everybody = False


class TestPopularity(OnRatings):
    make = Popularity


class TestPopularityOfLate(OnRatings):
    make = staticmethod(lambda: Popularity(half_life=10.0, window=40.0))


class TestViewerClusters(OnRatings):
    make = staticmethod(lambda: ViewerClusters(3, n_nearest=2, half_life=20.0))


class TestItemNeighbours(OnRatings):
    make = staticmethod(lambda: ItemNeighbours(4))


class TestContentProfile(OnRatings):
    make = ContentProfile


class TestHybrid(OnRatings):
    make = Hybrid


class TestDiversified(OnCatalogue):
    make = staticmethod(lambda: Diversified(SameCluster(), 0.5))


class TestDiversifiedOnRatings(OnRatings):
    make = staticmethod(lambda: Diversified(ItemNeighbours(4)))


def test_no_title_is_a_row_of_nothing() -> None:
    assert Ranked.empty(1, 2).row(0) == []
