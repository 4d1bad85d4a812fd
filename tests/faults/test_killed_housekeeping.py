"""Housekeeping stops at every call to the store, two run at once, others commit meanwhile."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from reelhouse.errors import RetiredVersionError, StoreError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.inventory import RunName
from reelhouse.storage.retention import Plan, RetentionSettings, plan_retention
from reelhouse.storage.retire import retire
from reelhouse.storage.retired import Retired
from reelhouse.storage.rollback import rollback
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.faults.stopping_store import Stopped, StoppingStore

LATER = datetime(2099, 1, 1, tzinfo=UTC)  # everything is old by then


def planned(store: Store, last: int = 2) -> Plan:
    settings = RetentionSettings(keep_last=last, keep_days=0)
    return plan_retention(store, settings, LATER)


def keep(store: Store, last: int = 2) -> None:
    retire(store, planned(store, last), lambda: planned(store, last), LATER)


def states(store: Store) -> list[str]:
    """Every version: whole (all of it verifies), retired, or what else is wrong with it."""
    found = []
    for number, held in CommitLog(store, "catalogue").opened():
        if isinstance(held, Version):
            found.append("whole" if verify(held) == [] else f"{number} is damaged")
        else:
            found.append("retired" if isinstance(held, Retired) else held)
    return found


class Make(Protocol):
    """Makes a store of four versions and an orphaned run."""

    def __call__(self, kind: str = "memory") -> Store: ...


@pytest.fixture
def template(tmp_path: Path, publish_run) -> Make:
    original = open_store("memory://")
    for number in range(4):
        publish_run(original, f"v{number + 1}", parent=number or None)
    original.put("catalogue/runs/orphan/a.bin", b"x")
    counter = itertools.count()

    def make(kind: str = "memory") -> Store:
        if kind == "memory":
            copy = open_store("memory://")
            for entry in original.list():
                copy.put(entry.key, original.get(entry.key))
            return copy
        root = tmp_path / f"store-{next(counter)}"
        for entry in original.list():
            path = root / entry.key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(original.get(entry.key))
        return open_store(root)

    return make


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["memory", "folder"])
@pytest.mark.parametrize("landed", [False, True], ids=["before", "landed"])
def test_wherever_housekeeping_is_stopped_a_version_is_whole_or_retired_and_the_next_converges(
    template: Make, landed: bool, kind: str, fault_rounds: int
) -> None:
    counting = StoppingStore(template())
    keep(counting)
    total = counting.calls
    assert total >= 40
    # Memory is cheap: every call. A folder flushes: every call in the long form only.
    step = 1 if kind == "memory" else max(1, total // fault_rounds)
    for number in range(0, total, step):
        store = template(kind)
        with pytest.raises(Stopped):
            keep(StoppingStore(store, stop_at=number, landed=landed))

        found = states(store)
        assert set(found[:2]) <= {"whole", "retired"}, f"call {number}: {found}"
        assert found[2:] == ["whole", "whole"], f"call {number}"

        keep(store)

        assert states(store) == ["retired", "retired", "whole", "whole"], f"call {number}"
        assert CommitLog(store, "catalogue").numbers() == [1, 2, 3, 4]
        runs = {entry.key.split("/")[2] for entry in store.list("catalogue/runs")}
        kept = {held.commit.run_id for _, held in CommitLog(store, "catalogue").opened()[2:]}
        assert runs == kept, f"call {number}: nothing is left over"


@pytest.mark.faults
def test_two_housekeepings_at_once_do_what_one_does(template: Make) -> None:
    for kind in ("memory", "folder", "memory"):
        store = template(kind)
        barrier = threading.Barrier(2)

        def run(store: Store = store, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            keep(store)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(run), pool.submit(run)]:
                done.result()
        assert states(store) == ["retired", "retired", "whole", "whole"]


class Interrupting(StoppingStore):
    """Lets somebody else act just before the first call that `when` accepts."""

    def __init__(self, store: Store, when: Callable[[str, str], bool], act: Callable[[], Any]):
        super().__init__(store)
        self._when, self._act = when, act

    def before(self, name: str, key: str) -> None:
        if self._when(name, key):
            self._when = lambda *_: False
            self._act()


def test_a_rollback_before_the_second_look_saves_its_run(template: Make) -> None:
    store = template()
    first = CommitLog(store, "catalogue").version(1).commit.run_id
    log = CommitLog(store, "catalogue")
    # As a rollback that looked for the record before it was written, and commits after.
    commit = log.version(1).commit.again("catalogue", parent=4)

    def land() -> None:
        store.create(log.object_key(5), commit.to_json())

    looks = 0

    def second_listing(name: str, key: str) -> bool:
        nonlocal looks
        looks += name == "list" and key == ""
        return looks == 2

    racing = Interrupting(store, second_listing, land)
    done = retire(racing, planned(racing), lambda: planned(racing), LATER)
    assert RunName("catalogue", first) in done.spared
    assert states(store) == ["whole", "retired", "whole", "whole", "whole"]


def test_a_rollback_that_loses_to_housekeeping_is_undone(template: Make) -> None:
    store = template()

    def commits(name: str, key: str) -> bool:
        return name == "create" and key.endswith("00000005.json")

    racing = Interrupting(store, commits, lambda: keep(store))
    with pytest.raises(RetiredVersionError) as caught:
        rollback(racing, "catalogue", 1)
    assert "while it was committed as version 5" in str(caught.value)
    assert "version 6 puts version 4 in force again" in str(caught.value)
    head = CommitLog(store, "catalogue").head()
    assert (head.number, head.manifest.key) == (6, "v4")
    assert states(store) == ["retired", "retired", "whole", "whole", "retired", "whole"]


def test_a_publication_during_housekeeping_is_whole(template: Make, publish_run) -> None:
    store = template()
    racing = Interrupting(
        store, lambda name, _: name == "delete", lambda: publish_run(store, "v5", parent=4)
    )
    keep(racing)
    assert states(store) == ["retired", "retired", "whole", "whole", "whole"]


def test_a_store_that_fails_stops_housekeeping_and_says_so(template: Make) -> None:
    class Refusing(StoppingStore):
        def before(self, name: str, key: str) -> None:
            if name == "delete":
                raise StoreError(f"{self.uri}: cannot write {key}: read-only")

    store = template()
    with pytest.raises(StoreError, match="read-only"):
        keep(Refusing(store))
    assert states(store) == ["whole"] * 4
