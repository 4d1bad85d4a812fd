from __future__ import annotations

from pathlib import Path

import pytest

from reelhouse.errors import DamagedFileError, NoVersionError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.rollback import rollback
from reelhouse.storage.store import Store, open_store


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
