"""Pictures of a comparison: accuracy against time, and how models learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.plots import style
from reelhouse.plots.pictures import Picture, Planned
from reelhouse.plots.text import FONT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Protocol -> the figure that models are told apart by, and its name on an axis.
_BY = {"rating": ("rmse", "RMSE"), "ranking": ("ndcg_100", "NDCG@100")}
_DIRECTION = {"rating": "Low is good.", "ranking": "High is good."}
_FAMILIES = ("baseline", "matrix factorization", "autoencoder", "graph", "ensemble")
#: Nothing is quicker than what a clock can tell, and a logarithmic axis has no 0.
_LEAST_SECONDS = 1e-4
#: Points of one height on the axis, in inches, of which the names may stand.
_NAME_HEIGHT = 0.16


def plan_comparison(comparison: pa.Table, curves: pa.Table) -> Iterator[Planned]:
    """Both pictures, for each protocol that has something to show.

    Parameters
    ----------
    comparison : Table of schema COMPARISON
    curves : Table of schema COMPARISON_CURVES
    """
    for protocol, (by, name) in _BY.items():
        rows = comparison.filter(pc.equal(comparison["protocol"], protocol))
        shown = rows.filter(pc.is_valid(rows[by])).select(
            ["model", "family", by, f"{by}_low", f"{by}_high", "seconds_fit"]
        )
        if shown.num_rows:
            caption = (
                f"Each model's {name} on what was held out, with its 95 % interval, against the "
                f"seconds of one fit (median of the splits). {_DIRECTION[protocol]} An ensemble "
                "takes as long as its members together."
            )
            title = f"{name} against time"
            about = {"by": by, "name": name}
            yield (
                Picture(f"accuracy-time-{protocol}", "accuracy-time", title, caption, about),
                shown,
            )
        of_curves = curves.filter(
            pc.and_(pc.equal(curves["protocol"], protocol), pc.is_valid(curves["value"]))
        ).select(["model", "epoch", "seconds", "value"])
        if of_curves.num_rows:
            caption = (
                f"{name} on the validation part after each epoch of the best trial; a ring marks "
                "the epoch whose parameters were kept. Beginnings far from all ends are cut off. "
                f"{_DIRECTION[protocol]}"
            )
            settings = {"name": name, "higher": protocol == "ranking"}
            stem = f"learning-curves-{protocol}"
            title = f"Learning curves, {protocol} protocol"
            yield Picture(stem, "learning-curves", title, caption, settings), of_curves


def draw_accuracy_time(picture: Picture, table: pa.Table) -> Figure:
    """Draw one point for each model, its name beside it."""
    by = picture.settings["by"]
    figure, axes = style.framed(
        style.Frame(6.4, 4.6, left=0.9, right=1.6), picture.title, picture.caption
    )
    rows = table.to_pylist()
    seconds = [max(row["seconds_fit"] or 0.0, _LEAST_SECONDS) for row in rows]
    for family in dict.fromkeys((*_FAMILIES, *(row["family"] for row in rows))):
        at = [number for number, row in enumerate(rows) if row["family"] == family]
        if at:
            _points(axes, family, [(seconds[one], rows[one]) for one in at], by)
    axes.set_xscale("log")
    _name_points(
        axes,
        [
            (x, row[by], row["model"], _colour(row["family"]))
            for x, row in zip(seconds, rows, strict=True)
        ],
    )
    axes.grid(visible=True, color=style.NOTHING, linewidth=0.8)
    axes.set_axisbelow(True)
    style.plain(axes)
    style.label_axes(axes, "seconds of one fit", picture.settings["name"])
    _legend(axes)
    return figure


def _points(
    axes: Axes, family: str, points: Sequence[tuple[float, dict[str, Any]]], by: str
) -> None:
    number = _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES)
    values = [row[by] for _, row in points]
    below = [max(row[by] - row[f"{by}_low"], 0.0) for _, row in points]
    above = [max(row[f"{by}_high"] - row[by], 0.0) for _, row in points]
    axes.errorbar(
        [x for x, _ in points], values, yerr=(below, above), label=family, linestyle="none",
        color=_colour(family),
        marker=style.MARKERS[number % len(style.MARKERS)], markersize=6, elinewidth=0.8, alpha=0.9,
    )  # fmt: skip


def _colour(family: str) -> str:
    known = family in _FAMILIES
    return style.COLOURS[_FAMILIES.index(family)] if known else style.INK


def _name_points(axes: Axes, points: Sequence[tuple[float, float, str, str]]) -> None:
    """Write names to the right of the axes, each at the height of its point or a little off.

    Points of good models stand close together: names beside them would lie on one another.

    Parameters
    ----------
    points : sequence of (x, y, name, colour)
    """
    low, high = axes.get_ylim()
    inches = axes.get_position().height * axes.get_figure().get_size_inches()[1]  # type: ignore[union-attr]
    step = (high - low) * min(_NAME_HEIGHT / inches, 1.0 / max(len(points), 1))
    ordered = sorted(points, key=lambda point: point[1])
    heights = spread([min(max(point[1], low), high) for point in ordered], step, low, high)
    for (x, y, name, colour), height in zip(ordered, heights, strict=True):
        text = axes.annotate(
            "", (x, y), xytext=(1.02, height), textcoords=axes.get_yaxis_transform(),
            va="center", ha="left", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.4, "alpha": 0.6},
        )  # fmt: skip
        style.write(text, name, style.TICK_POINTS, colour)
    axes.set_ylim(low, high)


def spread(places: Sequence[float], step: float, low: float, high: float) -> list[float]:
    """Move ascending places apart, to at least a step, and back into the range.

    >>> spread([1.0, 1.0, 3.0], 0.5, 0.0, 3.0)
    [1.0, 1.5, 3.0]
    >>> spread([2.9, 3.0], 0.5, 0.0, 3.0)
    [2.5, 3.0]
    """
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + step if found else low))
    limit = high
    for at in reversed(range(len(found))):
        found[at] = min(found[at], limit)
        limit = found[at] - step
    return found


def draw_learning_curves(picture: Picture, table: pa.Table) -> Figure:
    """Draw the value over the epochs, a line for each model."""
    from matplotlib.ticker import LogFormatter

    figure, axes = style.framed(
        style.Frame(6.4, 4.2, left=0.9, right=1.6), picture.title, picture.caption
    )
    best_of = max if picture.settings["higher"] else min
    ends = []
    for number, model in enumerate(table["model"].unique().to_pylist()):
        rows = table.filter(pc.equal(table["model"], model)).to_pylist()
        epochs, values = ([row[name] for row in rows] for name in ("epoch", "value"))
        colour = style.COLOURS[number % len(style.COLOURS)]
        axes.plot(epochs, values, color=colour, linewidth=1.3, label=model,
                  linestyle=("-", "--", ":")[number // len(style.COLOURS) % 3])  # fmt: skip
        at = values.index(best_of(values))
        axes.plot([epochs[at]], [values[at]], marker="o", markersize=6, fillstyle="none",
                  color=colour)  # fmt: skip
        ends.append((epochs[-1], values[-1], model, colour))
    axes.set_xscale("log")
    for formats in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        formats(LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.6)))
    axes.set_ylim(*_telling_range([y for _, y, _, _ in ends], axes.get_ylim(), best_of))
    _name_points(axes, ends)
    axes.grid(visible=True, color=style.NOTHING, linewidth=0.8)
    axes.set_axisbelow(True)
    style.plain(axes)
    axes.tick_params(axis="x", which="minor", labelsize=style.TICK_POINTS, labelfontfamily=FONT)
    style.label_axes(axes, "epoch", f"{picture.settings['name']} on validation")
    return figure


def _telling_range(
    ends: Sequence[float], whole: tuple[float, float], best_of: Callable[..., float]
) -> tuple[float, float]:
    """Where curves end, and as much again of where they come from: beginnings say little."""
    low, high = whole
    room = 2 * (max(ends) - min(ends)) or (high - low)
    return (
        (max(low, min(ends) - room), high) if best_of is max else (low, min(high, max(ends) + room))
    )


def _legend(axes: Axes) -> None:
    axes.legend(loc="best", frameon=False, prop={"family": FONT, "size": style.TICK_POINTS})
