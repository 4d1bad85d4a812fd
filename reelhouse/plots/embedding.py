"""Rows in two dimensions, before and after an encoder was refined.

References
----------
van der Maaten, L. and Hinton, G. (2008). Visualizing data using t-SNE. JMLR 9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.plots import style
from reelhouse.plots.pictures import Picture, Planned, counted, listed
from reelhouse.plots.style import panel_axes
from reelhouse.plots.tastes import apart
from reelhouse.plots.text import FONT, fit, longest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Flattening: TypeAlias = Literal["t-sne", "pca"]
EMBEDDING = pa.schema(
    [
        # before or after.
        pa.field("panel", pa.string(), nullable=False),
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("x", pa.float32(), nullable=False),
        pa.field("y", pa.float32(), nullable=False),
    ]
)
_PANELS = ("before", "after")
#: Rows that are drawn at most: more lie on one another, and t-SNE takes minutes.
_MOST_ROWS = 1_500
_PERPLEXITY = 30.0
#: Side of a panel, and least distance of two numbers, in inches.
_SIDE = 4.6
_APART = 0.2
_NAME_INCHES = 2.2
#: Iterations of t-SNE.
_STEPS = 500


def plan_embedding(
    before: NDArray[np.floating],
    after: NDArray[np.floating],
    labels: NDArray[np.integer],
    names: Mapping[int, str],
    *,
    flattening: Flattening = "t-sne",
    seed: int = 0,
) -> Iterator[Planned]:
    """Codes of the same rows before and after a refinement, coloured by the clusters after it.

    Parameters
    ----------
    before, after : ndarray of shape (n, n_dimensions)
    labels : ndarray of shape (n,)
        The clusters' numbers or ids.
    names : mapping of int to str
        Names of the clusters; those without one have their number alone.
    flattening : {"t-sne", "pca"}
        t-sne keeps neighbours together and says nothing of distances between groups; pca shows the
        two directions of most variance.
    seed : int
        Of the sample of rows.
    """
    if before.shape[0] < 2:
        return
    n_rows = before.shape[0]
    n_drawn = min(n_rows, _MOST_ROWS)
    chosen = np.sort(np.random.default_rng(seed).permutation(n_rows)[:n_drawn])
    flat = _tsne if flattening == "t-sne" else _pca
    panels = [flat(codes[chosen]) for codes in (before, after)]
    how = {
        "t-sne": "t-SNE keeps neighbours together; distances between groups say little",
        "pca": "the two directions of most variance",
    }[flattening]
    caption = (
        f"{counted(n_drawn, 'title')} of {n_rows:,}: codes of the autoencoder (left) and after the "
        f"refinement (right), coloured by the clusters that came of it. In two dimensions: {how}."
    )
    coloured = {str(key): listed(key, names) for key in np.unique(labels).tolist()}
    picture = Picture(
        "embedding", "embedding", "The embedding before and after the refinement", caption,
        {"coloured": coloured},
    )  # fmt: skip
    yield picture, _table(panels, labels[chosen])


def _table(panels: list[NDArray[np.float32]], labels: NDArray[np.integer]) -> pa.Table:
    whole = np.concatenate(panels)
    columns = [
        pa.array(np.repeat(_PANELS, labels.size).tolist(), pa.string()),
        pa.array(np.tile(labels, 2).astype(np.int32)),
        pa.array(whole[:, 0].astype(np.float32)),
        pa.array(whole[:, 1].astype(np.float32)),
    ]
    return pa.Table.from_arrays(columns, schema=EMBEDDING)


def _pca(codes: NDArray[np.floating]) -> NDArray[np.float32]:
    centred = codes.astype(np.float64) - codes.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    # The sign of a direction is arbitrary: its largest weight is made positive.
    for one in directions:
        one *= np.sign(one[np.abs(one).argmax()]) or 1.0
    flat = np.zeros((codes.shape[0], 2), dtype=np.float32)
    turned = centred @ directions[:2].T
    flat[:, : turned.shape[1]] = turned
    return flat


def _tsne(codes: NDArray[np.floating]) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    start = _pca(codes)
    # As wide as t-SNE's own beginnings, the same for every machine.
    start *= np.float32(1e-4) / max(float(start[:, 0].std()), 1e-12)
    perplexity = min(_PERPLEXITY, (codes.shape[0] - 1) / 3)
    found: NDArray[np.float32] = TSNE(
        init=start, perplexity=perplexity, learning_rate="auto", max_iter=_STEPS, n_jobs=1,
        random_state=0,
    ).fit_transform(codes.astype(np.float32))  # fmt: skip
    return found


def draw_embedding(picture: Picture, table: pa.Table) -> Figure:
    """Draw both panels side by side, with the clusters' names to the right."""
    coloured = {
        int(key): fit(name, _NAME_INCHES, style.TICK_POINTS)
        for key, name in picture.settings["coloured"].items()
    }
    right = longest(coloured.values(), style.TICK_POINTS) + 0.55
    figure, whole = style.framed(
        style.Frame(2 * _SIDE + 0.2, _SIDE + 0.3, left=0.2, right=right, below=0.1),
        picture.title, picture.caption,
    )  # fmt: skip
    looks = _looks(list(coloured))
    for axes, panel in zip(panel_axes(figure, whole, 1, 2, 0.2, 0.3), _PANELS, strict=True):
        some = table.filter(pc.equal(table["panel"], panel))
        places = np.stack([some["x"].to_numpy(), some["y"].to_numpy()], axis=1)
        _draw_panel(axes, places, some["cluster_id"].to_numpy(), looks)
        style.write(axes.title, f"{panel} the refinement", style.LABEL_POINTS)
    _legend(figure, whole, coloured, looks)
    return figure


