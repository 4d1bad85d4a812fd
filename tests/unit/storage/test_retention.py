from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reelhouse.errors import RetiredVersionError, StoreError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.retention import Plan, RetentionSettings, plan_retention
from reelhouse.storage.retire import Retirement, retire
from reelhouse.storage.retired import Retired, read_record
from reelhouse.storage.rollback import rollback
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.unit.storage.conftest import NOW


@pytest.fixture
def store() -> Store:
    return open_store("memory://")


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", create=True)


def plan(store: Store, last: int, days: int = 0, *collections: str, grace: int = 7) -> Plan:
    settings = RetentionSettings(keep_last=last, keep_days=days, grace_days=grace)
    return plan_retention(store, settings, NOW, collections or None)


def keep(store: Store, last: int, days: int = 0, *collections: str) -> Retirement:
    """One housekeeping."""
    return retire(
        store,
        plan(store, last, days, *collections),
        lambda: plan(store, last, days, *collections),
        NOW,
    )


def whole(store: Store, collection: str = "catalogue") -> list[int]:
    """Numbers of the versions that can be read; each is verified."""
    found = [held for _, held in CommitLog(store, collection).opened() if isinstance(held, Version)]
    assert [verify(version) for version in found] == [[] for _ in found]
    return [version.number for version in found]


def runs(store: Store, collection: str = "catalogue") -> set[str]:
    prefix = f"{collection}/runs/"
    return {entry.key.removeprefix(prefix).split("/")[0] for entry in store.list(prefix)}


def publish_five(store: Store, publish_at) -> None:
    """Versions 1 to 5, which are 50, 40, 30, 20 and 10 days old."""
    for number in range(1, 6):
        publish_at(store, f"r{number}", 60 - 10 * number)


def test_the_last_n_are_kept(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    found = plan(store, 2)
    assert found.kept == {"catalogue": {4: "one of the last 2", 5: "one of the last 2"}}
    assert [(one.run.run_id, one.versions) for one in found.leaving] == [
        ("r1", (1,)), ("r2", (2,)), ("r3", (3,)),
    ]  # fmt: skip
    assert found.size == sum(entry.size for run in ("r1", "r2", "r3")
                             for entry in store.list(f"catalogue/runs/{run}"))  # fmt: skip


def test_a_plan_changes_nothing(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    before = store.list()
    plan(store, 1)
    assert store.list() == before


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        # Version 5 began 10 days ago; before that, 4 was in force, from 20 days ago.
        (0, [5]),
        (9, [5]),
        (10, [4, 5]),
        (15, [4, 5]),
        (20, [3, 4, 5]),
        (100, [1, 2, 3, 4, 5]),
    ],
)
def test_what_was_in_force_in_the_last_days_is_kept(
    store: Store, publish_at, days: int, kept: list[int]
) -> None:
    publish_five(store, publish_at)
    assert sorted(plan(store, 1, days).kept["catalogue"]) == kept


def test_a_clock_that_went_backwards_loses_nothing_of_the_window(store: Store, publish_at) -> None:
    for mark, days in (("r1", 40), ("r2", 3), ("r3", 35), ("r4", 30)):
        publish_at(store, mark, days)
    # 2 says that it began in the window; 1 was in force until then.
    assert sorted(plan(store, 1, 5).kept["catalogue"]) == [1, 2, 4]


