from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bench.recommend import lists_of
from bench.recommend_tally import Tally
from reelhouse.evaluation.held_out_users import HeldOutUsers


def test_lists_of_some_titles_keep_their_order() -> None:
    chosen = np.array([True, False, True, False, True])
    everything = np.array([[3, 2, 4, 1, 0], [1, 4, 3, -1, -1]])
    assert lists_of(chosen, everything).tolist() == [[2, 4, 0, -1, -1], [4, -1, -1, -1, -1]]


def users(rows: list[int], held_out: list[list[float]]) -> HeldOutUsers:
    found = sparse.csr_matrix(np.array(held_out, dtype=np.float32))
    return HeldOutUsers(np.array(rows), sparse.csr_matrix(found.shape, dtype=np.float32), found)


def titles(*first: int) -> np.ndarray:
    lists = np.full((len(first), 100), -1, dtype=np.int32)
    lists[:, 0] = first
    return lists


def test_a_row_pools_the_lists_of_all_splits_and_counts_each_user_once() -> None:
    tally, baseline = Tally(), Tally()
    for each, second in ((tally, 2), (baseline, 0)):
        # The first title of user 7 is right twice; that of user 9 for one of the two only.
        each.add("all", titles(1, second), users([7, 9], [[0, 1, 0], [0, 0, 1]]))
        each.add("all", titles(1), users([7], [[0, 1, 0]]))
    row = baseline.row(None)
    assert (row["users"], row["lists"]) == (2, 3)
    assert row["recall_20"]["mean"] == pytest.approx(2 / 3, abs=1e-4)
    # The splits have 1/2 and 1.
    assert row["recall_20"]["deviation_of_splits"] == 0.25
    compared = tally.row(baseline)["ndcg_100_against_baseline"]
    assert compared["difference"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_part_in_which_nothing_is_to_be_found_is_left_out() -> None:
    tally = Tally()
    tally.add("all", titles(1), users([7], [[0, 1, 0]]))
    tally.add("rare_titles", titles(1), users([7], [[0, 0, 0]]))
    assert "rare_titles" not in tally.row(None)


def test_a_hybrid_is_compared_with_the_best_of_its_parts() -> None:
    hybrid, good, bad = Tally(), Tally(), Tally()
    for each, first in ((hybrid, 1), (good, 1), (bad, 0)):
        each.add("all", titles(first), users([7], [[0, 1, 0]]))
        each.add("rare_titles", titles(2 if each is bad else 0), users([7], [[0, 0, 1]]))
    found = hybrid.against_best({"good": good, "bad": bad})["ndcg_100_against_best_part"]
    assert (found["all"]["best"], found["all"]["difference"]) == ("good", 0)
    assert (found["rare_titles"]["best"], found["rare_titles"]["difference"]) == ("bad", -1)
    assert hybrid.against_best({}) == {}
