"""What every recommender must do, whatever it learns from."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from reelhouse.errors import UnknownTitleError
from reelhouse.recommend.base import Recommender
from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.neighbours import Exploring, NeighbourClusters
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store


class RecommenderContract:
    make: Callable[[], Recommender]

    @pytest.fixture
    def recommender(self, small_store: Store) -> Recommender:
        return type(self).make().fit(Catalogue(CommitLog(small_store, "catalogue").head()))

    @pytest.mark.parametrize("liked", [["Naruto"], ["The Crown"], ["Narcos", "Bleach"]])
    def test_a_liked_title_is_never_recommended(
        self, recommender: Recommender, liked: list[str]
    ) -> None:
        found = {one.title for one in recommender.recommend(liked, 100)}
        assert found
        assert found.isdisjoint(liked)

    @pytest.mark.parametrize("n", [1, 2])
    def test_there_are_as_many_as_asked_for(self, recommender: Recommender, n: int) -> None:
        found = recommender.recommend(["The Crown"], n)
        assert len(found) == len({one.title_id for one in found}) == n

    def test_none_are_asked_for_and_none_come(self, recommender: Recommender) -> None:
        assert recommender.recommend(["Naruto"], 0) == []

    def test_the_same_question_has_the_same_answer(self, recommender: Recommender) -> None:
        first = recommender.recommend(["Naruto", "Narcos"], 100)
        assert recommender.recommend(["Naruto", "Narcos"], 100) == first

    def test_the_best_come_first_and_ties_go_by_id(self, recommender: Recommender) -> None:
        order = [(-one.score, one.title_id) for one in recommender.recommend(["The Crown"], 100)]
        assert order == sorted(order)

    def test_scores_are_finite_and_reasons_are_given(self, recommender: Recommender) -> None:
        for one in recommender.recommend(["Naruto", "The Crown"], 100):
            assert math.isfinite(one.score)
            assert one.reasons
            assert all(one.reasons)

    def test_an_unknown_title_is_an_error_with_near_names(self, recommender: Recommender) -> None:
        with pytest.raises(UnknownTitleError, match=r'"Narutoo", near are "Naruto"'):
            recommender.recommend(["Narutoo"], 3)

    def test_nothing_liked_is_an_error(self, recommender: Recommender) -> None:
        with pytest.raises(UnknownTitleError, match="no liked title is given, expected at least 1"):
            recommender.recommend([], 3)

    def test_a_title_can_be_liked_by_its_id(self, recommender: Recommender) -> None:
        assert recommender.recommend(["t0"], 5) == recommender.recommend(["Naruto"], 5)

    def test_any_title_can_be_explained(self, recommender: Recommender) -> None:
        assert all(recommender.explain(["Naruto"], "Bleach"))
        assert all(recommender.explain(["Naruto"], "Ozark"))


class TestSameCluster(RecommenderContract):
    make = SameCluster


class TestNeighbourClusters(RecommenderContract):
    make = NeighbourClusters


class TestExploring(RecommenderContract):
    make = Exploring
