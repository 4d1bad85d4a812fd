from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.classified import write_small_networks
from tests.support.explorer import write_small_page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_networks(tmp_path_factory.mktemp("deep") / "staged").parent


def test_classifiers_stand_with_what_they_are_worth(report: Path, data) -> None:
    found = data(report, "networks")
    worth = [(one["labels_from"], one["accuracy"], one["places"]) for one in found["classifiers"]]
    # 10 of 12 right, with six digits.
    assert worth == [("clusters", 0.833333, True), ("other fields", 0.833333, False)]
    assert len(found["report"]) == 6
    assert sum(one["titles"] for one in found["confusion"][:5]) == 12


def test_curves_are_lines_of_a_network(report: Path, data) -> None:
    (curve,) = data(report, "networks")["curves"]
    assert (curve["network"], curve["stage"]) == ("dense", "clusters")
    assert curve["lines"]["loss"] == [[1, 1.0], [2, 0.5], [3, 0.333333]]


def test_the_page_carries_the_picture_of_the_embedding_and_no_other(report: Path, data) -> None:
    (picture,) = data(report, "networks")["pictures"]
    assert picture["file"] == "pictures/embedding.png"
    assert (report / "pictures" / "embedding.png").read_bytes()[:4] == b"\x89PNG"
    assert [path.name for path in (report / "pictures").iterdir()] == ["embedding.png"]


def test_a_version_without_classifiers_has_no_such_part(report: Path, tmp_path: Path) -> None:
    plain = write_small_page(tmp_path / "staged").parent
    assert 'href="#/classifiers"' in (report / "index.html").read_text(encoding="utf-8")
    assert "classifiers" not in (plain / "index.html").read_text(encoding="utf-8")
    assert not (plain / "static" / "classifiers.js").exists()
    assert not (plain / "data" / "networks.js").exists()
