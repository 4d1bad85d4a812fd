from __future__ import annotations

import numpy as np
import pyarrow as pa

from reelhouse.schema import PREFERENCES
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.naming import (
    CLUSTER_TASTES,
    NamingSettings,
    Taste,
    cluster_names,
    cluster_tastes,
    tastes_of,
)


def rows(*given: tuple[int, str, int, str, float, float]) -> pa.Table:
    keys = ("cluster_id", "kind", "rank", "name", "lift", "share")
    return pa.Table.from_pylist(
        [dict(zip(keys, row, strict=True)) | {"n_ratings": 1} for row in given], PREFERENCES
    )


def names(*tastes: Taste) -> list[str]:
    return cluster_names(list(range(len(tastes))), list(tastes), [5] * len(tastes))


def test_a_cluster_is_named_after_its_two_most_telling_genres() -> None:
    assert names(Taste(("Horror", "Sci-Fi", "War"))) == ["Horror · Sci-Fi"]
    assert names(Taste(("Horror",))) == ["Horror"]


def test_a_cluster_without_a_genre_is_named_after_its_titles() -> None:
    assert names(Taste((), ("Alien", "Brazil", "Emma"))) == ["Fans of Alien · Brazil"]


def test_a_cluster_that_prefers_nothing_has_the_average_taste() -> None:
    assert names(Taste()) == ["Average taste"]


def test_a_cluster_without_users_is_nobody() -> None:
    assert cluster_names([4], [Taste()], [0]) == ["Nobody"]


def test_clusters_of_one_name_are_told_apart_by_a_title_then_a_number() -> None:
    assert names(Taste(("War",), ("A", "B")), Taste(("War",), ("C",))) == ["War: A", "War: C"]
    assert names(Taste(("War",), ("A", "B")), Taste(("War",), ("A", "C"))) == ["War: B", "War: C"]
    assert names(Taste(("War",)), Taste(("War",))) == ["War (0)", "War (1)"]


def test_a_rare_genre_of_high_lift_does_not_name_a_cluster() -> None:
    table = rows(
        (0, "genre", 1, "Talk-Show", 3.0, 0.01),  # too rare
        (0, "genre", 2, "Film-Noir", 1.5, 0.04),  # 0.04 ln 1.5 = 0.016
        (0, "genre", 3, "Drama", 1.2, 0.5),  # 0.5 ln 1.2 = 0.091
        (0, "genre", 4, "Comedy", 1.05, 0.6),  # hardly more than average
    )
    assert tastes_of(table, NamingSettings())[0].genres == ("Drama", "Film-Noir")


def test_titles_are_listed_by_rank_above_the_least_lift() -> None:
    table = rows(
        (0, "title", 2, "B", 2.0, 0.1),
        (0, "title", 1, "A", 3.0, 0.1),
        (0, "title", 3, "C", 1.0, 0.1),
    )
    assert tastes_of(table, NamingSettings())[0].titles == ("A", "B")


def test_every_cluster_has_a_row_by_id_even_an_empty_one() -> None:
    counts = ClusterCounts(
        np.array([3, 0, 1]),
        np.array([[3, 0], [0, 0], [1, 1]], np.int32),
        np.array([[9.0, 0], [0, 0], [5, 3]]),
    )
    ids = np.array([9, 4, 2], np.int32)
    table = cluster_tastes(counts, rows((9, "genre", 1, "War", 2.0, 0.5)), NamingSettings(), ids)
    assert table.schema == CLUSTER_TASTES
    assert table.select(
        ["cluster_id", "name", "size", "share", "n_ratings", "mean_rating", "top_genres"]
    ).to_pydict() == {
        "cluster_id": [2, 4, 9],
        "name": ["Average taste", "Nobody", "War"],
        "size": [1, 0, 3],
        "share": [0.25, 0, 0.75],
        "n_ratings": [2, 0, 3],
        "mean_rating": [4.0, None, 3.0],
        "top_genres": [[], [], ["War"]],
    }
