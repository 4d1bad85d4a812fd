from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from reelhouse.clustering.selection import Candidate
from reelhouse.plots.drawing import draw_png
from reelhouse.plots.heatmaps import draw_ratings, scale_of
from reelhouse.plots.pictures import FigureTables, Picture
from reelhouse.plots.tastes import apart
from reelhouse.plots.write import plan_figures

MakeTables = Callable[..., FigureTables]


def kinds(tables: FigureTables) -> list[str]:
    return sorted({picture.kind for picture, _ in plan_figures(tables)})


EVERY_KIND = [
    "choice",
    "curve",
    "genres",
    "profile",
    "rated",
    "ratings",
    "sizes",
    "tastes",
    "titles",
]


def test_every_table_has_its_pictures(make_tables: MakeTables) -> None:
    tables = make_tables(2)
    assert kinds(tables) == EVERY_KIND
    stems = [picture.stem for picture, _ in plan_figures(tables)]
    assert len(set(stems)) == len(stems)
    assert {
        "choice",
        "elbow",
        "silhouette",
        "ratings-cluster-001",
        "profile-ratings-per-user",
    } <= set(stems)


def test_nothing_has_no_pictures(make_tables: MakeTables) -> None:
    assert list(plan_figures(FigureTables())) == []
    full = make_tables()
    empty = FigureTables(
        full.clusters.slice(0, 0),
        full.preferences.slice(0, 0),
        full.heatmaps.slice(0, 0),
        full.tastes.slice(0, 0),
        (),
        None,
        full.profile.slice(0, 0),
    )
    assert list(plan_figures(empty)) == []


@pytest.mark.parametrize(
    ("n_clusters", "name"),
    [
        (1, "Emma"),
        (3, r"Tab\t $x^2$ {%} #$*! & <b> 漢字 🎬 עברית" + "\x00\n\u202e"),
        (9, "W" * 200),
    ],
)
def test_every_picture_is_drawn_without_a_warning_whatever_the_names(
    n_clusters: int, name: str, make_tables: MakeTables, tmp_path: Path
) -> None:
    drawn: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for picture, table in plan_figures(make_tables(n_clusters, name)):
            if picture.kind not in drawn:
                drawn.add(picture.kind)
                draw_png(picture, table, tmp_path / f"{picture.stem}.png")
    assert sorted(drawn) == EVERY_KIND
    assert len(list(tmp_path.iterdir())) == len(drawn)


@pytest.mark.parametrize("name", ["Wide NAMES of some length, and more " * 2, "a"])
def test_nothing_is_cut_off_at_the_edge(name: str, make_tables: MakeTables, tmp_path: Path) -> None:
    # The pictures of one cluster stand for those of the others.
    for picture, table in plan_figures(make_tables(1, name)):
        draw_png(picture, table, tmp_path / "x.png")
        with Image.open(tmp_path / "x.png") as image:
            pixels = np.asarray(image.convert("L"))
        edge = [pixels[:4], pixels[-4:], pixels[:, :4].T, pixels[:, -4:].T]
        assert all((side == 255).all() for side in edge), picture.stem
        assert (pixels < 255).any()


def test_a_picture_carries_its_title_and_caption(make_tables: MakeTables, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    picture, table = next(plan_figures(make_tables(2, "Amélie 漢")))
    draw_png(replace(picture, caption="A – 漢"), table, path)
    with Image.open(path) as image:
        assert image.info["Title"] == picture.title
        assert image.info["Description"] == "A – 漢"


def test_the_same_input_gives_the_same_bytes(make_tables: MakeTables, tmp_path: Path) -> None:
    for name in ("a", "b"):
        for picture, table in list(plan_figures(make_tables()))[:3]:
            draw_png(picture, table, tmp_path / f"{name}-{picture.stem}.png")
    for path in tmp_path.glob("a-*"):
        assert path.read_bytes() == (tmp_path / f"b-{path.name[2:]}").read_bytes()


def test_unrated_cells_have_a_colour_that_no_rating_has(make_tables: MakeTables) -> None:
    picture, table = next(
        one for one in plan_figures(make_tables(low=0.5, high=5)) if one[0].kind == "ratings"
    )
    figure = draw_ratings(picture, table)
    (image,) = figure.axes[0].images
    colours = {tuple(image.to_rgba(np.ma.masked_invalid([value]))[0]) for value in (0.5, 5, np.nan)}
    assert len(colours) == 3
    low = image.to_rgba(np.ma.masked_invalid([0.5, 1.0]))
    assert (low[0] != low[1]).any()


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([1, 5], [1, 2, 3, 4, 5]),
        ([0.5, 4, 5], [0.5 * step for step in range(1, 11)]),
        ([10, 1], list(range(1, 11))),
        ([0.0, 100.0], [0, 100]),
        ([-3.7, 2.2], [-3.7, 2.2]),
        ([4], [4]),
        ([], [0, 1]),
    ],
)
def test_the_scale_has_the_steps_of_the_ratings(values: list[float], steps: list[float]) -> None:
    assert scale_of(values) == steps


