from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reelhouse.errors import DamagedFileError, StoreError
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version


@pytest.fixture
def version(tmp_path: Path, publish_run) -> Version:
    """titles.parquet, assignments.parquet/ in two parts, report/index.html."""
    return publish_run(open_store(tmp_path / "store", create=True), "a")


def stored(version: Version, path: str) -> Path:
    return Path(version.store.uri) / version.object_key(path)


def test_a_table_in_one_file_is_read(version: Version) -> None:
    assert version.read_table("titles").to_pydict() == {
        "title_id": ["a", "b"],
        "year": [2020, 2021],
    }


def test_a_table_in_parts_is_read_in_order(version: Version) -> None:
    parts = [part.to_pydict() for part in version.iter_tables("assignments", ["title_id"])]
    assert parts == [{"title_id": ["a"]}, {"title_id": ["b"]}]
    assert version.read_table("assignments").num_rows == 2


def test_an_absent_table_or_column_is_named(version: Version) -> None:
    with pytest.raises(StoreError, match=r"version 1 of catalogue in .* has no table clusters"):
        version.read_table("clusters")
    with pytest.raises(StoreError, match="has no column nope, it has title_id, year"):
        version.read_table("titles", ["nope"])


def test_has_knows_tables_files_and_folders(version: Version) -> None:
    for name in ("titles", "assignments", "report", "report/index.html", "titles.parquet"):
        assert version.has(name)
    assert not version.has("rep")
    assert not version.has("clusters")


def test_rows_are_counted_in_the_manifest(version: Version) -> None:
    rows = {entry.path: entry.rows for entry in version.manifest.files}
    assert rows == {
        "assignments.parquet/part-00000.parquet": 1,
        "assignments.parquet/part-00001.parquet": 1,
        "report/index.html": None,
        "titles.parquet": 2,
    }


def test_fetch_copies_a_folder(version: Version, tmp_path: Path) -> None:
    assert version.fetch("report", tmp_path / "out") == [tmp_path / "out/report/index.html"]
    assert (tmp_path / "out/report/index.html").read_text() == "<p>a</p>"
    assert len(version.fetch("", tmp_path / "all")) == 4


def test_a_sound_version_has_no_damage(version: Version) -> None:
    assert verify(version) == []


def test_every_damaged_file_is_named(version: Version, tmp_path: Path) -> None:
    flipped = stored(version, "titles.parquet")
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    short = stored(version, "report/index.html")
    short.write_bytes(short.read_bytes()[:-1])
    stored(version, "assignments.parquet/part-00001.parquet").unlink()

    damage = {found.path: found.problem for found in verify(version)}

    assert set(damage) == {
        "assignments.parquet/part-00001.parquet",
        "report/index.html",
        "titles.parquet",
    }
    assert "is missing" in damage["assignments.parquet/part-00001.parquet"]
    assert "has 7 bytes, the manifest says 8" in damage["report/index.html"]
    assert "differs from the manifest's sha256" in damage["titles.parquet"]
    for path in damage:
        with pytest.raises(DamagedFileError, match=path):
            version.read_bytes(path)
        with pytest.raises(DamagedFileError, match=path):
            version.fetch(path, tmp_path / "out")
        assert not (tmp_path / "out" / path).exists()
    with pytest.raises(DamagedFileError):
        version.read_table("titles")


def test_the_rows_of_a_key_are_found_in_a_file_and_in_parts(version: Version) -> None:
    assert version.rows_of("titles", "title_id", "b").to_pylist() == [
        {"title_id": "b", "year": 2021}
    ]
    assert version.rows_of("assignments", "title_id", "b")["year"].to_pylist() == [2021]
    assert version.rows_of("titles", "title_id", "c").num_rows == 0
    with pytest.raises(StoreError, match="has no table clusters"):
        version.rows_of("clusters", "title_id", "a")
    with pytest.raises(StoreError, match="has no column nope"):
        version.rows_of("titles", "nope", "a")


@pytest.mark.parametrize("key", ["a", "b"])
def test_only_the_part_that_may_hold_a_key_is_read(version: Version, key: str) -> None:
    known = version.manifest.model_copy(update={"results": {"assignments": {"first": ["a", "b"]}}})
    told = replace(version, manifest=known)
    other = {"a": 1, "b": 0}[key]
    stored(version, f"assignments.parquet/part-0000{other}.parquet").unlink()
    assert told.rows_of("assignments", "title_id", key).num_rows == 1
    with pytest.raises(DamagedFileError, match=f"part-0000{other}"):
        version.rows_of("assignments", "title_id", key)
