from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from reelhouse.report import titles
from tests.support.explorer import PER_CLUSTER, title_id, write_small_page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_page(tmp_path_factory.mktemp("page") / "staged").parent


def data(report: Path, name: str) -> Any:
    text = (report / "data" / f"{name}.js").read_text(encoding="utf-8")
    called = re.fullmatch(r'reelhouseData\("([a-z0-9-]+)",(.*)\);\n', text, re.DOTALL)
    assert called is not None
    assert called[1] == name
    return json.loads(called[2])


def test_titles_are_numbered_cluster_by_cluster(report: Path) -> None:
    overview = data(report, "overview")
    spans = [(one["id"], one["start"], one["stop"]) for one in overview["clusters"]]
    assert spans == [(0, 0, 12), (1, 12, 24), (4, 24, 36)]
    names = data(report, "names-000")
    assert names["names"][PER_CLUSTER] == "Narcos"
    assert names["ids"] == [title_id(number) for number in range(36)]
    assert names["shows"] == [0] * 12 + [1] * 12 + [0] * 12


def test_positions_are_steps_of_the_map(report: Path) -> None:
    drawn = data(report, "map")
    # From -1 to 1 in 10,000 steps: the first and last of a row, and the three rows.
    assert (drawn["x"][0], drawn["x"][11]) == (0, 10_000)
    assert [drawn["y"][row] for row in (0, 12, 24)] == [0, 5_000, 10_000]


def test_next_titles_are_numbers_with_score_and_reason_the_best_first(report: Path) -> None:
    details = data(report, "titles-000")
    # Of Narcos: the two after it in its cluster, then the same of the next cluster.
    assert details["next"][12] == [13, 80, 0, 14, 70, 0, 24, 60, 1]
    assert data(report, "overview")["reasons"][1].startswith("of a neighbour cluster")


def test_titles_that_a_refit_moved_are_counted_beside_earlier_versions(report: Path) -> None:
    assert data(report, "overview")["moved"] == 2
    assert [(one["version"], one["moved"]) for one in data(report, "history")] == [(1, 0), (2, 2)]


def test_a_title_tells_what_happened_to_it_since_the_version_before(report: Path) -> None:
    happened = data(report, "titles-000")["happened"]
    assert {at: told for at, told in enumerate(happened) if told} == {
        3: [{"change": "edited", "fields": ["cast"], "from": 0}],
        35: [{"change": "added", "fields": [], "from": None}],
    }


def test_details_and_names_are_cut_into_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "TITLES_PER_FILE", 10)
    monkeypatch.setattr(titles, "NAMES_PER_FILE", 20)
    report = write_small_page(tmp_path / "staged").parent
    listed = sorted(path.stem for path in (report / "data").glob("*-*.js"))
    assert listed == [*(f"names-00{n}" for n in range(2)), *(f"titles-00{n}" for n in range(4))]
    assert data(report, "names-001")["names"][0] == "Title 20"
    assert len(data(report, "titles-003")["cast"]) == 6
    assert data(report, "titles-003")["cast"][5] == ["Wagner Moura", "Actor 35"]


def test_a_large_catalogue_is_a_sample_that_holds_the_representatives(tmp_path: Path) -> None:
    report = write_small_page(tmp_path / "staged", most_titles=9).parent
    overview = data(report, "overview")
    assert overview["titles"] == 36
    assert 9 <= overview["shown"] < 36
    # Two representatives of each of three clusters are always there.
    assert [len(one["examples"]) for one in overview["clusters"]] == [2, 2, 2]
    ids = data(report, "names-000")["ids"]
    assert ids == sorted(ids)
    assert len(ids) == overview["shown"]
    # A next title that the page does not hold is left out.
    numbers = [number for row in data(report, "titles-000")["next"] for number in row[::3]]
    assert all(0 <= number < overview["shown"] for number in numbers)


def test_changes_lead_to_titles_that_are_there(report: Path) -> None:
    found = data(report, "changes")
    assert found["counts"] == {"added": 1, "edited": 1, "removed": 1}
    assert {kind: [row["at"] for row in rows] for kind, rows in found["rows"].items()} == {
        "added": [35],
        "edited": [3],
        "removed": [-1],
    }


def test_the_history_ends_with_this_version(report: Path) -> None:
    rows = data(report, "history")
    assert [(row["version"], row["flow"], row["counts"][""]) for row in rows] == [
        (1, "catalogue", 35),
        (2, "nightly", 36),
    ]
    assert rows[1]["outliers"] == 0.1


def test_the_page_forbids_everything_but_its_own_files(report: Path) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert f'http-equiv="Content-Security-Policy" content="{policy}"' in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=", page)
    linked = re.findall(r'(?:src|href)="([^"#][^"]*)"', page)
    assert all((report / path).is_file() for path in linked if path != "data:,")


def test_the_plotting_library_is_the_one_that_its_note_names() -> None:
    vendor = files("reelhouse.report") / "static" / "vendor"
    note = dict(
        line.split(" ", 1) for line in (vendor / "echarts.txt").read_text("utf-8").splitlines()
    )
    library = (vendor / Path(note["file"]).name).read_bytes()
    assert hashlib.sha256(library).hexdigest() == note["sha256"]
    assert f't.version="{note["version"]}"'.encode() in library
    assert "Apache License" in (vendor / "LICENSE-echarts.txt").read_text("utf-8")


def test_no_script_of_the_page_makes_elements_from_text() -> None:
    scripts = [
        path for path in (files("reelhouse.report") / "static").iterdir() if path.name[-3:] == ".js"
    ]
    assert len(scripts) >= 8
    for script in scripts:
        text = script.read_text("utf-8")
        assert '"use strict";' in text
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        )
