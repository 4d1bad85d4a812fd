"""The curves behind the number of clusters: one for each criterion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned, counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Column of the curve -> stem of its picture, its title, and what it shows.
_CURVES = {
    "inertia": (
        "elbow",
        "Inertia",
        "Sum of the distances of a sample's rows to their centroids. It always falls; an elbow is "
        "where more clusters begin to gain little.",
    ),
    "silhouette": (
        "silhouette",
        "Silhouette",
        "How much nearer a sample's rows are to their own cluster than to the next, on average. "
        "1 is perfect, 0 on the border.",
    ),
    "simplified_silhouette": (
        "simplified-silhouette",
        "Simplified silhouette",
        "How much nearer a sample's rows are to their own centroid than to the next, on average. "
        "1 is perfect, 0 on the border.",
    ),
    "calinski_harabasz": (
        "calinski-harabasz",
        "Calinski-Harabasz",
        "Variance between clusters over that within, by degrees of freedom. High is good; with "
        "many features it falls from the start.",
    ),
    "davies_bouldin": (
        "davies-bouldin",
        "Davies-Bouldin",
        "Width of two clusters over their distance, for the worst neighbour of each. Low is good.",
    ),
    "stability": (
        "stability",
        "Stability",
        "Agreement (adjusted Rand index) of fits to bootstrap resamples. 1 is the same clusters; "
        "few clusters are stable whatever the data.",
    ),
}


def plan_curves(tables: FigureTables) -> Iterator[Planned]:
    """What each criterion says over the number of clusters."""
    # Who only draws does not wait for numba.
    from reelhouse.clustering.selection.candidate import curve_table

    whole = curve_table(tables.curve)
    chosen = tables.chosen
    marked = f" The dashed line marks the {chosen} that were taken." if chosen else ""
    for column, (stem, title, text) in _CURVES.items():
        shown = whole.select(["n_clusters", column]).filter(pc.is_valid(whole[column]))
        if shown.num_rows < 2:
            continue  # a point is no curve
        caption = f"{text} {counted(shown.num_rows, 'number')} of clusters were tried.{marked}"
        title = f"{title} by number of clusters"
        yield Picture(stem, "curve", title, caption, {"chosen": chosen}), shown


def draw_curve(picture: Picture, table: pa.Table) -> Figure:
    """Draw one value over the number of clusters."""
    from matplotlib.ticker import MaxNLocator

    across, up = table.column_names
    numbers, values = table[across].to_pylist(), table[up].to_pylist()
    figure, axes = style.framed(
        style.Frame(5.6, 3.4, left=1.0, right=0.4), picture.title, picture.caption
    )
    axes.plot(numbers, values, color=style.MAIN, marker="o", markersize=5, linewidth=1.6)
    chosen = picture.settings["chosen"]
    if chosen is not None and numbers[0] <= chosen <= numbers[-1]:
        axes.axvline(chosen, color=style.ACCENT, linewidth=1.2, linestyle="--")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes.yaxis.set_major_formatter("{x:,.6g}")
    axes.grid(visible=True, color=style.NOTHING, linewidth=0.8)
    axes.set_axisbelow(True)
    style.plain(axes)
    style.label_axes(axes, "number of clusters", up.replace("_", " "))
    return figure
