from __future__ import annotations

import pytest

from reelhouse.errors import ReelhouseError
from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.neighbours import Exploring, NeighbourClusters
from reelhouse.recommend.placement import explain_placement
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store


@pytest.fixture
def catalogue(small_store: Store) -> Catalogue:
    return Catalogue(CommitLog(small_store, "catalogue").head())


def scored(found) -> list[tuple[str, float]]:
    return [(one.title_id, pytest.approx(one.score, abs=1e-6)) for one in found]


def test_the_same_cluster_is_ranked_by_cosine_similarity(catalogue: Catalogue) -> None:
    # Bleach has the same two genres; Pokémon has one of them: 1/√2.
    found = SameCluster().fit(catalogue).recommend(["Naruto"])
    assert scored(found) == [("t1", 1.0), ("t2", 0.707107)]
    assert found[0].reasons == (
        "same cluster: anime · action",
        "shares with Naruto: genres action, anime",
    )
    assert (found[0].cluster_id, found[0].source) == (0, "same-cluster")


def test_a_score_is_the_mean_over_the_liked_titles_of_that_cluster(catalogue: Catalogue) -> None:
    # Bleach: 1 to Naruto and 1/√2 to Pokémon. Narcos is in another cluster and does not count.
    found = SameCluster().fit(catalogue).recommend(["Naruto", "Pokémon", "Narcos"])
    scores = dict(scored(found))
    assert scores["t1"] == (1 + 0.707107) / 2
    assert scores["t4"] == 1.0


def test_every_liked_cluster_gets_its_share(catalogue: Catalogue) -> None:
    # All four are 1 like the one and 1/√2 like the other; by score alone both would be anime.
    found = SameCluster().fit(catalogue).recommend(["Pokémon", "Narcos"], 2)
    assert scored(found) == [("t4", 1.0), ("t0", 0.707107)]
    both = SameCluster().fit(catalogue).recommend(["Naruto", "Ozark"], 2)
    assert scored(both) == [("t1", 1.0), ("t3", 0.707107)]
    more = SameCluster().fit(catalogue).recommend(["Ozark", "Narcos", "Bleach"], 2)
    assert scored(more) == [("t0", 1.0), ("t4", (1 + 0.707107) / 2)]


def test_the_neighbour_clusters_give_what_shares_a_term(catalogue: Catalogue) -> None:
    # Of clusters 2 and 1 only The Crown (drama, action) has a genre of Naruto's: 1/√2 · 1/√2.
    found = NeighbourClusters().fit(catalogue).recommend(["Naruto"])
    assert scored(found) == [("t7", 0.5)]
    assert found[0].reasons == (
        "neighbour cluster: drama · action, next to (anime · action)",
        "shares with Naruto: genre action",
    )


def test_exploring_takes_its_share_from_the_neighbours(catalogue: Catalogue) -> None:
    found = Exploring(0.5).fit(catalogue).recommend(["Naruto"], 2)
    assert [(one.title_id, one.source) for one in found] == [
        ("t1", "same-cluster"),
        ("t7", "neighbour-clusters"),
    ]


def test_exploring_fills_up_from_the_side_that_has_more(catalogue: Catalogue) -> None:
    assert len(Exploring(1.0).fit(catalogue).recommend(["Naruto"], 3)) == 3
    assert len(Exploring(0.0).fit(catalogue).recommend(["Naruto"], 3)) == 3


def test_exploring_nothing_is_the_same_cluster(catalogue: Catalogue) -> None:
    plain = SameCluster().fit(catalogue).recommend(["Naruto"], 2)
    assert Exploring(0.0).fit(catalogue).recommend(["Naruto"], 2) == plain


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_beyond_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ReelhouseError, match="required is 0 to 1"):
        Exploring(share)


def test_a_name_of_several_works_means_all_of_them(catalogue: Catalogue) -> None:
    # The show (drama) and the film (drama, action): [red]x[/red] is 1 and 1/√2 like them.
    found = SameCluster().fit(catalogue).recommend(["the crown"])
    assert scored(found) == [("t8", (1 + 0.707107) / 2), ("t9", (1 + 0.707107) / 2)]


def test_a_title_elsewhere_is_explained_as_elsewhere(catalogue: Catalogue) -> None:
    assert SameCluster().fit(catalogue).explain(["Naruto"], "Ozark") == [
        "in another cluster: crime · drama",
        "shares with Naruto: nothing",
    ]


def test_a_placement_adds_up_term_by_term(catalogue: Catalogue) -> None:
    # Naruto is (1, 1, 0, 0)/√2; its centroid is (.6, .8, 0, 0), the next (.6, 0, 0, .8).
    found = explain_placement(catalogue, 0)
    root = 0.5**0.5
    assert [(w.field, w.term) for w in found.first.weights] == [
        ("listed_in", "anime"),
        ("listed_in", "action"),
    ]
    assert [w.weight for w in found.first.weights] == pytest.approx([0.8 * root, 0.6 * root])
    assert found.first.similarity == pytest.approx(1 - found.first.distance, abs=1e-6)
    assert found.second is not None
    assert (found.second.cluster_id, found.second.similarity) == (2, pytest.approx(0.6 * root))
    assert [(w.term, w.weight) for w in found.difference] == [("anime", pytest.approx(0.8 * root))]
