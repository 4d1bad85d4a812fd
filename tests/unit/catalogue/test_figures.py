from __future__ import annotations

import json
from pathlib import Path

import pytest

from reelhouse.catalogue.figures import write_choice
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.selection import CURVE, Candidate, curve_table
from reelhouse.storage.tables import write_table

CHOSEN = {"n_clusters": 3, "reason": "the silhouette is best there"}
CURVE_OF_THREE = (Candidate(2, 30.0, 0.1), Candidate(3, 20.0, 0.3), Candidate(4, 10.0, 0.2))


def staged(tmp_path: Path, curve: tuple[Candidate, ...]) -> Workspace:
    work = Workspace(tmp_path)
    work.staged.mkdir()
    write_table(curve_table(curve), work.staged / "selection.parquet", CURVE)
    return work


def test_the_choice_is_drawn_with_its_reason_and_a_curve_of_each_measure(tmp_path: Path) -> None:
    work = staged(tmp_path, CURVE_OF_THREE)
    # Of what was measured: the choice, the inertia and the silhouette.
    assert write_choice(work, CHOSEN) == 3
    listed = json.loads((work.staged / "figures" / "index.json").read_text(encoding="utf-8"))
    assert [one["stem"] for one in listed] == ["choice", "elbow", "silhouette"]
    assert "3 clusters were taken: the silhouette is best there." in listed[0]["caption"]
    assert {one["settings"]["chosen"] for one in listed} == {3}


@pytest.mark.parametrize("curve", [(), CURVE_OF_THREE[:1]])
def test_a_number_that_was_asked_for_has_no_pictures(
    curve: tuple[Candidate, ...], tmp_path: Path
) -> None:
    work = staged(tmp_path, curve)
    assert write_choice(work, CHOSEN) == 0
    assert not (work.staged / "figures").exists()
