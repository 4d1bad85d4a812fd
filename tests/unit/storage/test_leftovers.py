from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reelhouse.storage.bucket import Bucket
from reelhouse.storage.leftovers import Leftovers, find_leftovers, remove_leftovers
from reelhouse.storage.store import Store, open_store


@pytest.fixture(autouse=True)
def _no_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", create=True)


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def found(store: Store) -> Leftovers:
    return find_leftovers(store, 7, datetime.now(UTC))


def test_old_temporary_files_and_probes_go_and_young_ones_stay(store: Store) -> None:
    root = Path(store.uri)
    for name, hours in (
        ("catalogue/log/old#17", 2),
        ("catalogue/log/young#18", 0.5),
        (".reelhouse-probe-aa", 2),
        (".reelhouse-probe-bb", 0.5),
        (".reelhouse-probe-cc#19", 2),
        ("catalogue/log/00000001.json", 99),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"four")
        age(root / name, hours)
    left = found(store)
    assert [path.name for path in left.temporary] == [".reelhouse-probe-cc#19", "old#17"]
    assert [probe.key for probe in left.probes] == [".reelhouse-probe-aa"]
    assert (left.uploads, left.workspaces, left.notes, left.size) == ([], [], [], 12)

    remove_leftovers(store, left)
    remove_leftovers(store, left)  # as two housekeepings at once do

    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == [
        ".reelhouse-probe-bb", "00000001.json", "young#18",
    ]  # fmt: skip
    assert found(store) == Leftovers([], [], [], [], [])


def test_a_workspace_of_a_killed_process_goes(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "scratch" / "reelhouse-killed"
    folder.mkdir()
    (folder / "big").write_bytes(b"x" * 50)
    (folder / ".in-use").touch()
    age(folder / ".in-use", 2)
    left = found(store)
    assert (left.size, [one.path for one in left.workspaces]) == (50, [folder])
    remove_leftovers(store, left)
    assert not folder.exists()


def test_without_the_library_for_uploads_the_operator_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = Bucket.__new__(Bucket)
    monkeypatch.setattr(Bucket, "list", lambda self, prefix="": [])
    monkeypatch.setattr("reelhouse.storage.leftovers.can_list_uploads", lambda: False)
    (note,) = found(bucket).notes
    assert "pip install 'reelhouse[s3]'" in note
    assert "AbortIncompleteMultipartUpload" in note
