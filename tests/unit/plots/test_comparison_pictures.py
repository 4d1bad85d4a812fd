from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from matplotlib.text import Text
from PIL import Image

from reelhouse.plots.comparison import draw_accuracy_time, draw_learning_curves, plan_comparison
from reelhouse.plots.drawing import draw_png
from reelhouse.schema import COMPARISON, COMPARISON_CURVES


def row(model: str, rmse: float | None, **others: Any) -> dict[str, Any]:
    found = {
        "protocol": "rating", "model": model, "family": "graph", "status": "measured",
        "rmse": rmse, "rmse_low": rmse and rmse - 0.01, "rmse_high": rmse and rmse + 0.01,
        "seconds_fit": 0.5, "n_splits": 2, "n_trials": 1, "settings": "{}",
    }  # fmt: skip
    return found | others


def points(model: str, *values: float | None) -> list[dict[str, Any]]:
    return [
        {
            "protocol": "rating",
            "model": model,
            "epoch": epoch,
            "seconds": epoch / 10,
            "value": value,
        }
        for epoch, value in enumerate(values, 1)
    ]


ROWS = [
    row("bias", 0.94, family="baseline", seconds_fit=0.0),
    row("svd", 0.91),
    row("svd++", 0.9101),
    row("broken", None, status="failed"),
    row("ensemble", 0.90, family="ensemble"),
]
CURVES = [*points("svd", 1.1, 0.93, 0.91, 0.92), *points("svd++", None, 0.95, None, 0.915)]


def planned() -> dict[str, tuple]:
    tables = (
        pa.Table.from_pylist(ROWS, schema=COMPARISON),
        pa.Table.from_pylist(CURVES, schema=COMPARISON_CURVES),
    )
    return {picture.stem: (picture, table) for picture, table in plan_comparison(*tables)}


def test_a_protocol_without_rows_has_no_pictures() -> None:
    assert set(planned()) == {"accuracy-time-rating", "learning-curves-rating"}


def test_what_failed_and_what_was_not_judged_is_no_point() -> None:
    found = planned()
    assert "broken" not in found["accuracy-time-rating"][1]["model"].to_pylist()
    assert found["learning-curves-rating"][1].num_rows == 6


def test_every_model_is_named_and_no_name_lies_on_another() -> None:
    figure = draw_accuracy_time(*planned()["accuracy-time-rating"])
    figure.draw_without_rendering()
    (axes,) = figure.axes
    names = [text for text in axes.texts if text.get_text()]
    assert sorted(text.get_text() for text in names) == ["bias", "ensemble", "svd", "svd++"]
    # Without the lines that lead to the points.
    boxes = sorted((Text.get_window_extent(text) for text in names), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_a_model_that_took_no_time_stands_on_the_axis() -> None:
    figure = draw_accuracy_time(*planned()["accuracy-time-rating"])
    assert figure.axes[0].get_xlim()[0] > 0


def test_the_best_epoch_of_each_curve_is_marked() -> None:
    figure = draw_learning_curves(*planned()["learning-curves-rating"])
    rings = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [tuple(ring.get_xydata()[0]) for ring in rings] == [(3, 0.91), (4, 0.915)]


@pytest.mark.parametrize("stem", ["accuracy-time-rating", "learning-curves-rating"])
def test_pictures_are_drawn_and_carry_their_captions(stem: str, tmp_path: Path) -> None:
    picture, table = planned()[stem]
    draw_png(picture, table, tmp_path / "one.png")
    with Image.open(tmp_path / "one.png") as image:
        assert image.text["Description"] == picture.caption  # type: ignore[attr-defined]
        assert image.width > 600
