from pathlib import Path

import pytest

from reelhouse.runs.record import Outcome
from tasks.links_page import VARIABLE, links_page, published, store_address


def outcome(collection: str = "catalogue") -> Outcome:
    return Outcome(
        collection=collection, version=7, published=True, run_id="r1", counts={}, results={}
    )


def test_with_the_stores_address_every_file_is_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "http://127.0.0.1:8000/store/")
    page = links_page(outcome(), "my-store", ["report/index.html", "titles.parquet/"])
    assert page.splitlines()[2:] == [
        "- [report/index.html](http://127.0.0.1:8000/store/catalogue/runs/r1/report/index.html)",
        "- `titles.parquet/`",
    ]


def test_without_it_paths_and_the_command_that_shows_the_version_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    page = links_page(outcome("viewers"), "s3://me:secret@bucket/my store", ["manifest.json"])
    assert page.splitlines()[2:] == [
        "`reelhouse show --store 's3://bucket/my store' --version 7 --collection viewers`",
        "",
        "- `s3://bucket/my store/viewers/runs/r1/manifest.json`",
    ]


@pytest.mark.parametrize(
    "address", ["", "javascript:alert(1)", "https://me:secret@host", "https://h/) [x](y", "ftp://h"]
)
def test_what_is_no_plain_web_address_makes_no_link(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    assert store_address() is None


def test_only_what_the_run_holds_is_named_and_a_table_in_parts_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "clusters.parquet").touch()
    (tmp_path / "titles.parquet").mkdir()
    names = ["report/index.html", "clusters.parquet", "titles.parquet"]
    assert published(tmp_path, names) == ["clusters.parquet", "titles.parquet/", "manifest.json"]
