from __future__ import annotations

import numpy as np
import pytest

from reelhouse.catalogue import comparing
from reelhouse.catalogue.comparing import (
    Placed,
    comparisons,
    comparisons_of_added,
    nearest_clusters,
)


def placed(
    index: list[int], second: list[int], distance: list[float], margin: list[float], n: int = 3
) -> Placed:
    others = [[other for other in range(n) if other != cluster] for cluster in range(n)]
    return Placed(
        np.array(index, np.int32),
        np.array(second, np.int32),
        np.array(distance, np.float32),
        np.array(margin, np.float32),
        np.array(others, np.int64).reshape(n, n - 1),
    )


@pytest.fixture
def five() -> Placed:
    """Clusters of rows 0 and 3, of 1, 2 and 4, and of none; of the three, 2 lies nearest to 0."""
    return placed(
        [0, 1, 1, 0, 1], [1, 2, 0, 2, 0], [0.1, 0.2, 0.3, 0.4, 0.5], [0.3, 0, 0.1, 0, 0.2]
    )


def test_the_nearest_clusters_are_those_of_the_likest_centroids() -> None:
    centroids = np.array([[1, 0], [0, 1], [0.8, 0.6]], np.float32)
    assert nearest_clusters(centroids).tolist() == [[2, 1], [2, 0], [0, 1]]
    assert nearest_clusters(centroids[:1]).shape == (1, 0)


def test_every_title_is_asked_for_once_and_compared_with_its_cluster_and_the_border(
    five: Placed,
) -> None:
    first, second = comparisons(five)
    assert first.asked.tolist() == first.same.tolist() == [0, 3]
    # Those whose second cluster is 0 come first, by margin; then the rest.
    assert first.near.tolist() == [2, 4, 1]
    assert first.rows.tolist() == [0, 1, 2, 3, 4]
    assert second.asked.tolist() == [1, 2, 4]
    assert second.near.tolist() == [0, 3]


def test_the_border_is_no_longer_than_it_may_be(
    five: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "N_BORDER", 1)
    first, second = comparisons(five)
    assert (first.near.tolist(), second.near.tolist()) == ([2], [0])


def test_a_large_cluster_is_cut_by_the_second_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_COMPARED", 2)
    one = placed([0] * 4, [2, 1, 2, 1], [0.1, 0.2, 0.3, 0.4], [0.1] * 4)
    assert [piece.asked.tolist() for piece in comparisons(one)] == [[1, 3], [0, 2]]


def test_one_cluster_has_no_border() -> None:
    alone = placed([0, 0], [-1, -1], [0.1, 0.2], [np.nan, np.nan], n=1)
    (only,) = comparisons(alone)
    assert (only.asked.tolist(), only.near.tolist()) == ([0, 1], [])


def test_added_titles_are_compared_with_the_likeliest_of_their_cluster(
    five: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (only,) = comparisons_of_added(five, np.array([4]))
    # Row 2 has the second cluster of row 4, row 1 another one.
    assert (only.asked.tolist(), only.same.tolist()) == ([4], [4, 2, 1])
    assert only.near.tolist() == [0, 3]
    # Ten candidates in all: one of each neighbour, which are two, and of its own there are no more.
    monkeypatch.setattr(comparing, "AT_NIGHT", 5)
    (only,) = comparisons_of_added(five, np.array([4]))
    assert (only.same.tolist(), only.near.tolist()) == ([4, 2, 1], [0])
    monkeypatch.setattr(comparing, "AT_NIGHT", -4)
    (only,) = comparisons_of_added(five, np.array([4]))
    assert (only.same.tolist(), only.near.tolist()) == ([4, 2], [])


def test_added_titles_of_several_clusters_are_asked_for_apart(five: Placed) -> None:
    found = list(comparisons_of_added(five, np.array([2, 3])))
    assert [piece.asked.tolist() for piece in found] == [[3], [2]]
    assert list(comparisons_of_added(five, np.array([], dtype=np.int64))) == []
