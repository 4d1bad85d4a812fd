from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.interactions import Interactions, InteractionSettings, store_interactions
from reelhouse.schema import RATINGS, USER_ASSIGNMENTS
from reelhouse.viewers.identity import OldUserClusters, identify_clusters
from reelhouse.viewers.place import Placed, assignments, place_users

# Users 1 and 2 rated titles 10 and 11, user 3 title 12, user 7 titles 10 and 12.
PARTS = ([(1, 10, 5), (1, 11, 4), (2, 10, 3), (2, 11, 1)], [(3, 12, 2), (7, 10, 5), (7, 12, 5)])
# Two centroids: titles 10 and 11 in equal parts, and title 12.
CENTROIDS = np.array([[np.sqrt(0.5), np.sqrt(0.5), 0], [0, 0, 1]], dtype=np.float32)
PLAIN = InteractionSettings(weighting="none")


@pytest.fixture
def interactions(tmp_path: Path) -> Interactions:
    paths = []
    for number, part in enumerate(PARTS):
        rows = [dict(zip(RATINGS.names, (*row, None), strict=True)) for row in part]
        paths.append(tmp_path / f"part-{number}.parquet")
        pq.write_table(pa.Table.from_pylist(rows, schema=RATINGS), paths[-1])
    return store_interactions(paths, tmp_path / "blocks", PLAIN)


@pytest.fixture
def placed(interactions: Interactions, tmp_path: Path) -> Placed:
    return place_users(interactions, interactions.transform(PLAIN), CENTROIDS, tmp_path / "placed")


def test_users_are_placed_block_by_block_with_their_second_choice(placed: Placed) -> None:
    first, second = placed.all()
    assert first.user_ids.tolist() == [1, 2]
    assert first.index.tolist() == [0, 0]
    np.testing.assert_allclose(first.distance, [0, 0], atol=1e-6)
    assert first.second_index.tolist() == [1, 1]
    np.testing.assert_allclose(first.second_distance, [1, 1], atol=1e-6)
    # User 7: (1, 0, 1) / sqrt(2) against both: 1 - 1/2 and 1 - sqrt(1/2).
    assert second.index.tolist() == [1, 1]
    np.testing.assert_allclose(second.distance, [0, 1 - np.sqrt(0.5)], atol=1e-6)
    np.testing.assert_allclose(second.second_distance, [1, 0.5], atol=1e-6)
    assert second.n_ratings.tolist() == [1, 2]


def test_assignments_carry_published_ids_and_margins(placed: Placed) -> None:
    table = pa.concat_tables(assignments(placed, np.array([5, 3], dtype=np.int32)))
    assert table.schema == USER_ASSIGNMENTS
    assert table["user_id"].to_pylist() == [1, 2, 3, 7]
    assert table["cluster_id"].to_pylist() == [5, 5, 3, 3]
    assert table["second_cluster_id"].to_pylist() == [3, 3, 5, 5]
    np.testing.assert_allclose(table["margin"].to_numpy(), [1, 1, 1, np.sqrt(0.5) - 0.5], atol=1e-6)


def test_a_single_cluster_has_no_second(interactions: Interactions, tmp_path: Path) -> None:
    alone = place_users(
        interactions, interactions.transform(PLAIN), CENTROIDS[:1], tmp_path / "alone"
    )
    table = pa.concat_tables(assignments(alone, np.array([0], dtype=np.int32)))
    for name in ("second_cluster_id", "second_distance", "margin"):
        assert table[name].null_count == 4


def test_the_labelled_block_joins_ratings_and_clusters(
    interactions: Interactions, placed: Placed
) -> None:
    block = placed.labelled(interactions, 1)
    assert block.user_ids.tolist() == [3, 7]
    assert block.labels.tolist() == [1, 1]
    assert block.ratings.toarray().tolist() == [[0, 0, 2], [5, 0, 5]]


def test_a_first_run_numbers_its_clusters(placed: Placed) -> None:
    found = identify_clusters(placed, 2, None)
    assert found.matching.cluster_ids.tolist() == [0, 1]
    assert (found.in_both, found.kept) == (0, 0)


def test_a_cluster_takes_the_id_of_the_one_with_most_common_users(placed: Placed) -> None:
    # Before: users 1 and 2 in cluster 8, users 3 and 7 in 4 and 8, user 9 is gone.
    old = OldUserClusters(
        np.array([1, 2, 3, 7, 9], dtype=np.int32),
        np.array([8, 8, 4, 8, 4], dtype=np.int32),
        {4: "four", 8: "eight"},
        next_cluster_id=11,
    )
    found = identify_clusters(placed, 2, old)
    assert found.matching.cluster_ids.tolist() == [8, 4]
    assert (found.in_both, found.kept) == (4, 3)
    assert found.matching.next_cluster_id == 11


def test_a_cluster_of_new_users_gets_a_fresh_id(placed: Placed) -> None:
    old = OldUserClusters(
        np.array([1, 2], dtype=np.int32), np.array([8, 8], dtype=np.int32), {8: "eight"}, 11
    )
    found = identify_clusters(placed, 2, old)
    assert found.matching.cluster_ids.tolist() == [8, 11]
    assert [line.event for line in found.matching.lineage] == ["kept", "born"]
