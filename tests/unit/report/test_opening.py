from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reelhouse.cli import main
from reelhouse.errors import DamagedFileError, ReportError
from reelhouse.report import opening
from reelhouse.report.opening import page_of
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.publish import publish
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.version import Version
from tests.support.explorer import stage_small_run, write_small_page


@pytest.fixture
def version(tmp_path: Path) -> Version:
    write_small_page(tmp_path / "staged")
    # The page was written with the manifest that it is published with.
    manifest = stage_small_run(tmp_path / "again")
    store = open_store(tmp_path / "store", create=True)
    return publish(store, "catalogue", tmp_path / "staged", manifest, None)


class Elsewhere:
    """A store that is not a folder of this machine."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.uri = "s3://bucket/prefix"
        self.fetched: list[str] = []

    def fetch(self, key: str, target: Path) -> None:
        self.fetched.append(key)
        self._store.fetch(key, target)


def moved(version: Version) -> tuple[Version, Elsewhere]:
    store = Elsewhere(version.store)
    return Version(version.number, version.commit, version.manifest, store), store  # type: ignore[arg-type]


def test_the_page_of_a_local_store_is_opened_where_it_stands(
    version: Version, tmp_path: Path
) -> None:
    path = page_of(version, tmp_path / "cache")
    assert path == tmp_path / "store" / version.object_key("report/index.html")
    assert path.is_file()
    assert not (tmp_path / "cache").exists()


def test_a_page_from_elsewhere_is_fetched_once_and_nothing_else_of_the_run(
    version: Version, tmp_path: Path
) -> None:
    there, store = moved(version)
    path = page_of(there, tmp_path / "cache")
    assert path.is_relative_to(tmp_path / "cache")
    assert (path.parent / "data" / "overview.js").is_file()
    assert all("/report/" in key for key in store.fetched)
    n_fetched = len(store.fetched)
    assert page_of(there, tmp_path / "cache") == path
    assert len(store.fetched) == n_fetched


def test_a_fetched_file_that_was_changed_is_fetched_anew(version: Version, tmp_path: Path) -> None:
    there, store = moved(version)
    path = page_of(there, tmp_path / "cache")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Reelhouse", b"Realhouse"))
    store.fetched.clear()
    page_of(there, tmp_path / "cache")
    assert path.read_bytes() == whole
    assert len(store.fetched) == 1


def test_a_damaged_page_is_not_opened(version: Version, tmp_path: Path) -> None:
    path = page_of(version)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DamagedFileError, match=r"report/index\.html"):
        page_of(version)
    with pytest.raises(DamagedFileError):
        page_of(moved(version)[0], tmp_path / "cache")


def test_only_the_newest_fetched_pages_are_kept(
    version: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_KEPT", 1)
    path = page_of(moved(version)[0], tmp_path / "cache")
    collection = path.parents[2]
    older = collection / "older"
    older.mkdir()
    os.utime(older, (0, 0))
    page_of(moved(version)[0], tmp_path / "cache")
    assert [one.name for one in collection.iterdir()] == [version.manifest.run_id]


def test_a_version_without_a_page_says_so(small_store: Store) -> None:
    version = CommitLog(small_store, "catalogue").head()
    assert version is not None
    with pytest.raises(ReportError, match=r"version 2 of catalogue .* has no explorer page"):
        page_of(version)


def test_the_command_prints_where_the_page_is(version: Version, capsys, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert main(["open", "--store", version.store.uri, "--no-browser"]) == 0
    (path,) = capsys.readouterr().out.splitlines()
    assert path.endswith("report/index.html")
    assert opened == []
    assert main(["open", "--store", version.store.uri, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"collection": "catalogue", "version": 1, "page": Path(path).as_uri()}
    assert opened == []
    assert main(["open", "--store", version.store.uri]) == 0
    assert opened == [Path(path).as_uri()]