@pytest.mark.parametrize(("low", "high"), [(1, 10), (0, 100), (-3.7, 2.2), (4, 4), (0, 1)])
def test_other_ranges_of_ratings_are_drawn(
    low: float, high: float, make_tables: MakeTables, tmp_path: Path
) -> None:
    for picture, table in plan_figures(make_tables(1, low=low, high=high)):
        if picture.kind == "ratings":
            draw_png(picture, table, tmp_path / "x.png")
    assert (tmp_path / "x.png").exists()


def test_a_full_heatmap_has_room_for_every_label() -> None:
    n_users, n_titles = 70, 50
    table = pa.table(
        {
            "cluster_id": np.zeros(n_users * n_titles, np.int32),
            "user_rank": np.repeat(np.arange(1, n_users + 1), n_titles),
            "user_id": np.repeat(np.arange(2_600_000, 2_600_000 + n_users), n_titles),
            "title_rank": np.tile(np.arange(1, n_titles + 1), n_users),
            "title_id": np.tile(np.arange(n_titles), n_users),
            "name": ["Some rather long name of a title"] * n_users * n_titles,
            "rating": np.ones(n_users * n_titles, np.float32),
        }
    )
    figure = draw_ratings(Picture("x", "ratings", "T", "C", {"scale": [1, 2, 3]}), table)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert len(boxes) >= n_users + n_titles
    columns, rows = boxes[:n_titles], boxes[n_titles + 1 : n_titles + 1 + n_users]
    assert all(one.x1 <= other.x0 for one, other in pairwise(columns))
    assert all(one.y0 >= other.y1 for one, other in pairwise(rows))


def test_one_tried_number_of_clusters_makes_no_curve() -> None:
    assert list(plan_figures(FigureTables(curve=(Candidate(5, 3.0, 0.5),), chosen=5))) == []


def test_each_criterion_that_was_measured_has_a_curve() -> None:
    curve = [Candidate(k, 9.0 / k, 0.1 * k, 0.2 * k, 8.0, 1.0 * k, 0.9) for k in (3, 2)]
    planned = {
        picture.stem: table for picture, table in plan_figures(FigureTables(curve=curve, chosen=3))
    }
    assert set(planned) == {
        "choice",
        "elbow",
        "silhouette",
        "simplified-silhouette",
        "calinski-harabasz",
        "davies-bouldin",
        "stability",
    }
    assert planned["davies-bouldin"].to_pydict() == {
        "n_clusters": [2, 3],
        "davies_bouldin": [2.0, 3.0],
    }


def test_an_unknown_silhouette_is_left_out(tmp_path: Path) -> None:
    nan = float("nan")
    curve = (Candidate(9, 1.0, nan), Candidate(5, 3.0, nan), Candidate(2, 4.0, 0.1))
    ((picture, table),) = plan_figures(FigureTables(curve=curve))
    assert picture.stem == "elbow"
    assert table["n_clusters"].to_pylist() == [2, 5, 9]
    draw_png(picture, table, tmp_path / "x.png")


def test_more_clusters_than_can_be_read_are_cut(make_tables: MakeTables) -> None:
    sizes = next(table for one, table in plan_figures(make_tables(80)) if one.kind == "sizes")
    assert sizes.num_rows == 60
    assert sizes["size"][0].as_py() == 89


def test_numbers_in_one_spot_are_pushed_apart() -> None:
    places = apart(np.zeros((12, 2)), 0.2)
    between = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(between, 1)
    assert between.min() > 0.15
    far = np.array([[0.0, 0], [5, 5]])
    np.testing.assert_allclose(apart(far, 0.2), far, atol=1e-3)


def test_empty_bins_at_the_ends_of_a_histogram_are_left_out(make_tables: MakeTables) -> None:
    tables = {picture.stem: table for picture, table in plan_figures(make_tables())}
    assert tables["profile-ratings-per-user"]["lower"].to_pylist() == [2, 5]
