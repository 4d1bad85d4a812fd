from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reelhouse.errors import CommitConflictError, StoreError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import FileEntry, RunManifest
from reelhouse.storage.publish import commit_run, publish, upload_run
from reelhouse.storage.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", create=True)


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    folder = tmp_path / "staged"
    (folder / "report").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"hello")
    (folder / "report" / "index.html").write_bytes(b"")
    return folder


def manifest(**changes: Any) -> RunManifest:
    fields: dict[str, Any] = {
        "run_id": "run-1",
        "collection": "catalogue",
        "flow": "test",
        "key": "k",
        "created_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    return RunManifest(**{**fields, **changes})


def test_every_file_is_listed_with_its_digest(store: Store, staged: Path) -> None:
    version = publish(store, "catalogue", staged, manifest(), None)
    assert version.number == 1
    assert version.manifest.files == [
        FileEntry(path="a.txt", size=5, sha256=hashlib.sha256(b"hello").hexdigest()),
        FileEntry(path="report/index.html", size=0, sha256=hashlib.sha256(b"").hexdigest()),
    ]
    assert [entry.key for entry in store.list()] == [
        "catalogue/latest.json",
        "catalogue/log/00000001.json",
        "catalogue/runs/run-1/a.txt",
        "catalogue/runs/run-1/manifest.json",
        "catalogue/runs/run-1/report/index.html",
    ]


def test_an_uploaded_run_is_no_version_yet(store: Store, staged: Path) -> None:
    upload_run(store, "catalogue", staged, manifest())
    assert CommitLog(store, "catalogue").head() is None


def test_uploading_again_gives_the_same_manifest(store: Store, staged: Path) -> None:
    first = upload_run(store, "catalogue", staged, manifest())
    again = upload_run(store, "catalogue", staged, manifest())
    assert first.manifest_sha256 == again.manifest_sha256


def test_a_run_id_is_not_used_twice(store: Store, staged: Path) -> None:
    publish(store, "catalogue", staged, manifest(), None)
    (staged / "a.txt").write_bytes(b"other")
    with pytest.raises(StoreError, match="already holds another run, use a new run id"):
        upload_run(store, "catalogue", staged, manifest())
    assert CommitLog(store, "catalogue").version(1).read_bytes("a.txt") == b"hello"


def test_committing_a_reference_twice_makes_one_version(store: Store, staged: Path) -> None:
    reference = upload_run(store, "catalogue", staged, manifest())
    first = commit_run(store, reference, None)
    assert commit_run(store, reference, None).commit.commit_id == first.commit.commit_id
    assert CommitLog(store, "catalogue").numbers() == [1]


def test_of_two_runs_for_the_same_parent_one_is_committed(store: Store, staged: Path) -> None:
    one = upload_run(store, "catalogue", staged, manifest())
    two = upload_run(store, "catalogue", staged, manifest(run_id="run-2"))
    commit_run(store, one, None)
    with pytest.raises(CommitConflictError, match="was committed by another writer first"):
        commit_run(store, two, None)
    assert CommitLog(store, "catalogue").head().manifest.run_id == "run-1"


def test_progress_is_told_file_by_file(store: Store, staged: Path) -> None:
    told: list[tuple[str, int, int]] = []
    upload_run(
        store,
        "catalogue",
        staged,
        manifest(),
        on_file=lambda entry, done, total: told.append((entry.path, done, total)),
    )
    assert sorted(path for path, _, _ in told) == ["a.txt", "report/index.html"]
    assert [(done, total) for _, done, total in told] == [(1, 2), (2, 2)]


def test_an_empty_folder_is_not_published(store: Store, tmp_path: Path) -> None:
    (tmp_path / "nothing" / "deeper").mkdir(parents=True)
    with pytest.raises(StoreError, match="holds no file to publish"):
        publish(store, "catalogue", tmp_path / "nothing", manifest(), None)


@pytest.mark.parametrize("name", ["titles.parquet.partial", "link", "manifest.json", "a#1"])
def test_what_should_not_be_staged_is_refused(store: Store, staged: Path, name: str) -> None:
    if name == "link":
        (staged / name).symlink_to("/etc/hostname")
    else:
        (staged / name).write_bytes(b"x")
    with pytest.raises(StoreError):
        publish(store, "catalogue", staged, manifest(), None)
    assert store.list() == []


def test_a_parquet_file_that_is_none_is_named(store: Store, staged: Path) -> None:
    (staged / "titles.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(StoreError, match=r"titles\.parquet is no Parquet file"):
        publish(store, "catalogue", staged, manifest(), None)


def test_a_store_that_loses_files_is_found_out_before_the_commit(
    store: Store, staged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = type(store).put

    def put(self: Store, key: str, content: bytes | Path) -> None:
        written(self, key, b"hel" if key.endswith("a.txt") else content)

    monkeypatch.setattr(type(store), "put", put)
    with pytest.raises(StoreError, match="has 3 bytes after writing, required are 5"):
        publish(store, "catalogue", staged, manifest(), None)
    assert CommitLog(store, "catalogue").head() is None
