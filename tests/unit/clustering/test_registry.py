from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reelhouse.clustering.registry import (
    Lineage,
    first_ids,
    match_by_centroids,
    match_by_overlap,
    overlap,
)


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int32)


def test_a_first_fit_counts_from_zero() -> None:
    matching = first_ids(3)
    assert matching.cluster_ids.tolist() == [0, 1, 2]
    assert matching.lineage == tuple(Lineage(i, "born", ()) for i in range(3))
    assert matching.next_cluster_id == 3


def test_common_titles_are_counted_by_old_id_and_new_index() -> None:
    old, new = np.array([4, 4, 7, 9, 9]), np.array([0, 1, 1, 0, 0])
    assert overlap(old, new, ids(4, 7, 8, 9), 2).tolist() == [[1, 1], [0, 1], [0, 0], [2, 0]]
    assert overlap(old[:0], new[:0], ids(4), 2).tolist() == [[0, 0]]


def test_the_same_clusters_in_another_order_keep_their_ids() -> None:
    shared = np.array([[0, 0, 30], [20, 0, 0], [0, 10, 0]])
    matching = match_by_overlap(shared, ids(2, 5, 6), next_cluster_id=8)
    assert matching.cluster_ids.tolist() == [5, 6, 2]
    assert [line.event for line in matching.lineage] == ["kept"] * 3
    assert [line.parents for line in matching.lineage] == [(5,), (6,), (2,)]
    assert matching.next_cluster_id == 8


def test_the_most_titles_keep_their_id_not_the_greedy_most() -> None:
    # Greedy takes 10 and is left with 0; 9 + 8 keeps more.
    matching = match_by_overlap(np.array([[10, 9], [8, 0]]), ids(0, 1), next_cluster_id=2)
    assert matching.cluster_ids.tolist() == [1, 0]


def test_a_split_keeps_the_id_in_the_larger_half() -> None:
    matching = match_by_overlap(np.array([[60, 40]]), ids(3), next_cluster_id=5)
    assert matching.lineage == (Lineage(3, "kept", (3,)), Lineage(5, "split", (3,)))
    assert matching.next_cluster_id == 6


def test_a_merged_cluster_has_the_larger_id_and_the_other_died() -> None:
    matching = match_by_overlap(np.array([[60], [40]]), ids(3, 4), next_cluster_id=5)
    assert matching.lineage == (Lineage(3, "merged", (3, 4)), Lineage(4, "died", ()))


def test_a_cluster_of_new_titles_is_born() -> None:
    matching = match_by_overlap(np.array([[60, 0]]), ids(3), next_cluster_id=9)
    assert matching.lineage == (Lineage(3, "kept", (3,)), Lineage(9, "born", ()))


def test_an_emptied_cluster_died_and_its_id_is_not_given_to_a_stranger() -> None:
    matching = match_by_overlap(np.array([[60, 0], [0, 0]]), ids(3, 4), next_cluster_id=9)
    assert matching.lineage == (
        Lineage(3, "kept", (3,)),
        Lineage(9, "born", ()),
        Lineage(4, "died", ()),
    )


def test_a_title_in_common_makes_no_same_cluster() -> None:
    # Most titles stay with 0-0 and 1-1, but 1 of 5 is too few to be the same cluster.
    matching = match_by_overlap(np.array([[10, 4], [4, 1]]), ids(0, 1), next_cluster_id=2)
    assert matching.lineage == (
        Lineage(0, "merged", (0, 1)),
        Lineage(2, "split", (0,)),
        Lineage(1, "died", ()),
    )


@given(
    st.data(),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 50),
)
def test_no_id_is_lost_given_twice_or_used_again(
    data: st.DataObject, n_old: int, n_new: int, spare: int
) -> None:
    shared = data.draw(arrays(np.int64, (n_old, n_new), elements=st.integers(0, 40)))
    old_ids = ids(
        *data.draw(st.lists(st.integers(0, 30), min_size=n_old, max_size=n_old, unique=True))
    )
    old_ids.sort()
    next_id = int(old_ids.max()) + 1 + spare
    matching = match_by_overlap(shared, old_ids, next_cluster_id=next_id)
    new_ids = matching.cluster_ids.tolist()
    died = [line.cluster_id for line in matching.lineage if line.event == "died"]
    fresh = [one for one in new_ids if one >= next_id]
    assert len(set(new_ids)) == n_new
    assert sorted(set(new_ids) - set(fresh)) + sorted(died) == sorted(
        set(old_ids.tolist()) - set(died)
    ) + sorted(died)
    assert fresh == list(range(next_id, matching.next_cluster_id))
    assert [line.cluster_id for line in matching.lineage] == new_ids + died
    for line in matching.lineage:
        assert set(line.parents) <= set(old_ids.tolist())
        assert (line.event in ("kept", "merged")) == (line.cluster_id in line.parents)


@given(st.permutations(range(5)), st.lists(st.integers(1, 30), min_size=5, max_size=5))
def test_a_renumbered_clustering_keeps_every_id(order: list[int], sizes: list[int]) -> None:
    old = np.repeat([2, 3, 5, 7, 11], sizes)
    new = np.repeat(order, sizes)
    matching = match_by_overlap(
        overlap(old, new, ids(2, 3, 5, 7, 11), 5), ids(2, 3, 5, 7, 11), next_cluster_id=12
    )
    assert matching.cluster_ids[new].tolist() == old.tolist()
    assert {line.event for line in matching.lineage} == {"kept"}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_centroids_are_paired_by_similarity(order: list[int]) -> None:
    old = np.eye(3, dtype=np.float32)
    assert match_by_centroids(old, old[order]) == [(i, order.index(i)) for i in range(3)]