def _draw_panel(
    axes: Axes,
    places: NDArray[np.floating],
    labels: NDArray[np.integer],
    looks: Mapping[int, tuple[str, str]],
) -> None:
    # One scatter for each cluster and few points each: none covers all others.
    for key, (colour, marker) in looks.items():
        some = places[labels == key]
        axes.scatter(some[:, 0], some[:, 1], s=9, c=colour, marker=marker, alpha=0.65, linewidths=0)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(style.NOTHING)
    _number(axes, places, labels)


def _number(axes: Axes, places: NDArray[np.floating], labels: NDArray[np.integer]) -> None:
    """Number the clusters at their medians; numbers that would overlap move apart."""
    from matplotlib.patheffects import withStroke

    ids = np.unique(labels)
    middles = np.array([np.median(places[labels == key], axis=0) for key in ids])
    limits = np.array([axes.get_xlim(), axes.get_ylim()], dtype=np.float64)
    per_inch = (limits[:, 1] - limits[:, 0]) / _SIDE
    moved = apart(middles.astype(np.float64) / per_inch, _APART) * per_inch
    for key, (x, y) in zip(ids.tolist(), moved.tolist(), strict=True):
        text = axes.text(x, y, "", ha="center", va="center", zorder=5)
        style.write(text, str(key), style.LABEL_POINTS).set_fontweight("bold")
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def _looks(ids: list[int]) -> dict[int, tuple[str, str]]:
    """Colour and marker of each cluster: the same pair again only after 49 clusters."""
    colours, markers = style.COLOURS, style.MARKERS
    return {
        key: (colours[at % len(colours)], markers[at // len(colours) % len(markers)])
        for at, key in enumerate(ids)
    }


def _legend(
    figure: Figure, whole: Axes, coloured: Mapping[int, str], looks: Mapping[int, tuple[str, str]]
) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], linestyle="", color=colour, marker=marker, markersize=5)
        for colour, marker in looks.values()
    ]
    box = whole.get_position()
    legend = figure.legend(
        marks, list(coloured.values()), loc="upper left", frameon=False, handletextpad=0.3,
        bbox_to_anchor=(box.x1, box.y1), prop={"family": FONT, "size": style.TICK_POINTS},
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
