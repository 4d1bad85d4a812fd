from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from reelhouse.errors import DamagedFileError, NoVersionError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.rollback import rollback
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.sweep import sweep


@pytest.fixture
def store(tmp_path: Path, publish_run) -> Store:
    store = open_store(tmp_path / "store", create=True)
    publish_run(store, "one")
    publish_run(store, "two", parent=1)
    return store


def test_a_rollback_is_a_new_version_of_the_old_run(store: Store) -> None:
    done = rollback(store, "catalogue", 1)
    assert done.changed
    assert done.message == "version 3 is the run of version 1 again"
    head = CommitLog(store, "catalogue").head()
    assert (head.number, head.commit.kind, head.commit.rolled_back_to) == (3, "rollback", 1)
    assert head.read_table("titles")["title_id"].to_pylist() == ["one", "b"]


def test_rolling_back_to_the_run_in_force_does_nothing(store: Store) -> None:
    done = rollback(store, "catalogue", 2)
    assert not done.changed
    assert done.message == "version 2 already is the run of version 2: nothing to do"
    assert CommitLog(store, "catalogue").numbers() == [1, 2]


def test_a_broken_head_is_passed_by(store: Store, publish_run) -> None:
    store.put("catalogue/log/00000002.json", b"garbage")
    assert rollback(store, "catalogue", 1).version.number == 3
    publish_run(store, "three", parent=3)
    assert CommitLog(store, "catalogue").head().manifest.key == "three"


def test_a_damaged_version_is_not_restored(store: Store) -> None:
    version = CommitLog(store, "catalogue").version(1)
    store.put(version.object_key("titles.parquet"), b"x")
    with pytest.raises(DamagedFileError, match="version 1 of catalogue is not restored, 1 of"):
        rollback(store, "catalogue", 1)
    assert CommitLog(store, "catalogue").numbers() == [1, 2]


def test_an_absent_version_is_named(store: Store) -> None:
    with pytest.raises(NoVersionError, match="no version 9"):
        rollback(store, "catalogue", 9)


def test_a_sweep_removes_old_temporary_files_and_names_orphans(store: Store) -> None:
    folder = Path(store.uri) / "catalogue" / "log"
    for name in ("old#17", "young#18"):
        (folder / name).write_bytes(b"half")
    hours_ago = time.time() - 2 * 3600
    os.utime(folder / "old#17", (hours_ago, hours_ago))
    store.put("catalogue/runs/left-alone/a.txt", b"x")

    swept = sweep(store, "catalogue")

    assert swept.removed == [folder / "old#17"]
    assert (folder / "young#18").exists()
    assert swept.orphans == ["left-alone"]
    assert store.exists("catalogue/runs/left-alone/a.txt")
