from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from reelhouse.catalogue.hierarchy import common_nodes, hierarchy_table
from reelhouse.catalogue.tables import neighbours_table
from reelhouse.clustering.model import ClusterModel
from reelhouse.naming.counts import ClusterTerms, count_titles
from reelhouse.schema import HIERARCHY, TITLES

GENRES = ("Dramas", "Documentaries", "Dramas")


@pytest.fixture
def model() -> ClusterModel:
    """Clusters 5, 6 and 7; the first and the last are alike."""
    return ClusterModel(
        centroids=np.array([[1, 0], [0, 1], [0.8, 0.6]], np.float32),
        cluster_ids=np.array([5, 6, 7], np.int32),
        distance_limits=np.ones(3, np.float32),
        sizes_at_fit=np.array([2, 3, 1], np.int64),
        distance_reference=np.zeros(101, np.float32),
        next_cluster_id=8,
    )


@pytest.fixture
def terms() -> ClusterTerms:
    """Two dramas in the first cluster, three documentaries in the second, a drama in the third."""
    index = np.array([0, 0, 1, 1, 1, 2], np.int32)
    rows = [{"title_id": "t", "type": "Movie", "listed_in": [GENRES[at]]} for at in index]
    return count_titles(pa.Table.from_pylist(rows, schema=TITLES), index, 3)


def test_the_tree_has_the_clusters_then_families_then_the_root(
    model: ClusterModel, terms: ClusterTerms
) -> None:
    table = hierarchy_table(model, ["A", "B", "C"], terms)
    assert table.schema.equals(HIERARCHY)
    rows = [
        (r["node_id"], r["parent_id"], r["cluster_id"], r["size"], r["name"])
        for r in table.to_pylist()
    ]
    # 5 and 7 are sqrt(0.4) apart, 6 and 7 sqrt(0.8).
    assert rows == [
        (0, 3, 5, 2, "A"),
        (1, 4, 6, 3, "B"),
        (2, 3, 7, 1, "C"),
        (3, 4, None, 3, "Dramas"),
        (4, None, None, 6, "All titles"),
    ]
    heights = table["height"].to_pylist()
    assert heights[:4] == pytest.approx([0, 0, 0, 0.4**0.5])
    assert heights[4] > heights[3]


def test_a_pair_of_clusters_names_the_smallest_family_of_both(
    model: ClusterModel, terms: ClusterTerms
) -> None:
    table = hierarchy_table(model, ["A", "B", "C"], terms)
    assert common_nodes(table, [5, 7, 6], [7, 6, 5]) == [3, 4, 4]
    assert common_nodes(table, [5], [99]) == [None]
    neighbours = neighbours_table(model, table)
    of_five = [
        (row["neighbour_id"], row["common_node_id"])
        for row in neighbours.to_pylist()
        if row["cluster_id"] == 5
    ]
    assert of_five == [(7, 3), (6, 4)]


def test_one_cluster_is_a_tree_of_one_node(model: ClusterModel, terms: ClusterTerms) -> None:
    one = ClusterModel(
        model.centroids[:1], model.cluster_ids[:1], model.distance_limits[:1],
        model.sizes_at_fit[:1], model.distance_reference, 8,
    )  # fmt: skip
    (row,) = hierarchy_table(one, ["A"], terms.grouped([[0, 1, 2]])).to_pylist()
    assert (row["node_id"], row["parent_id"], row["cluster_id"], row["size"]) == (0, None, 5, 6)
