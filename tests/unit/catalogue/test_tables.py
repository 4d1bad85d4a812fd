from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from reelhouse.catalogue.tables import (
    ClusterFacts,
    assignment_facts,
    assignments_table,
    clusters_of,
    clusters_table,
    moved_titles,
    neighbours_table,
    updated_clusters,
    with_clusters,
)
from reelhouse.clustering.assign import Placement
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.registry import Lineage
from reelhouse.schema import ASSIGNMENTS, CHANGES, CLUSTERS, NEIGHBOURS


def model(*cluster_ids: int, limit: float = 0.5) -> ClusterModel:
    k = len(cluster_ids)
    return ClusterModel(
        centroids=np.eye(k, max(k, 2), dtype=np.float32),
        cluster_ids=np.array(cluster_ids, dtype=np.int32),
        distance_limits=np.full(k, limit, dtype=np.float32),
        sizes_at_fit=np.full(k, 10, dtype=np.int64),
        distance_reference=np.zeros(101, dtype=np.float32),
        next_cluster_id=99,
    )


def placement(index: list[int], distance: list[float], second: list[int]) -> Placement:
    n = len(index)
    alone = np.array(second) < 0
    return Placement(
        np.array(index, np.int32),
        np.array(distance, np.float32),
        np.array(second, np.int32),
        np.where(alone, np.nan, np.array(distance) + 0.25).astype(np.float32),
        np.zeros(n, dtype=bool),
    )


