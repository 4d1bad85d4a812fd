from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from reelhouse.threads import map_threads


@pytest.mark.parametrize("n_threads", [None, 1, 2, 7])
def test_results_come_in_the_order_of_the_pieces(n_threads: int | None) -> None:
    def slow_when_small(number: int) -> int:
        time.sleep(0.002 * (5 - number))
        return number * number

    assert map_threads(slow_when_small, range(5), n_threads) == [0, 1, 4, 9, 16]


def test_every_piece_is_done_exactly_once() -> None:
    done: list[int] = []
    map_threads(done.append, range(5_000), 4)
    assert sorted(done) == list(range(5_000))


def test_no_pieces_give_no_results() -> None:
    assert map_threads(str, [], 4) == []


def test_an_error_of_a_piece_reaches_the_caller_and_ends_the_work() -> None:
    done: list[int] = []

    def fail_at_three(number: int) -> None:
        if number == 3:
            raise ValueError("piece 3")
        time.sleep(0.001)
        done.append(number)

    with pytest.raises(ValueError, match="piece 3"):
        map_threads(fail_at_three, range(1_000), 2)
    assert len(done) < 1_000


def test_a_piece_may_use_threads_itself() -> None:
    def inner(number: int) -> int:
        return sum(map_threads(lambda other: number * other, range(10), 2))

    assert map_threads(inner, range(10), 2) == [45 * number for number in range(10)]


def test_threads_are_used_and_kept() -> None:
    both = threading.Barrier(2, timeout=10)
    # Passes only when two threads are in it at once.
    map_threads(lambda _: both.wait(), range(2), 2)
    before = threading.active_count()
    for _ in range(50):
        map_threads(str, range(4), 2)
    assert threading.active_count() == before


def test_many_callers_share_the_threads() -> None:
    with ThreadPoolExecutor(8) as callers:
        totals = callers.map(lambda n: sum(map_threads(lambda x: x + n, range(100), 3)), range(8))
        assert list(totals) == [4950 + 100 * n for n in range(8)]
