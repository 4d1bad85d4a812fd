from __future__ import annotations

import pytest

from reelhouse.clustering.selection import Candidate
from reelhouse.plots.choice import CHOICE, MEAN, draw_choice, plan_choice
from reelhouse.plots.pictures import FigureTables

#: Silhouettes scale to 0, 1, 0.5, 0: a peak. The inertia falls straight: no elbow.
CURVE = (
    Candidate(2, 40.0, 0.1),
    Candidate(3, 30.0, 0.3),
    Candidate(4, 20.0, 0.2),
    Candidate(5, 10.0, 0.1),
)


def test_every_criterion_is_on_one_scale_and_the_reason_is_the_caption() -> None:
    ((picture, table),) = plan_choice(FigureTables(curve=CURVE, chosen=3, reason="it is best"))
    assert picture.caption.startswith("3 clusters were taken: it is best. ")
    assert table.schema == CHOICE
    scores = {
        name: [row["score"] for row in table.to_pylist() if row["criterion"] == name]
        for name in table["criterion"].unique().to_pylist()
    }
    assert scores["silhouette"] == pytest.approx([0.0, 1.0, 0.5, 0.0])
    # The only criterion with a peak is all that is heard.
    assert scores[MEAN] == pytest.approx(scores["silhouette"])
    unheard = {row["criterion"] for row in table.to_pylist() if not row["heard"]}
    assert unheard == {"simplified silhouette", "Davies-Bouldin", "Calinski-Harabasz", "elbow"}


def test_lines_are_told_apart_by_name_and_the_number_taken_is_marked() -> None:
    ((picture, table),) = plan_choice(FigureTables(curve=CURVE, chosen=3))
    (axes,) = draw_choice(picture, table).axes
    named = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "silhouette" in named
    assert "elbow (no peak)" in named
    assert named[-1] == MEAN
    assert list(axes.lines[-1].get_xdata()) == [3, 3]


@pytest.mark.parametrize("tables", [FigureTables(), FigureTables(curve=CURVE[:1], chosen=2)])
def test_one_number_is_no_choice(tables: FigureTables) -> None:
    assert list(plan_choice(tables)) == []
