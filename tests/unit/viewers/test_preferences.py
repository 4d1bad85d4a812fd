from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from reelhouse.schema import PREFERENCES, TITLE_GENRES, TITLE_NAMES
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.preferences import PreferenceSettings, min_support, preferences_table
from reelhouse.viewers.titles import Titles, describe_titles

#: No pseudo-count and no support: lifts are plain ratios of shares.
PLAIN = PreferenceSettings(min_raters=1, min_rater_share=0.0, pseudo_ratings=0.0)


def some_titles() -> Titles:
    names = [
        {"title_id": 1, "name": "Alien", "year": 1979},
        {"title_id": 2, "name": "Emma", "year": 1996},
        {"title_id": 3, "name": "Brazil", "year": 1985},
    ]
    genres = [
        {"title_id": 1, "genres": ["Horror", "Sci-Fi"]},
        {"title_id": 2, "genres": ["Romance"]},
        {"title_id": 3, "genres": ["Sci-Fi"]},
    ]
    return describe_titles(
        np.array([1, 2, 3], np.int32),
        pa.Table.from_pylist(names, TITLE_NAMES),
        pa.Table.from_pylist(genres, TITLE_GENRES),
    )


def counted(counts: list[list[int]], mean: float = 4.0, size: int = 10) -> ClusterCounts:
    table = np.array(counts, np.int32)
    return ClusterCounts(np.full(len(counts), size), table, table * mean)


def column(table: pa.Table, cluster: int, kind: str, name: str) -> list[object]:
    chosen = pc.and_(pc.equal(table["cluster_id"], cluster), pc.equal(table["kind"], kind))
    values: list[object] = table.filter(chosen)[name].to_pylist()
    return values


def test_lift_is_the_share_in_the_cluster_over_the_share_among_all() -> None:
    # Cluster 0: 6 of 8 ratings for Alien; all: 8 of 16. Lift 0.75 / 0.5 = 1.5.
    table = preferences_table(counted([[6, 2, 0], [2, 4, 2]]), some_titles(), PLAIN)
    assert table.schema == PREFERENCES
    assert column(table, 0, "title", "name") == ["Alien", "Emma"]
    assert column(table, 0, "title", "share") == [0.75, 0.25]
    assert column(table, 0, "title", "lift") == pytest.approx([1.5, 0.25 / (6 / 16)])
    assert column(table, 0, "title", "mean_rating") == [4.0, 4.0]
    assert column(table, 0, "title", "rank") == [1, 2]
    # Brazil: 2 of 8 against 2 of 16.
    assert column(table, 1, "title", "name") == ["Brazil", "Emma", "Alien"]
    assert column(table, 1, "title", "lift") == pytest.approx([2.0, 0.5 / (6 / 16), 0.5])


def test_a_rating_counts_for_each_genre_of_its_title() -> None:
    table = preferences_table(counted([[6, 2, 0], [2, 4, 2]]), some_titles(), PLAIN)
    # Sci-Fi and Horror have Alien's 6 of 8; among all Sci-Fi has 10 of 16, Horror 8.
    assert column(table, 0, "genre", "genre") == ["Horror", "Sci-Fi", "Romance"]
    assert column(table, 0, "genre", "n_ratings") == [6, 6, 2]
    assert column(table, 0, "genre", "lift") == pytest.approx([1.5, 1.2, 2 / 3])
    assert column(table, 0, "genre", "title_id") == [None] * 3


def test_a_handful_of_ratings_does_not_lead() -> None:
    # Alone in rating title 3, yet three ratings are below the support of five.
    counts = counted([[100, 50, 3], [100, 200, 0]], size=100)
    strict = PLAIN.model_copy(update={"min_raters": 5})
    assert (
        column(preferences_table(counts, some_titles(), PLAIN), 0, "title", "name")[0] == "Brazil"
    )
    table = preferences_table(counts, some_titles(), strict)
    assert column(table, 0, "title", "name") == ["Alien", "Emma"]


def test_the_pseudo_count_shrinks_lift_towards_one() -> None:
    shrunk = PLAIN.model_copy(update={"pseudo_ratings": 10.0})
    table = preferences_table(counted([[6, 2, 0], [2, 4, 2]]), some_titles(), shrunk)
    # (6 + 10) / (8 * 8 / 16 + 10)
    assert column(table, 0, "title", "lift")[0] == pytest.approx(16 / 14)


@pytest.mark.parametrize(
    ("size", "fewest"), [(1, 1), (3, 2), (9, 5), (50, 5), (100, 5), (1000, 50)]
)
def test_support_grows_with_the_cluster(size: int, fewest: int) -> None:
    assert min_support(size, PreferenceSettings()) == fewest


def test_ties_go_to_the_smaller_id_and_the_list_is_cut() -> None:
    settings = PLAIN.model_copy(update={"top_titles": 2})
    table = preferences_table(counted([[4, 4, 4]]), some_titles(), settings)
    assert column(table, 0, "title", "title_id") == [1, 2]
    assert column(table, 0, "genre", "genre") == ["Sci-Fi", "Horror", "Romance"]


def test_a_genre_that_nobody_in_the_cluster_rated_has_no_mean() -> None:
    table = preferences_table(counted([[0, 5, 0], [5, 0, 0]]), some_titles(), PLAIN)
    assert column(table, 0, "genre", "mean_rating") == [4.0, None, None]
    assert column(table, 0, "genre", "lift") == [2.0, 0.0, 0.0]


def test_empty_clusters_have_no_rows_and_published_ids_are_kept() -> None:
    ids = np.array([7, 8, 3], np.int32)
    counts = counted([[5, 0, 0], [0, 0, 0], [0, 5, 0]])
    table = preferences_table(counts, some_titles(), PLAIN, ids)
    assert pc.unique(table["cluster_id"]).to_pylist() == [3, 7]
    assert column(table, 3, "title", "name") == ["Emma"]


def test_without_ratings_the_table_is_empty() -> None:
    table = preferences_table(counted([[0, 0, 0]]), some_titles(), PLAIN)
    assert table.num_rows == 0
    assert table.schema == PREFERENCES


def test_without_genres_there_are_titles_only() -> None:
    titles = describe_titles(np.array([1, 2, 3], np.int32))
    table = preferences_table(counted([[5, 1, 0]]), titles, PLAIN)
    assert pc.unique(table["kind"]).to_pylist() == ["title"]
    assert table["name"].to_pylist() == ["title 1", "title 2"]
