"""Pictures of a catalogue as it came: missing values, duplicates, and how long its texts are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.plots import style
from reelhouse.plots.pictures import Picture, Planned, counted
from reelhouse.plots.text import clean, longest
from reelhouse.schema import TITLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Titles of which something holds: without a value in a column, or like an earlier one.
TITLE_COUNTS = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("titles", pa.int64(), nullable=False),
    ]
)
#: Columns that came with no title, and two of which each title has one.
_NO_COLUMNS = {"title_id", "repaired", "duration_minutes", "seasons"}
_DURATIONS = ("duration_minutes", "seasons")
#: What two titles can have in common -> the columns that say so.
_ALIKE = {
    "title": ("title",),
    "title and type": ("title", "type"),
    "title, type and year": ("title", "type", "release_year"),
    "description": ("description",),
    "all but show_id": (
        "title", "type", "director", "cast", "country", "date_added", "release_year", "rating",
        *_DURATIONS, "listed_in", "description",
    ),
}  # fmt: skip
#: Bars of a histogram of lengths, at most.
_MOST_BARS = 30
_ROW = 0.24


def plan_missing(titles: pa.Table) -> Iterator[Planned]:
    """How many titles have no value, for each column.

    Parameters
    ----------
    titles : Table with columns of schema TITLES
        Others are not looked at.
    """
    columns = [name for name in TITLES.names if name in titles.column_names]
    if not titles.num_rows or not columns:
        return
    missing = {name: _nothing(titles[name]) for name in columns if name not in _NO_COLUMNS}
    if set(_DURATIONS) <= set(columns):
        minutes, seasons = (_nothing(titles[name]) for name in _DURATIONS)
        missing["duration"] = minutes & seasons
    counts = {name: int(one.sum()) for name, one in missing.items()}
    without = sum(count > 0 for count in counts.values())
    any_missing = int(np.any(list(missing.values()), axis=0).sum())
    caption = (
        f"{counted(titles.num_rows, 'title')}; {without} of {counted(len(counts), 'column')} lack "
        f"values, and {counted(any_missing, 'title')} at least one of them."
    )
    settings = {"total": titles.num_rows, "across": "titles without a value"}
    yield Picture("missing", "title-counts", "Missing values", caption, settings), _ranked(counts)


def plan_duplicates(titles: pa.Table) -> Iterator[Planned]:
    """How many titles are like an earlier one, by what they have in common.

    Parameters
    ----------
    titles : Table with columns of schema TITLES
    """
    if not titles.num_rows:
        return
    known = set(titles.column_names)
    counts = {
        name: _repeated(titles, columns)
        for name, columns in _ALIKE.items()
        if set(columns) <= known
    }
    caption = (
        f"Of {counted(titles.num_rows, 'title')}, those that have in common with an earlier one "
        "what stands beside the bar. Where nothing is known, nothing is in common."
    )
    settings = {"total": titles.num_rows, "across": "titles like an earlier one"}
    yield Picture("duplicates", "title-counts", "Duplicates", caption, settings), _ranked(counts)


def plan_lengths(lengths: Sequence[int] | NDArray[np.integer], places: int) -> Iterator[Planned]:
    """How many words the descriptions have.

    Parameters
    ----------
    lengths : sequence of int
        Words of each description, before it is padded or cut.
    places : int
        Places of a padded sequence.
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    if not sizes.size:
        return
    low, high = int(sizes.min()), int(sizes.max())
    wide = -(-(high - low + 1) // _MOST_BARS)
    lower = np.arange(low, high + 1, wide)
    counts = np.bincount((sizes - low) // wide, minlength=lower.size)
    cut = int((sizes > places).sum())
    caption = (
        f"{counted(sizes.size, 'title')}, {low:,} to {high:,} words, median "
        f"{np.median(sizes):,.0f}. Of {counted(places, 'place')}, words fill "
        f"{np.minimum(sizes, places).mean() / places:.1%}; "
        f"{counted(cut, 'description')} {'is' if cut == 1 else 'are'} longer."
    )
    picture = Picture(
        "sequence-lengths", "profile", "Words per description", caption,
        {"section": "words per description", "unit": "titles"},
    )  # fmt: skip
    upper = np.minimum(lower + wide - 1, high)
    table = {"lower": lower, "upper": upper, "value": counts}
    yield picture, pa.table({name: one.astype(np.float64) for name, one in table.items()})


def draw_title_counts(picture: Picture, table: pa.Table) -> Figure:
    """Draw a bar for each row, its number and share of all titles beside it."""
    names = [clean(name) for name in table["name"].to_pylist()]
    counts = table["titles"].to_pylist()
    total = max(int(picture.settings["total"]), 1)
    frame = style.Frame(
        width=4.6, height=max(_ROW * len(names), 0.8),
        left=longest(names, style.TICK_POINTS) + 0.25, right=1.1, below=0.55,
    )  # fmt: skip
    figure, axes = style.framed(frame, picture.title, picture.caption)
    axes.barh(range(len(names)), counts, color=style.MAIN, height=0.7)
    for row, count in enumerate(counts):
        place = axes.annotate("", (count, row), (4, 0), textcoords="offset points", va="center")
        style.write(place, f"{count:,} ({count / total:.1%})", style.TICK_POINTS)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, max([1, *counts]) * 1.02)
    style.plain(axes)
    style.counts(axes.xaxis)
    style.name_rows(axes, names, style.TICK_POINTS)
    style.label_axes(axes, picture.settings["across"], "")
    return figure


def _nothing(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Where a column has no value, an empty text or an empty list."""
    empty = pc.is_null(column)
    if pa.types.is_list(column.type):
        empty = pc.or_(empty, pc.fill_null(pc.equal(pc.list_value_length(column), 0), True))
    elif pa.types.is_string(column.type):
        empty = pc.or_(empty, pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True))
    found: NDArray[np.bool_] = empty.to_numpy()
    return found


def _repeated(titles: pa.Table, columns: Sequence[str]) -> int:
    """Titles whose values of some columns are those of an earlier one."""
    # Where a single column says what is alike, a title without it is like no other.
    some = titles.select(list(columns))
    if len(columns) == 1:
        some = some.filter(pa.array(~_nothing(some[columns[0]])))
    values = [[_plain(one) for one in some[name].to_pylist()] for name in columns]
    rows = list(zip(*values, strict=True))
    return len(rows) - len(set(rows))


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _ranked(counts: dict[str, int]) -> pa.Table:
    """Largest first; equal ones as they came."""
    rows = sorted(counts.items(), key=lambda one: -one[1])
    return pa.Table.from_pylist(
        [{"name": name, "titles": count} for name, count in rows], schema=TITLE_COUNTS
    )