def assigned(**clusters: int) -> pa.Table:
    rows = [
        {
            "title_id": title,
            "cluster_id": cluster,
            "distance": 0.1 * at,
            "status": "placed",
            "placed_in_version": 1,
        }
        for at, (title, cluster) in enumerate(clusters.items(), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=ASSIGNMENTS)


def changes(*rows: tuple[str, str]) -> pa.Table:
    named = [{"title_id": title, "change": change} for title, change in rows]
    return pa.Table.from_pylist(named, schema=CHANGES)


IDS = pa.chunked_array([["t1"], ["t2"]], pa.string())


def test_assignments_have_stable_ids_margins_and_outliers() -> None:
    table = assignments_table(IDS, placement([1, 0], [0.5, 0.75], [0, 1]), model(7, 3), version=4)
    assert table.schema.equals(ASSIGNMENTS)
    assert table.to_pylist() == [
        {
            "title_id": title,
            "cluster_id": first,
            "distance": distance,
            "second_cluster_id": second,
            "second_distance": distance + 0.25,
            "margin": 0.25,
            "status": status,
            "placed_in_version": 4,
            "probability": None,
        }
        for title, first, second, distance, status in [
            ("t1", 3, 7, 0.5, "placed"),  # at the limit, not beyond
            ("t2", 7, 3, 0.75, "outlier"),
        ]
    ]


def test_with_one_cluster_the_second_is_null() -> None:
    table = assignments_table(IDS, placement([0, 0], [0.5, 0.25], [-1, -1]), model(7), version=1)
    for name in ("second_cluster_id", "second_distance", "margin"):
        assert table[name].null_count == 2
    assert table["cluster_id"].to_pylist() == [7, 7]


def test_no_title_makes_an_empty_table() -> None:
    nobody = pa.chunked_array([], pa.string())
    table = assignments_table(nobody, placement([], [], []), model(7, 3), version=1)
    assert table.num_rows == 0
    assert table.schema.equals(ASSIGNMENTS)


def test_clusters_are_measured_and_the_died_come_last() -> None:
    facts = ClusterFacts(
        names=["one", "two"],
        top_terms=[["a"], []],
        silhouettes=np.array([0.5, np.nan], dtype=np.float32),
        lineage=[Lineage(4, "kept", (4,)), Lineage(9, "born", ()), Lineage(2, "died", ())],
    )
    table = clusters_table(facts, assigned(t3=4, t1=4, t2=4), {2: "gone"})
    assert table.schema.equals(CLUSTERS)
    first, second, died = table.to_pylist()
    assert first["size"] == 3
    assert first["mean_distance"] == pytest.approx(0.2)
    assert first["representative_title_ids"] == ["t3", "t1", "t2"]
    assert (second["size"], second["silhouette"], second["mean_distance"]) == (0, None, None)
    assert (died["name"], died["event"], died["size"]) == ("gone", "died", 0)


def test_a_night_keeps_names_and_forgets_the_died() -> None:
    facts = ClusterFacts(
        ["one"],
        [["a"]],
        np.array([0.5], dtype=np.float32),
        [Lineage(4, "merged", (2, 4)), Lineage(2, "died", ())],
    )
    before = clusters_table(facts, assigned(t1=4), {2: "gone"})
    (row,) = updated_clusters(before, assigned(t1=4, t2=4)).to_pylist()
    assert (row["cluster_id"], row["name"], row["size"]) == (4, "one", 2)
    assert (row["event"], row["parents"], row["silhouette"]) == ("kept", [4], 0.5)


def test_neighbours_are_ranked_by_centroid_distance() -> None:
    three = model(5, 6, 7)
    three.centroids[2] = [0.6, 0.8, 0]
    table = neighbours_table(three, None)
    assert table.schema.equals(NEIGHBOURS)
    ranked = [(r["cluster_id"], r["rank"], r["neighbour_id"]) for r in table.to_pylist()]
    assert ranked == [(5, 1, 7), (5, 2, 6), (6, 1, 7), (6, 2, 5), (7, 1, 6), (7, 2, 5)]
    np.testing.assert_allclose(table["distance"].to_numpy(), [0.4, 1, 0.2, 1, 0.2, 0.4], atol=1e-6)
    assert table["common_node_id"].null_count == 6
    assert neighbours_table(model(5), None).num_rows == 0


def test_clusters_are_looked_up_by_title() -> None:
    ids = pa.chunked_array([["t2", "new"], ["t1"]])
    assert clusters_of(ids, assigned(t1=4, t2=5)).to_pylist() == [5, None, 4]


def test_only_titles_whose_cluster_changed_have_moved() -> None:
    before, after = assigned(t1=1, t2=2, gone=3), assigned(t2=5, t1=1, new=5)
    titles = pa.table({"title_id": ["t2", "t1", "new"], "title": ["Two", "One", "New"]})
    table = moved_titles(before, after, titles)
    assert table.schema.equals(CHANGES)
    (row,) = table.to_pylist()
    assert (row["title_id"], row["title"], row["change"]) == ("t2", "Two", "moved")
    assert (row["from_cluster"], row["to_cluster"], row["fields"]) == (2, 5, [])


@pytest.mark.parametrize("first", [True, False])
def test_changes_say_which_cluster_was_left_and_entered(first: bool) -> None:
    before, after = assigned(old=1, gone=2, back=8), assigned(old=5, new=6, back=8)
    rows = changes(("old", "edited"), ("gone", "removed"), ("new", "added"), ("back", "added"))
    table = with_clusters(rows, None if first else before, after)
    assert table.schema.equals(CHANGES)
    left = [None] * 4 if first else [1, 2, None, None]
    assert table["from_cluster"].to_pylist() == left
    assert table["to_cluster"].to_pylist() == [5, None, 6, 8]


def test_no_changes_stay_no_changes() -> None:
    table = with_clusters(changes(), assigned(t1=1), assigned(t1=1))
    assert (table.num_rows, table.schema) == (0, CHANGES)


def clusters(**events: str) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {"cluster_id": int(name[1:]), "name": name, "size": 1, "event": event}
        for name, event in events.items()
    ]
    return pa.Table.from_pylist(rows, schema=CLUSTERS)


def test_the_facts_of_a_version_count_what_contradicts_itself() -> None:
    table = pa.concat_tables([assigned(t1=1, t2=1, t3=2), assigned(t1=9)])
    facts = assignment_facts(table, clusters(c1="kept", c2="died"), n_titles=5, moved=3)
    assert facts == {
        "titles": 5,
        "titles_without_assignment": 2,
        "assigned_twice": 1,
        "unknown_clusters": 2,  # one in a died cluster, one in none
        "moved_titles": 3,
        "largest_cluster_share": 0.5,
        "outlier_share": 0.0,
    }


def test_a_version_without_titles_has_facts() -> None:
    facts = assignment_facts(assigned(), clusters(), n_titles=0, moved=0)
    assert set(facts.values()) == {0}
