"""The n-th call to the store fails, for every n, before or after it landed."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelhouse.errors import CommitConflictError, StoreError
from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.store import ObjectExistsError, Store, open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.support.counting_store import CountingStore, FailingStore


def publish_unless_done(store: Store, mark: str, publish_run) -> Version:
    """What a flow does: nothing when the head has this run's key, else one publication."""
    head = CommitLog(store, "catalogue").head()
    if head is not None and head.manifest.key == mark:
        return head
    return publish_run(store, mark, parent=head.number if head else None)


def content(version: Version) -> list[str]:
    return version.read_table("titles")["title_id"].to_pylist()


def calls_of_a_publication(publish_run) -> int:
    store = open_store("memory://")
    publish_run(store, "old")
    counting = CountingStore(store)
    publish_unless_done(counting, "new", publish_run)
    return len(counting.names)


@pytest.mark.faults
@pytest.mark.parametrize("landed", [False, True], ids=["not-arrived", "reply-lost"])
def test_whichever_call_fails_a_version_is_readable_and_the_next_run_converges(
    landed: bool, publish_run
) -> None:
    total = calls_of_a_publication(publish_run)
    assert total > 10
    for number in range(total):
        store = open_store("memory://")
        publish_run(store, "old")
        log = CommitLog(store, "catalogue")
        failing = FailingStore(store, fail_at=number, landed=landed)
        try:
            publish_unless_done(failing, "new", publish_run)
            acknowledged = True
        except CommitConflictError as error:
            pytest.fail(f"call {number}: a conflict with nobody: {error}")
        except StoreError:
            acknowledged = False
        head = log.head()
        assert verify(head) == [], f"call {number}"
        assert content(head) in (["old", "b"], ["new", "b"])
        assert not acknowledged or head.number == 2

        again = publish_unless_done(store, "new", publish_run)

        assert content(again) == ["new", "b"]
        assert log.numbers() == [1, 2], f"call {number}: one new version, not more"
        assert verify(again) == []


class LosingStore(CountingStore):
    """Creates commits, and answers as a client does whose first reply was lost."""

    def __init__(self, store: Store, error: StoreError) -> None:
        super().__init__(store)
        self._error = error

    def create(self, key: str, content: bytes) -> None:
        self._store.create(key, content)
        raise self._error


@pytest.mark.parametrize("error", [ObjectExistsError("it exists"), StoreError("timed out")])
def test_a_commit_whose_reply_is_lost_is_acknowledged(error: StoreError, publish_run) -> None:
    store = open_store("memory://")
    version = publish_run(LosingStore(store, error), "new")
    assert version.number == 1
    assert CommitLog(store, "catalogue").numbers() == [1]


class LyingStore(CountingStore):
    """Says that the object exists, for the first `lies` creates, and writes nothing."""

    def __init__(self, store: Store, lies: int) -> None:
        super().__init__(store)
        self._lies = lies

    def create(self, key: str, content: bytes) -> None:
        self._lies -= 1
        if self._lies >= 0:
            raise ObjectExistsError("it exists")
        self._store.create(key, content)


def test_a_conflict_over_nothing_is_tried_again(publish_run) -> None:
    store = open_store("memory://")
    assert publish_run(LyingStore(store, lies=2), "new").number == 1


def test_a_conflict_over_nothing_that_lasts_is_an_error(publish_run) -> None:
    store = open_store("memory://")
    with pytest.raises(StoreError, match="is said to exist but cannot be read"):
        publish_run(LyingStore(store, lies=100), "new")
    assert CommitLog(store, "catalogue").head() is None


class DeafStore(LosingStore):
    """Loses the reply of a create, and from then on every read."""

    def get(self, key: str) -> bytes:
        if self._store.list("catalogue/log"):
            raise StoreError("no route to host")
        return self._store.get(key)


def test_an_unknown_outcome_is_called_so_and_nothing_is_deleted(publish_run) -> None:
    store = open_store("memory://")
    with pytest.raises(StoreError, match="was committed is unknown, the run's files are kept"):
        publish_run(DeafStore(store, StoreError("timed out")), "new")
    head = CommitLog(store, "catalogue").head()
    assert head.number == 1
    assert verify(head) == []


def test_another_writer_s_commit_is_a_conflict_and_stands(publish_run) -> None:
    store = open_store("memory://")
    publish_run(store, "old")
    theirs = CommitLog(store, "catalogue").version(1).commit

    class Rival(CountingStore):
        def create(self, key: str, content: bytes) -> None:
            rival = Commit(**{**theirs.model_dump(), "version": 2, "commit_id": "theirs"})
            self._store.create(key, rival.to_json())
            self._store.create(key, content)

    with pytest.raises(CommitConflictError, match=r"00000002\.json .* another writer"):
        publish_run(Rival(store), "ours", parent=1)
    assert CommitLog(store, "catalogue").head().commit.commit_id == "theirs"


def test_a_hint_that_cannot_be_written_is_only_logged(
    publish_run, caplog: pytest.LogCaptureFixture
) -> None:
    class NoHint(CountingStore):
        def put(self, key: str, content: bytes | Path) -> None:
            if key.endswith("latest.json"):
                raise StoreError("denied")
            self._store.put(key, content)

    store = open_store("memory://")
    assert publish_run(NoHint(store), "new").number == 1
    assert "latest.json of catalogue was not written: denied" in caplog.text
