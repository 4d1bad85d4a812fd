"""How the criteria chose the number of clusters together: all of them on one scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from reelhouse.clustering.selection.vote import score
from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned
from reelhouse.plots.text import FONT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What the mean of the criteria that are heard is called among them.
MEAN = "all together"
CHOICE = pa.schema(
    [
        pa.field("n_clusters", pa.int32(), nullable=False),
        pa.field("criterion", pa.string(), nullable=False),
        # 0 at the criterion's worst number, 1 at its best.
        pa.field("score", pa.float64(), nullable=False),
        # Whether it has a peak; those without have no say.
        pa.field("heard", pa.bool_(), nullable=False),
    ]
)


def plan_choice(tables: FigureTables) -> Iterator[Planned]:
    """Every criterion's score of every number that was tried."""
    if len(tables.curve) < 2 or tables.chosen is None:
        return
    curve = sorted(tables.curve, key=lambda candidate: candidate.n_clusters)
    scores = score(curve)
    lines = [(name, values, True) for name, values in scores.heard.items()]
    lines += [(name, values, False) for name, values in scores.unheard.items()]
    if scores.heard:
        lines.append((MEAN, scores.mean, True))
    rows = [
        {"n_clusters": one.n_clusters, "criterion": name, "score": value, "heard": heard}
        for name, values, heard in lines
        for one, value in zip(curve, values.tolist(), strict=True)
    ]
    caption = (
        f"{tables.chosen} clusters were taken: {tables.reason}. " if tables.reason else ""
    ) + "Each criterion from its worst number (0) to its best (1); those without a peak are grey."
    picture = Picture(
        "choice", "choice", "Choice of the number of clusters", caption, {"chosen": tables.chosen}
    )
    yield picture, pa.Table.from_pylist(rows, schema=CHOICE)


def draw_choice(picture: Picture, table: pa.Table) -> Figure:
    """Draw the criteria over the number of clusters, their mean thick, with a legend below."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = style.framed(
        style.Frame(5.6, 3.4, left=1.0, right=0.4, below=1.0), picture.title, picture.caption
    )
    _draw_lines(axes, table)
    axes.axvline(picture.settings["chosen"], color=style.ACCENT, linewidth=1.2, linestyle="--")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes.set_ylim(-0.03, 1.05)
    axes.grid(visible=True, color=style.NOTHING, linewidth=0.8)
    axes.set_axisbelow(True)
    style.plain(axes)
    style.label_axes(axes, "number of clusters", "score")
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, frameon=False,
        prop={"family": FONT, "size": style.TICK_POINTS},
    )  # fmt: skip
    return figure


def _draw_lines(axes: Axes, table: pa.Table) -> None:
    of: dict[str, tuple[list[int], list[float], bool]] = {}
    for row in table.to_pylist():
        across, up, _ = of.setdefault(row["criterion"], ([], [], row["heard"]))
        across.append(row["n_clusters"])
        up.append(row["score"])
    colours = iter(style.COLOURS[2:])
    for name, (across, up, heard) in of.items():
        if name == MEAN:
            axes.plot(across, up, color=style.MAIN, linewidth=2.6, marker="o", markersize=4,
                      label=name)  # fmt: skip
        elif heard:
            axes.plot(across, up, color=next(colours), linewidth=1.2, label=name)
        else:
            axes.plot(across, up, color=style.FAINT, linewidth=0.9, linestyle=":",
                      label=f"{name} (no peak)")  # fmt: skip
