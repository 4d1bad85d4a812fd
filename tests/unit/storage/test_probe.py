"""Stores that do not create an object once and only once are found out before work begins."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from reelhouse.errors import StoreError
from reelhouse.storage.probe import require_create_once
from reelhouse.storage.store import ObjectExistsError, Store, open_store
from tests.support.counting_store import CountingStore

ROUNDS = 5


@pytest.fixture
def memory() -> Store:
    return open_store("memory://")


class Replacing(CountingStore):
    """Ignores that it should create only."""

    def create(self, key: str, content: bytes) -> None:
        self._store.put(key, content)


class CheckingFirst(CountingStore):
    """Looks first and writes then: one after the other it is right, at once it is not."""

    def create(self, key: str, content: bytes) -> None:
        if self._store.exists(key):
            raise ObjectExistsError("it exists")
        time.sleep(0.001)
        self._store.put(key, content)


class Forgetting(CountingStore):
    """Refuses to create what is there, and replaces it all the same."""

    def create(self, key: str, content: bytes) -> None:
        there = self._store.exists(key)
        self._store.put(key, content)
        if there:
            raise ObjectExistsError("it exists")


class LosingReplies(CountingStore):
    """Creates as it should; every third reply is lost, so the client tries again."""

    def create(self, key: str, content: bytes) -> None:
        super().create(key, content)
        if len(self.names) % 3 == 0:
            raise ObjectExistsError("it exists: this very call made it")


class Refusing(CountingStore):
    """Says "exists" to everybody."""

    def create(self, key: str, content: bytes) -> None:
        raise ObjectExistsError("it exists")


@pytest.mark.parametrize("kind", [Replacing, CheckingFirst, Forgetting])
def test_a_store_in_which_two_writers_can_win_is_refused_in_under_a_second(
    kind: type[CountingStore], memory: Store
) -> None:
    began = time.perf_counter()
    with pytest.raises(StoreError, match="a store that honours If-None-Match is requi") as caught:
        require_create_once(kind(memory), rounds=ROUNDS)
    assert time.perf_counter() - began < 1
    assert "\n" not in str(caught.value)
    assert memory.list() == []


def test_a_store_that_breaks_the_rule_only_for_writers_at_once_is_told_so(memory: Store) -> None:
    with pytest.raises(StoreError, match="lets several writers create one object"):
        require_create_once(CheckingFirst(memory), rounds=ROUNDS)


def test_lost_replies_are_no_reason_to_refuse_a_store(memory: Store) -> None:
    require_create_once(LosingReplies(memory), rounds=ROUNDS)
    assert memory.list() == []


def test_a_store_that_says_exists_and_holds_nothing_is_refused(memory: Store) -> None:
    with pytest.raises(StoreError, match="says that objects exist which it does not hold"):
        require_create_once(Refusing(memory), rounds=ROUNDS)


def test_a_store_that_cannot_be_written_says_so_after_one_call(memory: Store) -> None:
    class ReadOnly(CountingStore):
        def create(self, key: str, content: bytes) -> None:
            self.names.append("create")
            raise StoreError("access is denied")

    store = ReadOnly(memory)
    with pytest.raises(StoreError, match="access is denied"):
        require_create_once(store, rounds=ROUNDS)
    assert store.names == ["create"]


def test_a_store_that_forbids_to_delete_is_taken(
    memory: Store, caplog: pytest.LogCaptureFixture
) -> None:
    class NoDelete(CountingStore):
        def delete(self, key: str) -> None:
            raise StoreError("access is denied")

    require_create_once(NoDelete(memory), rounds=1)
    assert "the probe object stays behind: access is denied" in caplog.text


def test_trying_a_folder_takes_under_a_second(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", create=True)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        store.require_writable()
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 1
