"""Turn one block of records into a table of canonical titles."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.schema import SOURCE_TITLES
from reelhouse.sources.cells import Mask, clean_text, convert_distinct, split_names
from reelhouse.sources.dates import day_orders, parse_date
from reelhouse.sources.header import COLUMNS, Columns
from reelhouse.sources.records import Block
from reelhouse.sources.scalars import (
    parse_minutes,
    parse_seasons,
    parse_show_id,
    parse_type,
    parse_year,
)

_LISTS = ("director", "cast", "country", "listed_in")
_REQUIRED = {
    "date_added": "a date such as August 14, 2020, its day and month not in doubt",
    "release_year": "a year such as 2020",
    "duration": "a duration such as 93 min or 4 Seasons",
}
_UNREADABLE_TYPE = SOURCE_TITLES.field("unreadable").type


class TitlesConverter:
    """Converts the blocks of one file, in their order.

    Parameters
    ----------
    columns : Columns
        Where the canonical columns stand in a record.

    Notes
    -----
    It remembers whether the file's numeric dates put the day or the month first, which decides
    the dates that could be read both ways.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._day_orders: set[bool] = set()

    def convert(self, block: Block) -> pa.Table:
        """Convert a block.

        Returns
        -------
        pa.Table of schema SOURCE_TITLES, one row per record.
        """
        cells = pa.array(list(chain.from_iterable(block.rows)), pa.string())
        work = _Work(len(block.rows))
        text = self._clean(cells, work)
        self._move_slid_durations(text, work)
        values: dict[str, Any] = {
            "row": pa.array(block.first_row + np.arange(work.n_rows), pa.int64()),
            "title": text["title"],
            "rating": text["rating"],
            "description": text["description"],
        }
        for name in _LISTS:
            values[name], dropped = split_names(text[name])
            work.repair(name, dropped)
        values |= self._scalars(text, work)
        values["repaired"] = work.repaired()
        values["unreadable"] = work.unreadable(block)
        values["raw"] = _raw(cells, self._columns.width, block)
        return pa.table([values[name] for name in SOURCE_TITLES.names], schema=SOURCE_TITLES)

    def _clean(self, cells: pa.StringArray, work: _Work) -> dict[str, pa.StringArray]:
        """Clean each known column; an absent one is all null."""
        text = {}
        for name in COLUMNS:
            position = self._columns.positions.get(name)
            if position is None:
                text[name] = pa.nulls(work.n_rows, pa.string())
                continue
            every = pa.array(np.arange(position, len(cells), self._columns.width))
            text[name], changed = clean_text(cells.take(every))
            work.repair(name, changed)
        return text

    def _move_slid_durations(self, text: dict[str, pa.StringArray], work: _Work) -> None:
        """Bring back a duration that stands in `rating` while `duration` is empty."""
        rating, duration = text["rating"], text["duration"]
        parsed = convert_distinct(
            rating, lambda t: parse_minutes(t) or parse_seasons(t), pa.int32()
        )
        slid = pc.and_(parsed.values.is_valid(), duration.is_null())
        if not pc.any(slid).as_py():
            return
        text["duration"] = pc.if_else(slid, rating, duration)
        text["rating"] = pc.if_else(slid, pa.scalar(None, pa.string()), rating)
        moved: Mask = slid.to_numpy(zero_copy_only=False)
        work.repair("rating", moved)
        work.repair("duration", moved)

    def _scalars(self, text: dict[str, pa.StringArray], work: _Work) -> dict[str, pa.Array]:
        """Convert the columns that hold one value per cell."""
        date_text = text["date_added"]
        self._day_orders |= day_orders(date_text.unique().drop_null().to_pylist())
        as_date = partial(parse_date, orders=frozenset(self._day_orders))
        converted = {
            "show_id": convert_distinct(text["show_id"], parse_show_id, pa.string()),
            "type": convert_distinct(text["type"], parse_type, pa.string()),
            "date_added": convert_distinct(date_text, as_date, pa.date32()),
            "release_year": convert_distinct(text["release_year"], parse_year, pa.int32()),
        }
        for name, column in converted.items():
            work.repair(name, column.mended)
            work.refuse(name, text[name], column.unreadable)
        values = {name: column.values for name, column in converted.items()}
        minutes = convert_distinct(text["duration"], parse_minutes, pa.int32())
        seasons = convert_distinct(text["duration"], parse_seasons, pa.int32())
        work.refuse("duration", text["duration"], minutes.unreadable & seasons.unreadable)
        return values | {"duration_minutes": minutes.values, "seasons": seasons.values}


class _Work:
    """What was mended and what could not be read in one block."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows
        self._repairs: dict[str, Mask] = {}
        self._unreadable: dict[int, list[dict[str, str]]] = {}

    def repair(self, column: str, where: Mask) -> None:
        """Note the rows whose field was mended."""
        if where.any():
            earlier = self._repairs.get(column)
            self._repairs[column] = where if earlier is None else earlier | where

    def refuse(self, column: str, text: pa.StringArray, where: Mask) -> None:
        """Note the cells that hold text and gave no value."""
        for index in np.flatnonzero(where).tolist():
            problem = {
                "column": column,
                "value": text[index].as_py(),
                "required": _REQUIRED[column],
            }
            self._unreadable.setdefault(index, []).append(problem)

    def repaired(self) -> pa.ListArray:
        """List the mended fields of each row, in the order of the source columns."""
        names = [name for name in COLUMNS if name in self._repairs]
        if not names:
            return _empty_lists(self.n_rows, pa.list_(pa.string()))
        masks = np.stack([self._repairs[name] for name in names], axis=1)
        _, which = np.nonzero(masks)
        offsets = np.concatenate([[0], np.cumsum(masks.sum(axis=1))]).astype(np.int32)
        values = pa.array(names, pa.string()).take(pa.array(which))
        return pa.ListArray.from_arrays(pa.array(offsets), values)

    def unreadable(self, block: Block) -> pa.ListArray:
        """List the unreadable cells of each row; a damaged record is one cell named ``*``."""
        problems = dict(self._unreadable)
        for index, damage in block.damaged.items():
            problems[index] = [{"column": "*", "value": damage.value, "required": damage.required}]
        if not problems:
            return _empty_lists(self.n_rows, _UNREADABLE_TYPE)
        return pa.array([problems.get(i, []) for i in range(self.n_rows)], _UNREADABLE_TYPE)


def _empty_lists(length: int, kind: pa.DataType) -> pa.ListArray:
    offsets = pa.array(np.zeros(length + 1, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, pa.array([], kind.value_type), type=kind)


def _raw(cells: pa.StringArray, width: int, block: Block) -> pa.ListArray:
    """Give the fields of each record as they stand in the file."""
    offsets = np.arange(0, len(cells) + 1, width, dtype=np.int32)
    raw = pa.ListArray.from_arrays(pa.array(offsets), cells)
    if not block.damaged:
        return raw
    damaged = pa.array([damage.fields for damage in block.damaged.values()], raw.type)
    order = np.arange(len(raw))
    order[list(block.damaged)] = len(raw) + np.arange(len(damaged))
    return pa.concat_arrays([raw, damaged]).take(pa.array(order))
