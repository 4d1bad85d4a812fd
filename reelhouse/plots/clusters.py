"""Pictures of all clusters: how large they are, which genres and titles they prefer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned, called, counted, listed
from reelhouse.plots.text import clean, fit, longest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: More rows than these cannot be read.
_MOST_ROWS = 60
_MOST_GENRES = 40
_MOST_BARS = 15
#: Longest name of a cluster or title, and of a genre, in inches.
_NAME_INCHES = 2.6
_GENRE_INCHES = 1.5
_ROW = 0.22
#: Lifts beyond these factors have the last colour.
_FARTHEST = 4.0
#: More cells than these have no numbers: they would be too small and slow.
_NUMBERED_CELLS = 900


def plan_sizes(tables: FigureTables) -> Iterator[Planned]:
    """How many users each cluster has."""
    clusters = tables.clusters
    if clusters is None or not clusters.num_rows:
        return
    shown = clusters.select(["cluster_id", "name", "size"])
    shown = shown.sort_by([("size", "descending"), ("cluster_id", "ascending")])
    total = pc.sum(shown["size"]).as_py()
    n_all = shown.num_rows
    shown = shown.slice(0, _MOST_ROWS)
    largest = shown["size"][0].as_py() / max(total, 1)
    which = "" if n_all <= _MOST_ROWS else f" The {_MOST_ROWS} largest are shown."
    caption = (
        f"{counted(total, 'user')} in {counted(n_all, 'cluster')}; the largest holds "
        f"{largest:.0%} of them.{which}"
    )
    picture = Picture("cluster-sizes", "sizes", "Users in each cluster", caption, {"total": total})
    yield picture, shown


def draw_sizes(picture: Picture, clusters: pa.Table) -> Figure:
    """Draw a bar per cluster, the largest on top."""
    names = _cluster_labels(clusters)
    sizes = clusters["size"].to_numpy()
    total = max(int(picture.settings["total"]), 1)
    frame = style.Frame(
        width=5.5,
        height=max(_ROW * len(names), 0.8),
        left=longest(names, style.TICK_POINTS) + 0.25,
        right=1.3,
        below=0.55,
    )
    figure, axes = style.framed(frame, picture.title, picture.caption)
    rows = np.arange(len(names))
    axes.barh(rows, sizes, color=style.MAIN, height=0.7)
    for row, size in zip(rows.tolist(), sizes.tolist(), strict=True):
        style.write(
            axes.annotate("", (size, row), (4, 0), textcoords="offset points", va="center"),
            f"{size:,} ({size / total:.1%})",
            style.TICK_POINTS,
        )
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, max(1, sizes.max()) * 1.02)
    style.plain(axes)
    style.counts(axes.xaxis)
    style.name_rows(axes, names, style.TICK_POINTS)
    style.label_axes(axes, "users", "")
    return figure


def plan_genres(tables: FigureTables) -> Iterator[Planned]:
    """Lift of each genre in each cluster."""
    preferences = tables.preferences
    if preferences is None:
        return
    genres = preferences.filter(pc.equal(preferences["kind"], "genre"))
    if not genres.num_rows:
        return
    fields = ["cluster_id", "genre", "n_ratings", "share", "lift"]
    best = genres.sort_by([("lift", "descending"), ("cluster_id", "ascending")]).slice(0, 1)
    names = tables.names()
    cluster_id = best["cluster_id"][0].as_py()
    caption = (
        "Share of a genre in a cluster's ratings over its share in all ratings: orange is "
        f"watched more than the average, purple less. Highest: {best['genre'][0].as_py()}, "
        f"{best['lift'][0].as_py():.1f} times the average in {called(cluster_id, names)}."
    )
    labels = {str(key): listed(key, names) for key in pc.unique(genres["cluster_id"]).to_pylist()}
    picture = Picture(
        "lift-by-genre",
        "genres",
        "What each cluster prefers, by genre",
        caption,
        {"labels": labels},
    )
    yield picture, genres.select(fields)


def draw_genres(picture: Picture, genres: pa.Table) -> Figure:
    """Draw clusters by genres, coloured by the logarithm of the lift."""
    from matplotlib.colors import Normalize

    kinds = _by_ratings(genres, "genre", _MOST_GENRES)
    ids = sorted(_by_ratings(genres, "cluster_id", _MOST_ROWS))
    lifts = np.ones((len(ids), len(kinds)))
    rows = {cluster_id: row for row, cluster_id in enumerate(ids)}
    columns = {genre: column for column, genre in enumerate(kinds)}
    for one in genres.to_pylist():
        if one["cluster_id"] in rows and one["genre"] in columns:
            lifts[rows[one["cluster_id"]], columns[one["genre"]]] = one["lift"]
    labels = [_name(picture.settings["labels"][str(key)]) for key in ids]
    across = [fit(kind, _GENRE_INCHES, style.TICK_POINTS) for kind in kinds]
    frame = style.Frame(
        width=max(0.34 * len(kinds), 2.5),
        height=max(0.26 * len(ids), 1.0),
        left=longest(labels, style.TICK_POINTS) + 0.25,
        right=1.1,
        below=style.room(across, style.TICK_POINTS),
    )
    figure, axes = style.framed(frame, picture.title, picture.caption)
    farthest = math.log2(_FARTHEST)
    with np.errstate(divide="ignore"):
        logs = np.log2(lifts).clip(-farthest, farthest)
    image = axes.imshow(
        logs, cmap=style.DIVERGING, norm=Normalize(-farthest, farthest), aspect="auto"
    )
    if lifts.size <= _NUMBERED_CELLS:
        for (row, column), value in np.ndenumerate(lifts):
            dark = abs(logs[row, column]) > 0.6 * farthest
            style.write(
                axes.text(column, row, "", ha="center", va="center"),
                f"{value:.1f}",
                style.SMALL_POINTS,
                "white" if dark else style.INK,
            )
    style.name_columns(axes, across, style.TICK_POINTS, "genre, most rated first")
    style.name_rows(axes, labels, style.TICK_POINTS)
    bar = figure.colorbar(image, cax=style.colour_bar_axes(figure, axes))
    style.tick(bar.ax.yaxis, [-2, -1, 0, 1, 2], ["≤ ¼", "½", "1", "2", "≥ 4"])
    style.write(bar.ax.yaxis.label, "lift", style.LABEL_POINTS)
    return figure


def plan_titles(tables: FigureTables) -> Iterator[Planned]:
    """Titles of highest lift, one picture for each cluster."""
    preferences = tables.preferences
    if preferences is None:
        return
    titles = preferences.filter(pc.equal(preferences["kind"], "title"))
    titles = titles.filter(pc.less_equal(titles["rank"], _MOST_BARS))
    names, sizes = tables.names(), tables.sizes()
    for cluster_id in pc.unique(titles["cluster_id"]).sort().to_pylist():
        some = titles.filter(pc.equal(titles["cluster_id"], cluster_id)).sort_by("rank")
        size = f" ({counted(sizes[cluster_id], 'user')})" if cluster_id in sizes else ""
        best = clean(some["name"][0].as_py())
        caption = (
            f"The titles of highest lift in cluster {cluster_id}{size}: their share of the "
            f"cluster's ratings over their share of all ratings. “{best}” "
            f"leads with {some['lift'][0].as_py():.1f} times the average."
        )
        picture = Picture(
            f"titles-cluster-{cluster_id:03d}",
            "titles",
            f"Preferred titles, {called(cluster_id, names)}",
            caption,
        )
        yield picture, some.drop_columns(["kind", "genre"])


def draw_titles(picture: Picture, titles: pa.Table) -> Figure:
    """Draw a bar per title, the highest lift on top."""
    names = [_name(name) for name in titles["name"].to_pylist()]
    lifts = titles["lift"].to_numpy()
    frame = style.Frame(
        width=4.5,
        height=max(_ROW * len(names), 0.8),
        left=longest(names, style.TICK_POINTS) + 0.25,
        right=2.1,
        below=0.55,
    )
    figure, axes = style.framed(frame, picture.title, picture.caption)
    rows = np.arange(len(names))
    axes.barh(rows, lifts, color=style.MAIN, height=0.7)
    axes.axvline(1, color=style.ACCENT, linewidth=1, linestyle="--")
    for row, one in enumerate(titles.select(["lift", "n_ratings", "mean_rating"]).to_pylist()):
        mean = "" if one["mean_rating"] is None else f", mean {one['mean_rating']:.1f}"
        style.write(
            axes.annotate("", (one["lift"], row), (4, 0), textcoords="offset points", va="center"),
            f"{counted(one['n_ratings'], 'rating')}{mean}",
            style.TICK_POINTS,
        )
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, max(1.05, lifts.max() * 1.02))
    style.plain(axes)
    style.name_rows(axes, names, style.TICK_POINTS)
    style.label_axes(axes, "lift (1: as much as all users)", "")
    return figure


def _by_ratings(table: pa.Table, column: str, most: int) -> list[str]:
    """Values of a column, those with most ratings first."""
    sums = table.group_by(column).aggregate([("n_ratings", "sum")])
    ordered = sums.sort_by([("n_ratings_sum", "descending"), (column, "ascending")])
    values: list[str] = ordered[column].to_pylist()[:most]
    return values


def _cluster_labels(clusters: pa.Table) -> list[str]:
    names = dict(zip(clusters["cluster_id"].to_pylist(), clusters["name"].to_pylist(), strict=True))
    return [_name(listed(cluster_id, names)) for cluster_id in names]


def _name(name: str) -> str:
    return fit(name, _NAME_INCHES, style.TICK_POINTS)
