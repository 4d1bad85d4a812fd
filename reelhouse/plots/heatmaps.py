"""Heatmaps of each cluster's densest users and titles: the ratings, and rated or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned, called, counted
from reelhouse.plots.text import fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Longest name of a title, in inches.
_NAME_INCHES = 1.9
#: More different ratings than these are shown as a continuous scale.
_MOST_STEPS = 20


def plan_heatmaps(tables: FigureTables) -> Iterator[Planned]:
    """Two pictures for each cluster: ratings, and rated or not."""
    cells = tables.heatmaps
    if cells is None or not cells.num_rows:
        return
    # One scale for all clusters, so that they can be compared.
    values = pc.unique(cells["rating"].drop_null()).to_pylist()
    scale = scale_of(values)
    for cluster_id in pc.unique(cells["cluster_id"]).sort().to_pylist():
        some = cells.filter(pc.equal(cells["cluster_id"], cluster_id))
        columns, filled, mean = _caption(some, cluster_id, tables)
        name = called(cluster_id, tables.names())
        ratings = Picture(
            stem=f"ratings-cluster-{cluster_id:03d}",
            kind="ratings",
            title=f"Ratings of the densest users and titles, {name}",
            caption=f"{columns} {filled}{mean}. Light grey: not rated.",
            settings={"scale": scale},
        )
        yield ratings, some
        rated = Picture(
            stem=f"rated-cluster-{cluster_id:03d}",
            kind="rated",
            title=f"Rated or not, densest users and titles, {name}",
            caption=f"{columns} {filled}.",
        )
        binary = some.drop_columns(["rating"])
        yield (
            rated,
            binary.append_column(
                pa.field("rated", pa.bool_(), nullable=False), pc.is_valid(some["rating"])
            ),
        )


def scale_of(values: list[float]) -> list[float]:
    """Steps of the colour scale: lowest to highest rating, evenly spaced where they are few.

    Returns
    -------
    list of float
        All steps in order; two numbers stand for a continuous range.
    """
    found = np.unique(np.asarray(values or [0.0, 1.0], dtype=np.float64))
    low, high = float(found[0]), float(found[-1])
    step = next((step for step in (1.0, 0.5) if not np.any(np.mod(found - low, step))), None)
    if step is None or (high - low) / step >= _MOST_STEPS:
        return [low, high]
    return np.arange(low, high + step / 2, step).tolist()


def _caption(cells: pa.Table, cluster_id: int, tables: FigureTables) -> tuple[str, str, str]:
    """What rows and columns are, how many cells are rated, and how."""
    n_users = pc.max(cells["user_rank"]).as_py()
    n_titles = pc.max(cells["title_rank"]).as_py()
    n_rated = cells.num_rows - cells["rating"].null_count
    size = tables.sizes().get(cluster_id)
    of = f", which has {counted(size, 'user')}" if size else ""
    mean = pc.mean(cells["rating"]).as_py()
    return (
        f"Columns: the {counted(n_titles, 'title')} with most ratings in cluster {cluster_id}{of}; "
        f"rows: its {counted(n_users, 'user')} with most ratings of these titles.",
        f"{n_rated / cells.num_rows:.0%} of the cells are rated",
        f", {mean:.1f} on average" if mean is not None else "",
    )


def draw_ratings(picture: Picture, cells: pa.Table) -> Figure:
    """Draw the ratings, unrated cells in light grey."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm, Normalize

    steps: list[float] = list(picture.settings["scale"])
    figure, axes, shape = _grid(picture, cells)
    ratings = cells["rating"].to_numpy().reshape(shape)
    discrete = len(steps) > 2 or (len(steps) == 2 and steps[1] - steps[0] in (0.5, 1.0))
    norm: Normalize
    if discrete:
        half = (steps[1] - steps[0]) / 2
        bounds = [steps[0] - half, *(step + half for step in steps)]
        colours = colormaps[style.SEQUENTIAL].resampled(len(steps))
        norm = BoundaryNorm(bounds, len(steps))
    else:
        colours = colormaps[style.SEQUENTIAL].copy()
        norm = Normalize(steps[0], steps[-1])
    image = _show(
        axes, np.ma.masked_invalid(ratings), colours.with_extremes(bad=style.NOTHING), norm
    )
    bar = figure.colorbar(image, cax=style.colour_bar_axes(figure, axes))
    if discrete:
        whole = [step for step in steps if step == int(step)] or steps
        style.tick(bar.ax.yaxis, whole, [f"{step:g}" for step in whole])
    style.write(bar.ax.yaxis.label, "rating", style.LABEL_POINTS)
    _show_nothing(figure, bar.ax)
    return figure


def draw_rated(picture: Picture, cells: pa.Table) -> Figure:
    """Draw which cells are rated."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    figure, axes, shape = _grid(picture, cells)
    rated = cells["rated"].to_numpy(zero_copy_only=False).reshape(shape).astype(np.float64)
    colours = ListedColormap([style.NOTHING, style.MAIN])
    image = _show(axes, rated, colours, BoundaryNorm([-0.5, 0.5, 1.5], 2))
    bar_axes = style.colour_bar_axes(figure, axes)
    box = bar_axes.get_position()
    bar_axes.set_position((box.x0, box.y1 - box.height / 3, box.width, box.height / 3))
    bar = figure.colorbar(image, cax=bar_axes)
    style.tick(bar.ax.yaxis, [0, 1], ["0: not\nrated", "1: rated"])
    return figure


def _grid(picture: Picture, cells: pa.Table) -> tuple[Figure, Axes, tuple[int, int]]:
    """Axes with a row per user and a column per title, labelled."""
    n_users = int(pc.max(cells["user_rank"]).as_py())
    n_titles = int(pc.max(cells["title_rank"]).as_py())
    names = [
        fit(name, _NAME_INCHES, style.SMALL_POINTS) for name in cells["name"][:n_titles].to_pylist()
    ]
    users = [str(user) for user in cells["user_id"].to_pylist()[::n_titles]]
    frame = style.Frame(
        width=max(0.16 * n_titles, 2.5),
        height=max(0.105 * n_users, 1.8),
        left=style.room(users, style.SMALL_POINTS) + 0.1,
        right=1.0,
        below=style.room(names, style.SMALL_POINTS),
    )
    figure, axes = style.framed(frame, picture.title, picture.caption)
    style.name_columns(axes, names, style.SMALL_POINTS, "title, most rated first")
    style.name_rows(axes, users, style.SMALL_POINTS, "user id, most ratings first")
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure, axes, (n_users, n_titles)


def _show(axes: Axes, values: NDArray[Any], colours: Any, norm: Any) -> Any:
    image = axes.imshow(values, cmap=colours, norm=norm, aspect="auto", interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    return image


def _show_nothing(figure: Figure, bar: Axes) -> None:
    """Say below the colour bar which cells hold no rating."""
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches()
    box = bar.get_position()
    low = box.y0 - 0.3 / height
    figure.add_artist(
        Rectangle(
            (box.x0, low),
            box.width,
            0.16 / height,
            facecolor=style.NOTHING,
            edgecolor=style.FAINT,
            linewidth=0.5,
        )
    )
    style.write(
        figure.text(box.x1 + 0.04 / width, low, "", va="bottom"), "not rated", style.SMALL_POINTS
    )
