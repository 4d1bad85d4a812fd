"""Average rating of each user for two genres, a third as the marker's size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned, counted, listed
from reelhouse.plots.text import FONT, fit, longest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

#: Area of the smallest marker and what the largest has beyond it, in square points.
_SMALLEST, _GROWTH = 5.0, 50.0
#: Side of the axes and least distance of two numbers in them, in inches.
_SIDE, _APART = 6.0, 0.2
_OTHERS = "other clusters"
#: Rounds of pushing numbers apart.
_PUSHES = 200
#: Longest name of a cluster, in inches.
_NAME_INCHES = 2.2


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
        f"Each of the {counted(n_users, 'mark')} is a user with at least "
        f"{counted(fewest, 'rating')} of each genre.{size}{others} A large number stands at, or "
        "points to, the mean of its cluster's users."
    )
    names = tables.names()
    picture = Picture(
        "genre-scatter",
        "tastes",
        f"Average rating of {axes['x']} against {axes['y']}, by cluster",
        caption,
        {"coloured": {str(key): listed(key, names) for key in coloured}},
    )
    yield picture, tastes


def draw_tastes(picture: Picture, tastes: pa.Table) -> Figure:
    """Draw a mark per user, coloured by cluster."""
    axis = {name: tastes.filter(pc.equal(tastes["axis"], name)) for name in ("x", "y", "size")}
    values = {name: some["mean_rating"].to_numpy() for name, some in axis.items()}
    labels = axis["x"]["cluster_id"].to_numpy()
    areas, sizes = _areas(values["size"], len(labels))
    coloured: dict[int, str] = {
        int(key): fit(name, _NAME_INCHES, style.TICK_POINTS)
        for key, name in picture.settings["coloured"].items()
    }
    right = longest([*coloured.values(), "mean rating of " * 2], style.TICK_POINTS) + 0.5
    figure, axes = style.framed(
        style.Frame(_SIDE, _SIDE, left=0.75, right=right), picture.title, picture.caption
    )
    others = ~np.isin(labels, list(coloured))
    _marks(axes, values, areas, others, style.FAINT, "o", _OTHERS)
    for number, (cluster_id, name) in enumerate(coloured.items()):
        look = style.COLOURS[number], style.MARKERS[number]
        _marks(axes, values, areas, labels == cluster_id, *look, name)
    _means(axes, values, labels)
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


def _means(axes: Axes, values: dict[str, NDArray[np.float64]], labels: NDArray[np.int32]) -> None:
    """Number the clusters' means; numbers that would overlap move apart and point back."""
    from matplotlib.patheffects import withStroke

    ids = np.unique(labels)
    means = np.array([[values[name][labels == key].mean() for name in ("x", "y")] for key in ids])
    limits = np.array([axes.get_xlim(), axes.get_ylim()])
    per_inch = (limits[:, 1] - limits[:, 0]) / _SIDE
    places = apart(means / per_inch, _APART) * per_inch
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    for key, mean, place in zip(ids.tolist(), means, places, strict=True):
        if np.abs((place - mean) / per_inch).max() > _APART / 2:
            axes.plot(*np.stack([mean, place]).T, color=style.INK, linewidth=0.7, zorder=4)
        text = axes.text(place[0], place[1], "", ha="center", va="center", zorder=5)
        style.write(text, str(key), style.LABEL_POINTS).set_fontweight("bold")
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def apart(places: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Push places away from each other until none are nearer than `least`, or for long enough.

    Parameters
    ----------
    places : ndarray of shape (n, 2)

    Returns
    -------
    ndarray of shape (n, 2)
    """
    # Places in one spot part in directions of their own, by the golden angle.
    turns = np.arange(len(places)) * 2.399963
    moved = places + 1e-3 * least * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    for _ in range(_PUSHES):
        between = moved[:, None] - moved[None]
        distances = np.hypot(between[..., 0], between[..., 1])
        np.fill_diagonal(distances, np.inf)
        short = np.maximum(least - distances, 0)
        if not short.any():
            break
        moved = moved + (between * (short / distances / 2)[..., None]).sum(axis=1)
    return moved


def _legends(axes: Axes, third: pa.Table, sizes: list[Any]) -> None:
    """Clusters at the upper right, sizes below them."""
    marks, names = axes.get_legend_handles_labels()
    # The other clusters are drawn first, below the coloured ones, and listed last.
    order = sorted(range(len(names)), key=lambda index: names[index] == _OTHERS)
    legend = _legend(axes, [marks[index] for index in order], [names[index] for index in order])
    for mark in legend.legend_handles:
        if mark is not None:
            mark.set_alpha(1)
            mark.set_sizes([28])  # type: ignore[attr-defined]
    if sizes:
        axes.add_artist(legend)
        genre = third["genre"][0].as_py()
        _size_legend(axes, f"mean rating of {genre}", sizes)


def _size_legend(axes: Axes, title: str, sizes: list[Any]) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], linestyle="", marker="o", color=style.FAINT, markersize=area**0.5)
        for _, area in sizes
    ]
    title = fit(title, _NAME_INCHES, style.TICK_POINTS)
    _legend(axes, marks, [name for name, _ in sizes], title, end=0)


def _legend(
    axes: Axes, marks: list[Any], names: list[str], title: str = "cluster", end: int = 1
) -> Legend:
    """Legend to the right of the axes, at their lower (0) or upper end (1)."""
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family=FONT, size=style.TICK_POINTS)
    legend = axes.legend(
        marks,
        names,
        title=title,
        loc=("lower left", "upper left")[end],
        bbox_to_anchor=(1.02, end),
        frameon=False,
        prop=font,
        title_fontproperties=font,
        alignment="left",
        borderaxespad=0,
        handletextpad=0.3,
    )
    for text in (legend.get_title(), *legend.get_texts()):
        text.set_parse_math(False)
    return legend
