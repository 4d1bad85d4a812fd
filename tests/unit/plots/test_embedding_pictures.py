from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelhouse.plots.drawing import draw_png
from reelhouse.plots.embedding import EMBEDDING, draw_embedding, plan_embedding

#: Two groups, far apart along the first of three dimensions.
GROUPS = np.repeat([0, 4], 10)
CODES = np.stack(
    [np.where(GROUPS == 0, -5.0, 5.0), np.linspace(-1, 1, 20), np.zeros(20)], axis=1
).astype(np.float32)


def test_pca_shows_the_directions_of_most_variance() -> None:
    ((picture, table),) = plan_embedding(CODES, 2 * CODES, GROUPS, {4: "Four"}, flattening="pca")
    assert table.schema == EMBEDDING
    assert table["panel"].to_pylist() == ["before"] * 20 + ["after"] * 20
    # The groups lie along the first; it is hardly turned by the little that the second has.
    x = table["x"].to_numpy()
    assert x[:20] == pytest.approx(CODES[:, 0], abs=0.15)
    assert x[20:] == pytest.approx(2 * x[:20], abs=1e-4)
    assert picture.settings["coloured"] == {"0": "0", "4": "4: Four"}


def test_tsne_keeps_groups_apart_and_is_the_same_each_time() -> None:
    ((_, table),) = plan_embedding(CODES, CODES, GROUPS, {})
    ((_, again),) = plan_embedding(CODES, CODES, GROUPS, {})
    assert table.equals(again)
    places = np.stack([table["x"].to_numpy(), table["y"].to_numpy()], axis=1)[:20]
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (GROUPS[distances.argmin(axis=1)] == GROUPS).all()


def test_many_rows_are_a_sample_that_the_caption_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelhouse.plots.embedding._MOST_ROWS", 6)
    ((picture, table),) = plan_embedding(CODES, CODES, GROUPS, {}, flattening="pca", seed=1)
    assert table.num_rows == 12
    assert picture.caption.startswith("6 titles of 20: ")


def test_both_panels_number_every_cluster_and_the_legend_names_it(tmp_path: Path) -> None:
    ((picture, table),) = plan_embedding(CODES, CODES, GROUPS, {4: "$x$"}, flattening="pca")
    figure = draw_embedding(picture, table)
    assert [axes.get_title() for axes in figure.axes] == [
        "before the refinement",
        "after the refinement",
    ]
    for axes in figure.axes:
        assert [text.get_text() for text in axes.texts] == ["0", "4"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["0", "4: $x$"]
    draw_png(picture, table, tmp_path / "one.png")
    assert (tmp_path / "one.png").stat().st_size > 1000


def test_forty_nine_clusters_look_different() -> None:
    labels = np.arange(49)
    codes = np.random.default_rng(0).normal(size=(49, 2))
    ((picture, table),) = plan_embedding(codes, codes, labels, {}, flattening="pca")
    (legend,) = draw_embedding(picture, table).legends
    looks = {(mark.get_color(), mark.get_marker()) for mark in legend.get_lines()}
    assert len(looks) == 49


def test_a_single_row_has_no_picture() -> None:
    assert list(plan_embedding(CODES[:1], CODES[:1], GROUPS[:1], {})) == []
