"""How all pictures look: colours, sizes, and where title, axes and caption stand.

Places are given in inches and computed from the labels' lengths. Nothing is laid out by drawing
twice, which is what makes matplotlib's automatic layouts slow.

References
----------
Okabe, M. and Ito, K. (2008). Color universal design. (Colours that the colour-blind tell apart.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelhouse.plots.text import FONT, clean, fit, longest, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

DPI = 110

#: Okabe and Ito's colours that stand out from white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
MAIN = COLOURS[0]
ACCENT = COLOURS[1]
#: Unrated cells: lighter than every colour of the ratings and without hue.
NOTHING = "#E9E9E9"
FAINT = "#9A9A9A"
INK = "#222222"
#: Low to high; light grey is none of its colours.
SEQUENTIAL = "viridis"
#: Below to above; told apart by the colour-blind.
DIVERGING = "PuOr_r"

TITLE_POINTS = 11.0
LABEL_POINTS = 9.0
TICK_POINTS = 8.0
SMALL_POINTS = 6.5
CAPTION_POINTS = 8.5
_MARGIN = 0.15
_LINE = 1.35
#: Between axes and the names beside them, and between those and what they are names of.
_GAP = 0.05


@dataclass(frozen=True)
class Frame:
    """Room in inches around the axes.

    Attributes
    ----------
    width, height : size of the axes
    left, right : room for labels beside them
    below : room for tick labels and the axis label, above the caption
    """

    width: float
    height: float
    left: float = 0.9
    right: float = 0.3
    below: float = 0.6


def framed(frame: Frame, title: str, caption: str) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes, a title above and a caption below."""
    from matplotlib.figure import Figure

    # A caption and a title need a width of their own, however narrow the axes are.
    width = max(frame.left + frame.width + frame.right, 6.5)
    lines = wrap(caption, width - 2 * _MARGIN, CAPTION_POINTS)
    caption_height = len(lines) * CAPTION_POINTS * _LINE / 72 + 2 * _MARGIN
    top = TITLE_POINTS * _LINE / 72 + 2 * _MARGIN
    height = top + frame.height + frame.below + caption_height
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    write(
        figure.text(_MARGIN / width, 1 - _MARGIN / height, "", va="top", ha="left"),
        fit(title, width - 2 * _MARGIN, TITLE_POINTS, "bold"),
        TITLE_POINTS,
    ).set_fontweight("bold")
    write(
        figure.text(_MARGIN / width, _MARGIN / height, "", va="bottom", ha="left"),
        "\n".join(lines),
        CAPTION_POINTS,
    ).set_linespacing(_LINE)
    axes = figure.add_axes(
        (
            frame.left / width,
            (caption_height + frame.below) / height,
            (width - frame.left - frame.right) / width,
            frame.height / height,
        )
    )
    return figure, axes


def panel_axes(
    figure: Figure, whole: Axes, n_rows: int, n_columns: int, across: float, down: float
) -> list[Axes]:
    """Put a grid of axes into the place of one pair, row by row.

    Parameters
    ----------
    whole : Axes
        Taken out of the figure; their place stays known.
    across, down : float
        Inches between columns, and above each row for its titles.
    """
    box, (width, height) = whole.get_position(), figure.get_size_inches()
    wide = (box.width + across / width) / n_columns
    high = box.height / n_rows
    whole.remove()
    return [
        figure.add_axes(
            (
                box.x0 + column * wide,
                box.y1 - (row + 1) * high,
                wide - across / width,
                high - down / height,
            )
        )
        for row in range(n_rows)
        for column in range(n_columns)
    ]


def write(text: Text, content: str, points: float, colour: str = INK) -> Text:
    """Set a text as it stands: a dollar sign is no formula."""
    text.set_parse_math(False)
    text.set_text(content)
    text.set_fontfamily(FONT)
    text.set_fontsize(points)
    text.set_color(colour)
    return text


def label_axes(axes: Axes, across: str, up: str) -> None:
    """Name the axes."""
    write(axes.xaxis.label, clean(across), LABEL_POINTS)
    write(axes.yaxis.label, clean(up), LABEL_POINTS)


def room(names: Sequence[str], points: float) -> float:
    """Inches for names beside the axes and the label of their axis beyond them."""
    return longest(names, points) + 2 * _GAP + LABEL_POINTS * _LINE / 72 + _GAP


def name_columns(axes: Axes, names: Sequence[str], points: float, label: str) -> None:
    """Write the names of columns 0, 1, ... below the axes, from top to bottom, and the label.

    They are plain texts: a tick of matplotlib's is five objects, and costs as much.
    """
    inch = 1 / (axes.get_position().height * axes.get_figure().get_size_inches()[1])  # type: ignore[union-attr]
    axes.xaxis.set_ticks([])
    transform = axes.get_xaxis_transform()
    for place, name in enumerate(names):
        text = axes.text(
            place, -_GAP * inch, "", transform=transform, rotation=90, va="top", ha="center"
        )
        write(text, name, points)
    below = -(longest(names, points) + 2 * _GAP) * inch
    text = axes.text(0.5, below, "", transform=axes.transAxes, va="top", ha="center")
    write(text, clean(label), LABEL_POINTS)


def name_rows(axes: Axes, names: Sequence[str], points: float, label: str = "") -> None:
    """Write the names of rows 0, 1, ... to the left of the axes, and the label."""
    inch = 1 / (axes.get_position().width * axes.get_figure().get_size_inches()[0])  # type: ignore[union-attr]
    axes.yaxis.set_ticks([])
    transform = axes.get_yaxis_transform()
    for place, name in enumerate(names):
        text = axes.text(-_GAP * inch, place, "", transform=transform, va="center", ha="right")
        write(text, name, points)
    beside = -(longest(names, points) + 2 * _GAP) * inch
    text = axes.text(
        beside, 0.5, "", transform=axes.transAxes, rotation=90, va="center", ha="right"
    )
    write(text, clean(label), LABEL_POINTS)


def tick(
    axis: Axis, places: Sequence[float], labels: Sequence[str], points: float = TICK_POINTS
) -> None:
    """Put labels, already shortened, at places of an axis."""
    axis.set_ticks(
        list(places),
        labels=list(labels),
        parse_math=False,
        fontfamily=FONT,
        fontsize=points,
        color=INK,
    )
    axis.set_tick_params(length=2, width=0.5, color=FAINT, pad=2)


def plain(axes: Axes) -> None:
    """Leave the two axes that are read, and number ticks in the pictures' font."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_tick_params(
            labelsize=TICK_POINTS, labelfontfamily=FONT, labelcolor=INK, color=FAINT, width=0.6
        )


def colour_bar_axes(figure: Figure, axes: Axes, from_right: float = 0.85) -> Axes:
    """Axes for a colour bar, beside the picture's and as high as four inches at most."""
    width, height = figure.get_size_inches()
    box = axes.get_position()
    high = min(box.height, 4.0 / height)
    return figure.add_axes((1 - from_right / width, box.y1 - high, 0.16 / width, high))


def counts(axis: Axis) -> None:
    """Number an axis of counts: whole, few ticks, with thousands separators."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
