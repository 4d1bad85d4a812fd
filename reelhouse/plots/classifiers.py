"""Pictures of classifiers: how they learned, and what they take for what."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.plots import style
from reelhouse.plots.pictures import Picture, Planned, counted, listed
from reelhouse.plots.style import panel_axes
from reelhouse.plots.text import FONT, fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What a network was after each epoch: columns that are read of any table of curves.
LEARNING = pa.schema(
    [
        pa.field("network", pa.string(), nullable=False),
        pa.field("epoch", pa.int32(), nullable=False),
        # loss, accuracy, validation_loss or validation_accuracy.
        pa.field("what", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
    ]
)
CONFUSION = pa.schema(
    [
        pa.field("true_cluster", pa.int32(), nullable=False),
        pa.field("predicted_cluster", pa.int32(), nullable=False),
        pa.field("titles", pa.int64(), nullable=False),
    ]
)
#: Figure -> its picture's title and what is best of it.
_FIGURES = {"accuracy": ("Accuracy", max), "loss": ("Loss", min)}
#: Names of clusters, in inches, and more cells than these have no numbers.
_NAME_INCHES = 2.2
_NUMBERED_CELLS = 1_600
_CELL = 0.27


def plan_learning(curves: pa.Table) -> Iterator[Planned]:
    """Accuracy and loss over the epochs, a panel for each network.

    Parameters
    ----------
    curves : Table of schema LEARNING
        Further columns are left out, and so are points without a value.
    """
    known = curves.select(LEARNING.names)
    known = known.filter(pc.is_valid(known["value"]))
    for figure, (title, _) in _FIGURES.items():
        wanted = pa.array([figure, f"validation_{figure}"])
        some = known.filter(pc.is_in(known["what"], value_set=wanted))
        if not some.num_rows:
            continue
        n_networks = len(pc.unique(some["network"]))
        caption = (
            f"{title} of {counted(n_networks, 'network')} after each epoch, on the titles learned "
            "from and on those for validation; a ring marks the best validation. Training figures "
            "are of the network while it moved, with what was hidden."
        )
        yield (
            Picture(f"learning-{figure}", "learning", f"Learning curves: {figure}", caption,
                    {"figure": figure}),
            some,
        )  # fmt: skip


def draw_learning(picture: Picture, table: pa.Table) -> Figure:
    """Draw a panel for each network; accuracies stand on one scale, each loss on its own."""
    figure_name = picture.settings["figure"]
    networks = pc.unique(table["network"]).to_pylist()
    n_columns = min(len(networks), 3)
    n_rows = math.ceil(len(networks) / n_columns)
    figure, whole = style.framed(
        style.Frame(2.9 * n_columns, 2.5 * n_rows, left=0.7, right=0.2, below=0.5),
        picture.title, picture.caption,
    )  # fmt: skip
    panels = panel_axes(figure, whole, n_rows, n_columns, 0.5, 0.75)
    for axes, network in zip(panels, networks, strict=False):
        some = table.filter(pc.equal(table["network"], network))
        _draw_network(axes, some, figure_name)
        axes.set_ylim(*_range(some, figure_name))
        style.write(axes.title, fit(network, 2.5, style.LABEL_POINTS), style.LABEL_POINTS)
    for axes in panels[len(networks) :]:
        axes.remove()
    style.write(panels[0].yaxis.label, figure_name, style.LABEL_POINTS)
    # The first that has all lines tells which is which.
    telling = max(panels[: len(networks)], key=lambda one: len(one.get_lines()))
    telling.legend(loc="best", frameon=False, prop={"family": FONT, "size": style.TICK_POINTS})
    return figure


def _range(table: pa.Table, figure: str) -> tuple[float, float]:
    if figure == "accuracy":
        return 0.0, 1.02
    values, epochs = table["value"].to_numpy(), table["epoch"].to_numpy()
    # A loss that ran away would leave all before it flat.
    return 0.0, float(min(values.max(), 3 * values[epochs == epochs.min()].max())) * 1.05 or 1.0


def _draw_network(axes: Axes, some: pa.Table, figure: str) -> None:
    from matplotlib.ticker import MaxNLocator

    for what, name, colour, dashes in (
        (figure, "training", style.MAIN, "-"),
        (f"validation_{figure}", "validation", style.ACCENT, "--"),
    ):
        rows = some.filter(pc.equal(some["what"], what)).sort_by("epoch")
        if not rows.num_rows:
            continue
        epochs, values = rows["epoch"].to_pylist(), rows["value"].to_pylist()
        marker = "o" if len(epochs) == 1 else ""
        axes.plot(epochs, values, color=colour, linestyle=dashes, linewidth=1.4, label=name,
                  marker=marker, markersize=3)  # fmt: skip
        if name == "validation":
            at = values.index(_FIGURES[figure][1](values))
            axes.plot(epochs[at], values[at], marker="o", markersize=6, fillstyle="none",
                      color=colour)  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(visible=True, color=style.NOTHING, linewidth=0.8)
    axes.set_axisbelow(True)
    style.plain(axes)
    style.write(axes.xaxis.label, "epoch", style.LABEL_POINTS)


def plan_confusion(
    name: str, confusion: NDArray[np.integer], names: Mapping[int, str], stem: str = ""
) -> Iterator[Planned]:
    """What a classifier takes for what.

    Parameters
    ----------
    name : str
        The classifier, as it stands in the title.
    confusion : ndarray of shape (n_classes, n_classes)
        Rows are true clusters, columns the answers; class i is cluster i of `names`.
    names : mapping of int to str
    stem : str
        Of the picture's files; made of the name where it is empty.
    """
    total = int(confusion.sum())
    if not total:
        return
    right = int(np.trace(confusion))
    wrong = confusion - np.diag(np.diag(confusion))
    caption = (
        f"{counted(total, 'title')} for testing, {right:,} ({right / total:.1%}) placed right."
    )
    if wrong.any():
        true, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
        caption += (
            f" Most often confused: {counted(int(wrong.max()), 'title')} of cluster {true} taken "
            f"for {said}."
        )
    caption += " Colours are shares of a row."
    of_name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    labels = {str(key): listed(key, names) for key in range(confusion.shape[0])}
    picture = Picture(
        stem or f"confusion-{of_name}", "confusion", f"Confusion matrix, {name}", caption,
        {"labels": labels},
    )  # fmt: skip
    n = confusion.shape[0]
    columns = [
        pa.array(np.repeat(np.arange(n, dtype=np.int32), n)),
        pa.array(np.tile(np.arange(n, dtype=np.int32), n)),
        pa.array(confusion.astype(np.int64).ravel()),
    ]
    yield picture, pa.Table.from_arrays(columns, schema=CONFUSION)


def draw_confusion(picture: Picture, table: pa.Table) -> Figure:
    """Draw true clusters by answers, coloured by the share of the row."""
    from matplotlib.colors import Normalize

    labels = [
        fit(name, _NAME_INCHES, style.TICK_POINTS) for name in picture.settings["labels"].values()
    ]
    n = len(labels)
    counts = table["titles"].to_numpy().reshape(n, n)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    answers = [str(key) for key in range(n)]
    frame = style.Frame(
        width=max(_CELL * n, 2.0), height=max(_CELL * n, 2.0),
        left=style.room(labels, style.TICK_POINTS) + 0.1, right=1.1,
        below=style.room(answers, style.TICK_POINTS) + 0.1,
    )  # fmt: skip
    figure, axes = style.framed(frame, picture.title, picture.caption)
    image = axes.imshow(shares, cmap="Blues", norm=Normalize(0, 1), aspect="auto")
    if counts.size <= _NUMBERED_CELLS:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 0.6 else style.INK
                place = axes.text(column, row, "", ha="center", va="center")
                style.write(place, str(count), style.SMALL_POINTS, colour)
    style.name_columns(axes, answers, style.TICK_POINTS, "answer")
    style.name_rows(axes, labels, style.TICK_POINTS, "true cluster")
    bar = figure.colorbar(image, cax=style.colour_bar_axes(figure, axes))
    style.tick(bar.ax.yaxis, [0, 0.5, 1], ["0 %", "50 %", "100 %"])
    style.write(bar.ax.yaxis.label, "share of the true cluster", style.LABEL_POINTS)
    return figure
