from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from reelhouse.plots.classifiers import (
    CONFUSION,
    LEARNING,
    draw_confusion,
    draw_learning,
    plan_confusion,
    plan_learning,
)
from reelhouse.plots.drawing import draw_png


def points(network: str, what: str, *values: float | None) -> list[dict[str, Any]]:
    return [
        {"network": network, "epoch": epoch, "what": what, "value": value}
        for epoch, value in enumerate(values, 1)
    ]


CURVES = pa.Table.from_pylist(
    [
        *points("dense", "loss", 2.0, 1.0, 0.5),
        *points("dense", "validation_loss", 1.5, 1.2, 1.3),
        *points("dense", "accuracy", 0.2, 0.6, 0.9),
        *points("dense", "validation_accuracy", 0.3, 0.5, 0.4),
        *points("autoencoder", "loss", 3.0, 2.0),
        *points("autoencoder", "validation_loss", None, None),
    ],
    schema=LEARNING,
)
#: 10 titles, of which 7 are placed right; two of cluster 1 are taken for 0.
CONFUSED = np.array([[4, 0, 0], [2, 3, 1], [0, 0, 0]])


def test_a_network_without_an_accuracy_is_in_the_picture_of_the_loss_alone() -> None:
    accuracy, loss = plan_learning(CURVES)
    assert accuracy[1]["network"].unique().to_pylist() == ["dense"]
    assert loss[1]["network"].unique().to_pylist() == ["dense", "autoencoder"]
    assert loss[1]["value"].null_count == 0


@pytest.mark.parametrize(("which", "best"), [(0, (2, 0.5)), (1, (2, 1.2))])
def test_both_lines_are_drawn_and_the_best_validation_is_marked(
    which: int, best: tuple[int, float]
) -> None:
    figure = draw_learning(*list(plan_learning(CURVES))[which])
    axes = figure.axes[0]
    assert axes.get_title() == "dense"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "training",
        "validation",
    ]
    (ring,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert tuple(ring.get_xydata()[0]) == best


def test_panels_beyond_the_networks_are_not_drawn() -> None:
    rows = [row for name in "abcd" for row in points(name, "loss", 1.0, 0.5)]
    ((picture, table),) = plan_learning(pa.Table.from_pylist(rows, schema=LEARNING))
    figure = draw_learning(picture, table)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c", "d"]


def test_the_caption_counts_and_tells_the_worst_confusion() -> None:
    ((picture, table),) = plan_confusion("shallow LSTM", CONFUSED, {1: "One"})
    assert picture.stem == "confusion-shallow-lstm"
    assert table.schema == CONFUSION
    assert picture.caption == (
        "10 titles for testing, 7 (70.0%) placed right. Most often confused: 2 titles of cluster 1 "
        "taken for 0. Colours are shares of a row."
    )


def test_cells_hold_counts_and_colours_are_shares_of_the_row() -> None:
    ((picture, table),) = plan_confusion("dense", CONFUSED, {1: "One"})
    axes = draw_confusion(picture, table).axes[0]
    # A cluster without a title is a row of zeros, not of what is no number.
    assert np.asarray(axes.images[0].get_array()) == pytest.approx(
        np.array([[1, 0, 0], [1 / 3, 1 / 2, 1 / 6], [0, 0, 0]])
    )
    written = [text.get_text() for text in axes.texts]
    assert written[:4] == ["4", "2", "3", "1"]
    assert "1: One" in written


def test_the_pictures_are_drawn_by_their_kinds(tmp_path: Path) -> None:
    planned = [*plan_learning(CURVES), *plan_confusion("dense", CONFUSED, {})]
    for picture, table in planned:
        draw_png(picture, table, tmp_path / "one.png")
        assert (tmp_path / "one.png").stat().st_size > 1000


def test_nothing_learned_and_nothing_tested_have_no_picture() -> None:
    assert list(plan_learning(CURVES.slice(0, 0))) == []
    assert list(plan_confusion("dense", np.zeros((2, 2), np.int64), {})) == []


def test_a_small_loss_is_seen_beside_a_large_one_and_beside_one_that_ran_away() -> None:
    curves = pa.Table.from_pylist(
        [*points("large", "loss", 8.0, 4.0), *points("small", "loss", 0.2, 0.1, 50.0)],
        schema=LEARNING,
    )
    (planned,) = plan_learning(curves)
    large, small = draw_learning(*planned).axes[:2]
    assert large.get_ylim() == pytest.approx((0.0, 8.4))
    # Three times what it began with.
    assert small.get_ylim() == pytest.approx((0.0, 0.63))
