from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reelhouse.cli import main
from reelhouse.report.run_page import report_on
from reelhouse.runs.base import Base
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store
from tests.support.classified import stage_small_networks
from tests.support.compared import stage_small_comparison
from tests.support.explorer import stage_small_run
from tests.support.viewed import stage_small_viewers

each_collection = pytest.mark.parametrize(
    ("stage", "told"),
    [
        (stage_small_run, "Number of clusters"),
        (stage_small_networks, "Classifiers"),
        (stage_small_viewers, "Likeness"),
        (stage_small_comparison, "Accuracy and time"),
    ],
)


@each_collection
def test_every_collection_has_a_page_that_the_command_opens(
    stage: Callable[[Path], RunManifest], told: str, tmp_path: Path, capsys
) -> None:
    manifest = stage(tmp_path / "staged")
    store = open_store(tmp_path / "store", create=True)
    report_on(tmp_path / "staged", Base(store.uri, manifest.collection, None), manifest)
    publish(store, manifest.collection, tmp_path / "staged", manifest, None)
    arguments = ["--store", store.uri, "--collection", manifest.collection, "--no-browser"]
    assert main(["open", *arguments]) == 0
    (path,) = capsys.readouterr().out.splitlines()
    page = Path(path).read_text(encoding="utf-8")
    assert f">{told}</a>" in page
    assert f"{manifest.collection.capitalize()} version 1" in page


def test_a_run_after_a_version_tells_of_it(tmp_path: Path, data) -> None:
    manifest = stage_small_viewers(tmp_path / "one", moved=True, run=1)
    store = open_store(tmp_path / "store", create=True)
    before = publish(store, "viewers", tmp_path / "one", manifest, None)
    again = stage_small_viewers(tmp_path / "two")
    index = report_on(tmp_path / "two", Base(store.uri, "viewers", before), again)
    assert data(index.parent, "overview")["version"] == 2
    assert data(index.parent, "changes")["users"]["moved"] == 1
    assert [one["version"] for one in data(index.parent, "history")] == [1, 2]
