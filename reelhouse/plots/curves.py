"""The curves behind the number of clusters: inertia and silhouette."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned, counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Numbers of clusters that were tried, on a sample.
CURVE = pa.schema(
    [
        pa.field("n_clusters", pa.int32(), nullable=False),
        pa.field("inertia", pa.float64()),
        pa.field("silhouette", pa.float64()),
    ]
)


def plan_curves(tables: FigureTables) -> Iterator[Planned]:
    """The elbow of the inertia and the silhouette over the number of clusters."""
    tried = sorted(tables.curve, key=lambda candidate: candidate.n_clusters)
    if not tried:
        return
    columns = {
        name: [_finite(getattr(candidate, name)) for candidate in tried] for name in CURVE.names
    }
    table = pa.table(columns, schema=CURVE)
    chosen = tables.chosen
    marked = f" The dashed line marks the {chosen} that were taken." if chosen else ""
    settings = {"chosen": chosen}
    for name, stem, text in (
        (
            "inertia",
            "elbow",
            "Inertia: sum of the distances of a sample's users to their centroids. It "
            "always falls; an elbow is where more clusters begin to gain little.",
        ),
        (
            "silhouette",
            "silhouette",
            "Mean silhouette of a sample's users: how much nearer they are to their own cluster "
            "than to the next. 1 is perfect, 0 on the border.",
        ),
    ):
        shown = table.select(["n_clusters", name]).filter(pc.is_valid(table[name]))
        if shown.num_rows < 2:
            continue  # a point is no curve
        text += f" {counted(shown.num_rows, 'number')} of clusters were tried.{marked}"
        yield (
            Picture(stem, "curve", f"{name.capitalize()} by number of clusters", text, settings),
            shown,
        )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


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
    style.label_axes(axes, "number of clusters", up)
    return figure