def test_what_goes_is_gone_and_what_stays_can_be_read(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    size = plan(store, 2).size
    done = keep(store, 2)
    assert ([one.run.run_id for one in done.runs], done.size) == (["r1", "r2", "r3"], size)
    assert whole(store) == [4, 5]
    assert runs(store) == {"r4", "r5"}
    assert keep(store, 2) == Retirement([], [], 0)


def test_a_local_folder_keeps_no_empty_folders(folder: Store, publish_at) -> None:
    for mark, days in (("r1", 20), ("r2", 10)):
        publish_at(folder, mark, days)
    keep(folder, 1)
    assert [path.name for path in Path(folder.uri, "catalogue", "runs").iterdir()] == ["r2"]


def test_the_log_keeps_every_number_and_goes_on(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    keep(store, 1)
    log = CommitLog(store, "catalogue")
    assert log.numbers() == [1, 2, 3, 4, 5]
    assert all(not isinstance(commit, str) for _, commit in log.versions())
    assert [type(held) for _, held in log.opened()] == [Retired] * 4 + [Version]
    assert publish_at(store, "r6", 0).number == 6


def test_a_retired_version_is_refused_in_one_line(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    keep(store, 1)
    message = (
        f"version 2 of catalogue in {store.uri} was retired on {NOW:%Y-%m-%d}: "
        "its files are gone, it cannot be read or restored"
    )
    for act in (
        lambda: CommitLog(store, "catalogue").version(2),
        lambda: rollback(store, "catalogue", 2),
    ):
        with pytest.raises(RetiredVersionError) as caught:
            act()
        assert str(caught.value) == message
    assert CommitLog(store, "catalogue").numbers() == [1, 2, 3, 4, 5]


def test_the_record_says_what_was_there(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    keep(store, 4)
    record = read_record(store, "catalogue", "r1")
    assert record is not None
    assert (record.reason, record.versions, record.files) == ("old", [1], 2)
    assert (record.flow, record.counts, record.retired_at) == ("test", {"titles": 2}, NOW)


def test_a_version_that_is_retired_while_it_is_read_is_not_called_damaged(
    store: Store, publish_at, tmp_path: Path
) -> None:
    publish_five(store, publish_at)
    version = CommitLog(store, "catalogue").version(1)
    keep(store, 1)
    for act in (
        lambda: version.read_bytes("data.bin"),
        lambda: version.fetch("", tmp_path / "out"),
        lambda: verify(version),
    ):
        with pytest.raises(RetiredVersionError, match=f"was retired on {NOW:%Y-%m-%d}"):
            act()


def test_the_run_of_a_rollback_stays_with_both_its_versions(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    rollback(store, "catalogue", 1)
    found = plan(store, 1)
    assert found.kept["catalogue"] == {
        1: "shares its run with version 6 of catalogue",
        6: "one of the last 1",
    }
    keep(store, 1)
    assert whole(store) == [1, 6]


def test_the_version_of_the_model_stays(store: Store, publish_at) -> None:
    publish_at(store, "fit", 50)
    publish_at(store, "night1", 40, model=1)
    publish_at(store, "night2", 30, model=1)
    assert plan(store, 1).kept["catalogue"] == {
        1: "its model is used by version 3 of catalogue",
        3: "one of the last 1",
    }
    keep(store, 1)
    assert whole(store) == [1, 3]


def test_what_another_collection_was_made_from_stays_and_what_that_needs(
    store: Store, publish_at
) -> None:
    publish_at(store, "fit", 50)
    publish_at(store, "night", 40, model=1)
    publish_at(store, "v1", 35, collection="viewers", made_from={"catalogue": 2})
    publish_at(store, "refit", 30)
    assert plan(store, 1).kept == {
        "catalogue": {
            1: "its model is used by version 2 of catalogue",
            2: "version 1 of viewers was made from it",
            3: "one of the last 1",
        },
        "viewers": {1: "one of the last 1"},
    }
    # Of a collection that is not looked into, every version counts as kept.
    publish_at(store, "v2", 20, collection="viewers")
    assert sorted(plan(store, 1, 0, "catalogue").kept["catalogue"]) == [1, 2, 3]
    assert sorted(plan(store, 1).kept["catalogue"]) == [3]


def test_only_the_named_collections_lose_anything(store: Store, publish_at) -> None:
    for days in (30, 20):
        publish_at(store, f"c{days}", days)
        publish_at(store, f"v{days}", days, collection="viewers")
    keep(store, 1, 0, "viewers")
    assert (runs(store), runs(store, "viewers")) == ({"c30", "c20"}, {"v20"})
    with pytest.raises(StoreError, match="has no collection comparison, it has catalogue, viewers"):
        plan(store, 1, 0, "comparison")


def test_a_broken_head_does_not_count_as_one_of_the_last(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    store.delete("catalogue/runs/r5/manifest.json")
    found = plan(store, 1)
    assert found.kept["catalogue"] == {4: "one of the last 1", 5: "later than those"}
    keep(store, 1)
    assert whole(store) == [4]
    assert runs(store) == {"r4", "r5"}
    assert rollback(store, "catalogue", 4).version.number == 6


def test_an_orphan_goes_when_it_is_old_and_nobody_can_commit_it_then(
    folder: Store, publish_at
) -> None:
    publish_at(folder, "r1", 1)
    folder.put("catalogue/runs/orphan/data.bin", b"x" * 10)
    settings = RetentionSettings(keep_last=1, keep_days=0)

    def again() -> Plan:
        # Ages come from the listing, whose clock is the machine's.
        return plan_retention(folder, settings, datetime.now(UTC))

    assert [run.run_id for run in again().waiting] == ["orphan"]
    long_ago = time.time() - 8 * 86_400
    os.utime(Path(folder.uri, "catalogue/runs/orphan/data.bin"), (long_ago, long_ago))
    found = again()
    assert [(one.run.run_id, one.reason, one.files.size) for one in found.leaving] == [
        ("orphan", "no commit points at it", 10)
    ]
    retire(folder, found, again, NOW)
    assert runs(folder) == {"r1"}
    with pytest.raises(RetiredVersionError, match=r"run orphan of catalogue .* was retired"):
        publish_at(folder, "orphan", 0)
    assert CommitLog(folder, "catalogue").numbers() == [1]


def test_orphans_stay_while_a_commit_cannot_be_read(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    store.put("catalogue/log/00000002.json", b"garbage")
    found = plan(store, 1)
    # r2 looks like an orphan now; its commit may be put back from a copy.
    assert [run.run_id for run in found.waiting] == ["r2"]
    assert [one.run.run_id for one in found.leaving] == ["r1", "r3", "r4"]
    (note,) = found.notes
    assert note.startswith("catalogue/log/00000002.json")


def test_a_need_that_is_gone_is_named(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    keep(store, 1)
    publish_at(store, "late", 1, model=3)
    assert plan(store, 1).notes == [
        "version 3 of catalogue cannot be read: its model is used by version 6 of catalogue"
    ]


def test_what_a_larger_setting_would_keep_stays_retired(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    keep(store, 2)
    store.put("catalogue/runs/r3/left-over.bin", b"x")  # a kill left it
    found = plan(store, 5)
    assert sorted(found.kept["catalogue"]) == [4, 5]
    keep(store, 5)
    assert runs(store) == {"r4", "r5"}


def test_files_that_are_no_collection_are_passed_over(store: Store, publish_at) -> None:
    publish_five(store, publish_at)
    for key in ("notes.txt", "checkpoints/fit-1.safetensors", "catalogue/log/README"):
        store.put(key, b"x")
    keep(store, 1)
    assert store.exists("checkpoints/fit-1.safetensors")
    assert store.exists("notes.txt")
    assert store.exists("catalogue/log/README")


def test_an_empty_store_has_nothing_to_keep() -> None:
    assert plan(open_store("memory://"), 1) == Plan({}, [], [], [])
