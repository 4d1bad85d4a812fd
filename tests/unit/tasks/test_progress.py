from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tasks import progress as module
from tasks.progress import progress


class Bars:
    """Stands in for the server, and for the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[tuple[str, float]] = []
        self.broken = False

    def monotonic(self) -> float:
        return self.now

    def create(self, percent: float, key: str, description: str) -> UUID:
        if self.broken:
            raise ConnectionError("nobody answers")
        self.sent.append((f"new {key}: {description}", percent))
        return UUID(int=1)

    def update(self, artifact: UUID, percent: float) -> None:
        assert artifact == UUID(int=1)
        self.sent.append(("more", percent))


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bars]:
    stand_in: Any = Bars()
    monkeypatch.setattr(module, "has_server", lambda: True)
    monkeypatch.setattr(module, "create_progress_artifact", stand_in.create)
    monkeypatch.setattr(module, "update_progress_artifact", stand_in.update)
    monkeypatch.setattr(module, "time", stand_in)
    return stand_in


def test_a_bar_moves_at_most_once_a_second_and_by_a_percent(bars: Bars) -> None:
    with progress("key", "Doing *it*") as tell:
        for now, done in ((0.5, 10), (1.0, 20), (1.9, 30), (2.0, 20.5), (2.1, 40), (3.1, 50)):
            bars.now = now
            tell(done, 100)
    assert bars.sent == [(r"new key: Doing \*it\*", 20), ("more", 40), ("more", 50), ("more", 100)]


def test_a_short_step_shows_no_bar(bars: Bars) -> None:
    with progress("key", "Doing it") as tell:
        bars.now = 0.9
        tell(1, 1)
    assert bars.sent == []


def test_a_step_that_fails_leaves_its_bar_where_it_was(bars: Bars) -> None:
    def step() -> None:
        with progress("key", "Doing it") as tell:
            bars.now = 1.0
            tell(1, 4)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        step()
    assert bars.sent == [("new key: Doing it", 25)]


def test_a_broken_server_is_tried_once_and_fails_nothing(
    bars: Bars, caplog: pytest.LogCaptureFixture
) -> None:
    bars.broken = True
    with progress("key", "Doing it") as tell:
        for second in range(1, 5):
            bars.now = float(second)
            tell(10 * second, 100)
    assert [record.getMessage() for record in caplog.records] == [
        "no progress of key is shown: ConnectionError: nobody answers"
    ]


def test_more_than_expected_is_a_full_bar(bars: Bars) -> None:
    with progress("key", "Doing it") as tell:
        bars.now = 1.0
        tell(130, 100)
    assert bars.sent == [("new key: Doing it", 100)]


def test_any_thread_may_tell(bars: Bars) -> None:
    bars.now = 0.0
    with progress("key", "Doing it") as tell:
        bars.now = 1.0
        teller = threading.Thread(target=tell, args=(1, 2))
        teller.start()
        teller.join()
    assert bars.sent == [("new key: Doing it", 50), ("more", 100)]


def test_without_a_server_nothing_is_sent(bars: Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_server", lambda: False)
    with progress("key", "Doing it") as tell:
        bars.now = 5.0
        tell(1, 2)
    assert bars.sent == []
