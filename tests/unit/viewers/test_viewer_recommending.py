from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from reelhouse.interactions import Interactions
from reelhouse.interactions.blocks import Rows, store_arrays, store_rows
from reelhouse.schema import USER_RECOMMENDATIONS
from reelhouse.viewers import recommending
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.place import Placed, PlacedUsers
from reelhouse.viewers.recommending import (
    ClusterTastes,
    memberships,
    recommended,
    stage_recommendations,
)
from reelhouse.viewers.workspace import Workspace, workspace

TITLE_IDS = np.array([10, 20, 30, 40], np.int32)


@pytest.fixture
def counts() -> ClusterCounts:
    """Ten users each; cluster 0 rates titles 0 and 1, cluster 1 titles 2 and 1; nobody title 3."""
    found = np.array([[8, 6, 0, 0], [0, 4, 10, 0]], np.int32)
    return ClusterCounts(np.array([10, 10]), found, found * 4.0)


def placed(index: list[int], second: list[int], apart: list[float]) -> PlacedUsers:
    distance = np.full(len(index), 0.5, np.float32)
    return PlacedUsers(
        np.array(index, np.int32),
        distance,
        np.array(second, np.int32),
        distance + np.array(apart, np.float32),
        np.zeros(len(index), np.int32),
        np.arange(len(index), dtype=np.int32),
    )


def rated(*titles: list[int]) -> sparse.csr_matrix:
    rows = np.zeros((len(titles), 4), np.int8)
    for user, of_user in enumerate(titles):
        rows[user, of_user] = 3
    return sparse.csr_matrix(rows)


def test_a_taste_is_the_share_of_users_drawn_towards_that_of_all(counts: ClusterCounts) -> None:
    tastes = ClusterTastes.of(counts)
    # Everybody: 8, 10, 10 and 0 of 20. Five average users join each cluster: (8 + 5 x 0.4) / 15,
    # which is 10 / 6 of 0.4.
    lift = np.array([[10 / 6, 17 / 15, 5 / 15, 0], [2 / 6, 13 / 15, 25 / 15, 0]])
    assert tastes.lift == pytest.approx(lift)
    overall = np.array([0.4, 0.5, 0.5, 0])
    assert tastes.lists.values[:2] == pytest.approx(overall * lift**1.2)
    assert tastes.lists.values[2] == pytest.approx(overall)


def test_ratings_below_zero_count_as_presence(counts: ClusterCounts) -> None:
    below = ClusterCounts(counts.sizes, counts.counts, counts.sums - 5)
    assert np.array_equal(
        ClusterTastes.of(below).lists.values, ClusterTastes.of(counts).lists.values
    )


def test_two_clusters_speak_for_a_user_by_their_distances() -> None:
    groups, weights = memberships(placed([0, 1, 0], [1, 0, -1], [0.0, np.log(3) / 20, np.nan]))
    assert groups.tolist() == [[0, 1], [1, 0], [0, 0]]
    # Equally far: half and half. With exp(-20 x) = 1/3: three to one. One cluster: all.
    assert weights == pytest.approx(np.array([[0.5, 0.5], [0.75, 0.25], [1, 0]]))


def test_the_best_unrated_titles_come_with_the_cluster_that_speaks_for_them(
    counts: ClusterCounts,
) -> None:
    tastes = ClusterTastes.of(counts)
    found = recommended(rated([1], []), placed([0, 0], [1, 1], [0.0, 5.0]), tastes, 3)
    # Half of each, 0.5 x ((1/3)^1.2 + (5/3)^1.2) / 2 for title 2; title 3 has nothing.
    assert found.ranked.titles.tolist() == [[2, 0, 3], [0, 1, 2]]
    mean = ((1 / 3) ** 1.2 + (5 / 3) ** 1.2) / 2
    assert found.ranked.scores[0] == pytest.approx([0.5 * mean, 0.4 * mean, 0])
    assert found.cluster.tolist() == [[1, 0, 0], [0, 0, 0]]
    assert found.preferred.tolist() == [[True, True, False], [True, True, False]]


def stored(work: Workspace, blocks: list[tuple[list[int], list[list[int]]]]) -> Interactions:
    """Blocks of users and the titles that they rated; all users are near to cluster 0."""
    for number, (users, titles) in enumerate(blocks):
        matrix = rated(*titles)
        ids = np.array(users, np.int32)
        store_rows(work.blocks / f"block-{number:05d}.safetensors", Rows(matrix, ids))
        near = placed([0] * len(users), [1] * len(users), [5.0] * len(users))
        arrays = {name: getattr(near, name) for name in PlacedUsers.__dataclass_fields__}
        store_arrays(work.placed / f"placed-{number:05d}.safetensors", arrays)
    sizes = tuple(len(users) for users, _ in blocks)
    ones = np.ones(4)
    return Interactions(
        work.blocks, sizes, sizes, TITLE_IDS, ones.astype(np.int64), ones, "int8", (1, 5), 4, 1, 1
    )


def clustered(work: Workspace, n_blocks: int) -> Any:
    model = SimpleNamespace(cluster_ids=np.array([7, 9], np.int32))
    return SimpleNamespace(placed=Placed(work.placed, n_blocks), model=model)


@pytest.mark.parametrize("per_part", [100, 2])
def test_all_users_are_listed_in_their_order_whatever_block_they_are_in(
    counts: ClusterCounts, monkeypatch: pytest.MonkeyPatch, per_part: int
) -> None:
    monkeypatch.setattr(recommending, "USERS_PER_PART", per_part)
    with workspace() as work:
        interactions = stored(work, [([2, 8], [[0], [0, 1]]), ([1, 5], [[1], []])])
        told = stage_recommendations(interactions, clustered(work, 2), counts, 2, work)
        table = pq.read_table(work.staged / "recommendations.parquet")
        parts = sorted(Path(work.staged / "recommendations.parquet").rglob("*.parquet"))
    assert told == {"first": [1] if per_part == 100 else [1, 5]}
    assert len(parts) == (0 if per_part == 100 else 2)
    assert table.schema.equals(USER_RECOMMENDATIONS)
    rows = [(row["user_id"], row["rank"], row["title_id"]) for row in table.to_pylist()]
    assert rows == [
        (1, 1, 10), (1, 2, 30),
        (2, 1, 20), (2, 2, 30),
        (5, 1, 10), (5, 2, 20),
        (8, 1, 30),
    ]  # fmt: skip
    assert table["reason"].to_pylist()[:2] == ["viewer-cluster", "popular"]
    assert set(table["cluster_id"].to_pylist()) == {7}
