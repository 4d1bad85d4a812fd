import numpy as np
import pytest
from scipy import sparse

from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.evaluation.lists import accuracy, only_titles, only_users, variety
from reelhouse.evaluation.ranking import recall
from reelhouse.evaluation.repeated import Repeated


def rows(*cells: list[float]) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(cells, dtype=np.float32))


USERS = HeldOutUsers(
    np.array([4, 9, 11]),
    rows([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]),
    rows([0, 1, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0]),
)
LISTS = np.array([[1, 2], [0, 2], [3, 0]])


def test_only_users_with_something_to_be_found_have_values() -> None:
    found = accuracy(LISTS, USERS)
    assert found.users.tolist() == [4, 11]
    # A list shorter than the cut-off counts whole; recall over min(20 -> 2, held out).
    assert found.values["recall_20"].tolist() == [1.0, 0.5]
    discounts = 1 / np.log2([2, 3])
    expected = [1.0, discounts[1] / discounts.sum()]
    assert found.values["ndcg_100"].tolist() == pytest.approx(expected)
    assert set(accuracy(LISTS, USERS, {"r": (recall, 1)}).values) == {"r"}


def test_nobody_with_anything_to_be_found_gives_no_values() -> None:
    found = accuracy(LISTS, only_users(USERS, np.array([False, True, False])))
    assert found.users.size == 0
    assert all(values.size == 0 for values in found.values.values())


def test_a_part_of_the_titles_alone_is_to_be_found() -> None:
    part = only_titles(USERS, np.array([True, False, False, False]))
    assert part.held_out.toarray().tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert part.fold_in is USERS.fold_in


def test_variety_is_measured_beside_what_was_expected() -> None:
    history = rows([1, 1, 0, 0], [1, 0, 1, 0])
    genres = rows([1, 0], [1, 0], [0, 1], [0, 1])
    found = variety(LISTS, np.array([[1, 3], [2, 3], [3, 1]]), USERS, history, genres)
    assert found["coverage_10"] == 1.0
    assert found["diversity_10"] == pytest.approx(1.0)  # every list holds one of each genre
    # User 4's hit, title 1, was expected; user 11's, title 0, was not: half of its list of two.
    assert found["serendipity_10"] == pytest.approx((0 + 0.5) / 2)
    assert "diversity_10" not in variety(LISTS, LISTS, USERS, history, None)
    single = variety(LISTS[:, :1], LISTS, USERS, history, genres)
    assert "diversity_10" not in single
    assert single["coverage_10"] == 0.75
    assert variety(np.full((3, 2), -1), LISTS, USERS, history, genres) == {}


def test_values_of_one_user_in_several_splits_stay_together() -> None:
    first, second = Repeated(), Repeated()
    for values, users in (([0.5, 1.0], [1, 2]), ([0.0], [1]), ([], [])):
        first.add(np.array(values), np.array(users, dtype=int))
        second.add(np.array(values) - 0.25, np.array(users, dtype=int))
    assert (first.n_values, first.n_users) == (3, 2)
    assert first.mean == pytest.approx(0.5)
    assert first.deviation_of_splits == pytest.approx(np.std([0.75, 0.0]))
    interval = first.interval()
    # Of two users either, both or one twice are drawn.
    assert (interval.low, interval.high) == (0.25, 1.0)
    assert first.against(second).difference.mean == pytest.approx(0.25)


def test_nothing_measured_has_no_users() -> None:
    assert (Repeated().n_values, Repeated().n_users) == (0, 0)
