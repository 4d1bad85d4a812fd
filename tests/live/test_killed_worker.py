"""A worker and its run are killed with -9: the run is found out, run again, and converges."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from tests.support.prefect_server import Platform
from tests.support.snapshots import Snapshots


@contextmanager
def reading(store: Path) -> Iterator[list[str]]:
    """Read the version in force, whole, again and again; collects what is wrong with it."""
    over, wrong = threading.Event(), []
    log = CommitLog(open_store(store), "catalogue")

    def read() -> None:
        while not over.is_set():
            head = log.head()
            wrong.extend(["nothing is in force"] if head is None else map(str, verify(head)))
            over.wait(0.2)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield wrong
    finally:
        over.set()
        reader.join()


def test_a_night_whose_worker_is_killed_is_run_again_and_publishes_once(
    platform: Platform, store: Path, snapshots: Snapshots
) -> None:
    log = CommitLog(open_store(store), "catalogue")
    with reading(store) as wrong:
        run = platform.start_run("nightly/nightly", titles=str(snapshots.night), store=str(store))
        platform.await_tasks(run)
        platform.kill_worker()
        assert log.numbers() == [1]
        platform.start_worker()
        ended = platform.await_completed(run)
    names = platform.state_names(run)
    assert names.index("Crashed") < names.index("AwaitingRetry") < names.index("Completed")
    assert ended.run_count == 2
    assert log.numbers() == [1, 2]
    assert wrong == []
    # What an undisturbed night of the same titles publishes.
    version = log.version(2)
    assert version.manifest.flow == "nightly"
    assert verify(version) == []
    again = platform.start_run("nightly/nightly", titles=str(snapshots.night), store=str(store))
    platform.await_completed(again)
    assert log.numbers() == [1, 2]
