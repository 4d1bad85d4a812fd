"""Average rating of each user for two genres, a third as the marker's size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned, called, counted
from reelhouse.plots.text import FONT, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Area of the smallest marker and what the largest has beyond it, in square points.
_SMALLEST, _GROWTH = 5.0, 50.0
_NAME_CHARACTERS = 30


def plan_tastes(tables: FigureTables) -> Iterator[Planned]:
    """One scatter, where at least two genres have users with enough ratings."""
    tastes = tables.tastes
    if tastes is None or not tastes.num_rows:
        return
    axes = dict(zip(tastes["axis"].to_pylist(), tastes["genre"].to_pylist(), strict=True))
    if "y" not in axes:
        return
    n_users = pc.count_distinct(tastes["user_id"]).as_py()
    size = f" Larger marks rate {axes['size']} higher." if "size" in axes else ""
    fewest = pc.min(tastes["n_ratings"]).as_py()
    sizes = tables.sizes()
    ids = pc.unique(tastes["cluster_id"]).to_pylist()
    largest = sorted(ids, key=lambda key: (-sizes.get(key, 0), key))
    coloured = largest[: len(style.COLOURS)]
    others = (
        f" The {len(coloured)} largest clusters are coloured." if len(ids) > len(coloured) else ""
    )
    caption = (
        f"Each mark is a user: {counted(n_users, 'user')}, a sample of those with at least "
        f"{counted(fewest, 'rating')} of each genre.{size}{others} A large number stands at the "
        "mean of its cluster's users."
    )
    names = tables.names()
    picture = Picture(
        "genre-scatter",
        "tastes",
        f"Average rating of {axes['x']} against {axes['y']}, by cluster",
        caption,
        {"coloured": {str(key): called(key, names) for key in coloured}},
    )
    yield picture, tastes


def draw_tastes(picture: Picture, tastes: pa.Table) -> Figure:
    """Draw a mark per user, coloured by cluster."""
    axis = {name: tastes.filter(pc.equal(tastes["axis"], name)) for name in ("x", "y", "size")}
    values = {name: some["mean_rating"].to_numpy() for name, some in axis.items()}
    labels = axis["x"]["cluster_id"].to_numpy()
    areas, sizes = _areas(values["size"], len(labels))
    coloured: dict[int, str] = {
        int(key): shorten(name, _NAME_CHARACTERS)
        for key, name in picture.settings["coloured"].items()
    }
    right = style.text_inches([*coloured.values(), "other clusters"], style.TICK_POINTS) + 0.5
    figure, axes = style.framed(
        style.Frame(6.0, 6.0, left=0.75, right=right), picture.title, picture.caption
    )
    others = ~np.isin(labels, list(coloured))
    _marks(axes, values, areas, others, style.FAINT, "o", "other clusters")
    for number, (cluster_id, name) in enumerate(coloured.items()):
        look = style.COLOURS[number], style.MARKERS[number]
        _marks(axes, values, areas, labels == cluster_id, *look, name)
    for cluster_id in np.unique(labels).tolist():
        _mean(axes, values, labels == cluster_id, cluster_id)
    x_genre, y_genre = (axis[name]["genre"][0].as_py() for name in ("x", "y"))
    axes.grid(visible=True, color=style.NOTHING, linewidth=0.8)
    axes.set_axisbelow(True)
    style.plain(axes)
    style.label_axes(axes, f"mean rating of {x_genre}", f"mean rating of {y_genre}")
    _legends(axes, axis["size"], sizes)
    return figure


def _areas(thirds: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], list[Any]]:
    """Marker areas, and examples of (value, area) for the legend."""
    if not len(thirds):
        return np.full(n, 14.0), []
    low, high = np.percentile(thirds, [2, 98])
    wide = max(high - low, 1e-9)

    def area(value: Any) -> Any:
        return _SMALLEST + _GROWTH * np.clip((value - low) / wide, 0, 1) ** 2

    examples = [low, (low + high) / 2, high] if high > low else [low]
    return area(thirds), [(f"{value:.1f}", area(value)) for value in examples]


def _marks(
    axes: Axes,
    values: dict[str, NDArray[np.float64]],
    areas: NDArray[np.float64],
    some: NDArray[np.bool_],
    colour: str,
    marker: str,
    name: str,
) -> None:
    if some.any():
        axes.scatter(
            values["x"][some],
            values["y"][some],
            s=areas[some],
            c=colour,
            marker=marker,
            alpha=0.55,
            linewidths=0,
            label=name,
        )


def _mean(
    axes: Axes, values: dict[str, NDArray[np.float64]], some: NDArray[np.bool_], cluster_id: int
) -> None:
    from matplotlib.patheffects import withStroke

    text = axes.text(
        values["x"][some].mean(),
        values["y"][some].mean(),
        "",
        ha="center",
        va="center",
        fontweight="bold",
        zorder=5,
    )
    style.write(text, str(cluster_id), style.TITLE_POINTS)
    text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def _legends(axes: Axes, third: pa.Table, sizes: list[Any]) -> None:
    """Clusters at the upper right, sizes below them."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.lines import Line2D

    font = FontProperties(family=FONT, size=style.TICK_POINTS)
    look: dict[str, Any] = {
        "frameon": False,
        "prop": font,
        "alignment": "left",
        "borderaxespad": 0,
        "handletextpad": 0.3,
        "title_fontproperties": font,
    }
    first = axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), title="cluster", **look)
    for mark in first.legend_handles:
        if mark is not None:
            mark.set_alpha(1)
            mark.set_sizes([28])  # type: ignore[attr-defined]
    for text in first.get_texts():
        text.set_parse_math(False)
    if not sizes:
        return
    axes.add_artist(first)
    marks = [
        Line2D([], [], linestyle="", marker="o", color=style.FAINT, markersize=area**0.5)
        for _, area in sizes
    ]
    title = shorten(f"mean rating of {third['genre'][0].as_py()}", _NAME_CHARACTERS)
    second = axes.legend(
        marks,
        [name for name, _ in sizes],
        loc="lower left",
        bbox_to_anchor=(1.02, 0),
        title=title,
        **look,
    )
    second.get_title().set_parse_math(False)
