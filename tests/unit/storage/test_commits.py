from __future__ import annotations

import json

import pytest

from reelhouse.errors import BrokenCommitError, CommitConflictError, NoVersionError
from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.store import Store, open_store

HEAD = "catalogue/log/00000002.json"


@pytest.fixture
def store() -> Store:
    return open_store("memory://")


@pytest.fixture
def log(store: Store, publish_run) -> CommitLog:
    """Two versions, whose titles are marked one and two."""
    publish_run(store, "one")
    publish_run(store, "two", parent=1)
    return CommitLog(store, "catalogue")


def test_an_empty_store_has_no_head(store: Store) -> None:
    log = CommitLog(store, "catalogue")
    assert log.head() is None
    assert log.versions() == []
    with pytest.raises(NoVersionError, match="no version 1, it has none"):
        log.version(1)


def test_the_head_is_the_highest_commit(log: CommitLog) -> None:
    head = log.head()
    assert head is not None
    assert (head.number, head.commit.parent, head.manifest.key) == (2, 1, "two")
    assert log.version(1).manifest.key == "one"


def test_an_absent_version_names_those_there_are(log: CommitLog) -> None:
    with pytest.raises(NoVersionError, match="no version 7, it has 1 to 2"):
        log.version(7)


def test_the_hint_follows_and_is_not_needed(log: CommitLog, store: Store) -> None:
    assert b'"version": 2' in store.get("catalogue/latest.json")
    store.put("catalogue/latest.json", b"garbage")
    assert log.head().number == 2


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b"[1]", b'{"format": 2}', b"\xff"])
def test_a_broken_head_names_the_object_and_the_way_out(
    log: CommitLog, store: Store, content: bytes
) -> None:
    store.put(HEAD, content)
    with pytest.raises(BrokenCommitError) as caught:
        log.head()
    message = str(caught.value)
    assert HEAD in message
    assert "the last readable version is 1, " in message
    assert f"`reelhouse rollback --version 1 --store {store.uri}` restores it" in message
    assert "\n" not in message
    (_, first), (_, second) = log.versions()
    assert isinstance(first, Commit)
    assert HEAD in second


def test_a_missing_manifest_breaks_the_head(log: CommitLog, store: Store) -> None:
    key = f"catalogue/{log.version(2).commit.manifest}"
    store.delete(key)
    with pytest.raises(BrokenCommitError, match=f"{key} .* is missing"):
        log.head()


def test_a_changed_manifest_breaks_the_head(log: CommitLog, store: Store) -> None:
    key = f"catalogue/{log.version(2).commit.manifest}"
    store.put(key, store.get(key).replace(b'"two"', b'"TWO"'))
    with pytest.raises(BrokenCommitError, match="differs from the commit's sha256"):
        log.head()


def test_a_commit_under_another_number_is_broken(log: CommitLog, store: Store) -> None:
    store.put("catalogue/log/00000003.json", store.get(HEAD))
    with pytest.raises(BrokenCommitError, match="says version 2, required is 3"):
        log.head()


def test_a_commit_cannot_point_outside_its_run(log: CommitLog, store: Store) -> None:
    run = log.version(2).commit.run_id
    store.put(HEAD, store.get(HEAD).replace(f"runs/{run}/".encode(), b"../other/"))
    with pytest.raises(BrokenCommitError, match="not that of run"):
        log.head()


def test_when_nothing_is_readable_the_message_says_so(store: Store, publish_run) -> None:
    publish_run(store, "one")
    store.put("catalogue/log/00000001.json", b"garbage")
    with pytest.raises(BrokenCommitError, match="no version before it is readable"):
        CommitLog(store, "catalogue").head()


def test_other_names_in_the_log_are_passed_over(log: CommitLog, store: Store) -> None:
    store.put("catalogue/log/README", b"x")
    store.put("catalogue/log/9.json", b"x")
    assert log.numbers() == [1, 2]


def test_a_run_made_for_an_older_version_conflicts(
    log: CommitLog, store: Store, publish_run
) -> None:
    before = store.list()
    with pytest.raises(CommitConflictError, match="is at version 2, this run was made for"):
        publish_run(store, "late", parent=1)
    assert store.list() == before


def test_a_run_made_for_a_version_that_is_not_there_conflicts(log, store, publish_run) -> None:
    with pytest.raises(CommitConflictError, match="this run was made for version 3"):
        publish_run(store, "early", parent=3)
    assert log.numbers() == [1, 2]


def test_no_single_bit_of_a_commit_can_flip_unnoticed(log: CommitLog, store: Store) -> None:
    content = store.get(HEAD)
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match=r"."):
            Commit.from_json(bytes(flipped))
    assert Commit.from_json(content).version == 2


@pytest.mark.parametrize("tail", [b" ", b"\n", b"\n{}"])
def test_a_commit_with_something_behind_it_is_refused(log: CommitLog, store: Store, tail) -> None:
    store.put(HEAD, store.get(HEAD) + tail)
    with pytest.raises(BrokenCommitError, match=r"00000002\.json .* is no readable commit"):
        log.version(2)


def test_a_commit_of_before_digests_is_read(log: CommitLog, store: Store) -> None:
    document = json.loads(store.get(HEAD))
    del document["digest"]
    store.put(HEAD, json.dumps(document).encode())
    assert log.head().number == 2


def test_a_commit_of_before_collections_names_its_own_when_it_is_in_force_again(
    log: CommitLog,
) -> None:
    old = log.version(1).commit.model_copy(update={"collection": None, "digest": None})
    assert old.again("catalogue", parent=7).collection == "catalogue"


def test_a_commit_of_another_collection_is_refused(log: CommitLog, store: Store) -> None:
    store.put("viewers/log/00000002.json", store.get(HEAD))
    with pytest.raises(BrokenCommitError, match=r"viewers/log/00000002\.json .* of catalogue$"):
        CommitLog(store, "viewers").version(2)
