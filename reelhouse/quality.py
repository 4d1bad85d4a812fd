"""What the quality suites look at, and what becomes of rows that break a rule.

The suites themselves are Great Expectations' and run in the tasks layer. Here are the frames that
they judge: one row per title with the facts that need more than one row to know (repeats), and
one row per snapshot for the rules on the whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reelhouse.identity import NO_TEXT, HashArray, Keys
from reelhouse.schema import QUARANTINE, SOURCE_TITLES

#: Columns of a title that a row rule may name, beside the derived ones of `rule_frame`.
_PLAIN = (
    "show_id",
    "type",
    "title",
    "date_added",
    "release_year",
    "rating",
    "duration_minutes",
    "seasons",
    "description",
)


#: The column of the file that a derived column of `rule_frame` speaks of.
_SHOWN = {"repeats": "title", "other_type": "type", "n_genres": "listed_in"}


class RowFailure(NamedTuple):
    """A row of one partition that broke a row rule."""

    position: int
    column: str
    expectation: str
    reason: str


@dataclass(frozen=True)
class RowFacts:
    """What is known of a row only in view of all others; all arrays have shape (n,), int64.

    Attributes
    ----------
    repeats : row number of an earlier row with the same title, type, year and director; 0: none
    identical_to : row number of an earlier row that is the same in every field; 0: none
    other_type : row number of an earlier row with the same title and description but another
        type; 0: none
    """

    repeats: NDArray[np.int64]
    identical_to: NDArray[np.int64]
    other_type: NDArray[np.int64]

    def part(self, start: int, stop: int) -> RowFacts:
        """The facts of the rows start to stop."""
        return RowFacts(
            self.repeats[start:stop], self.identical_to[start:stop], self.other_type[start:stop]
        )


def row_facts(
    keys: Keys, rows: NDArray[np.int64], named: NDArray[np.bool_], mended: HashArray
) -> RowFacts:
    """Find repeats among all rows of a snapshot.

    Parameters
    ----------
    keys : Keys of n rows
    rows : ndarray of shape (n,), row numbers in the source file
    named : ndarray of shape (n,), bool
        Rows that have a title and no unreadable cell; the others repeat nothing and, since they
        go to quarantine, are repeated by nothing.
    mended : ndarray of shape (n,), uint64
        Hash of the fields that were repaired: rows that are the same only after repair were not
        the same in the file.
    """
    natural = _apart(keys.combined(("title", "type", "year", "director")), named)
    # Only the first row of a group is looked at, which is enough to know that types disagree.
    first = _leaders(_apart(keys.combined(("title", "description")), named))
    # Two untold stories are not the same story.
    told = named & (keys.description != NO_TEXT)
    conflict = told & (keys.type[first] != keys.type)
    return RowFacts(
        repeats=_earlier_row(_leaders(natural), rows, named),
        identical_to=_earlier_row(_leaders(_apart(keys.content ^ mended, named)), rows, named),
        other_type=np.where(conflict, rows[first], 0),
    )


def rule_frame(titles: pa.Table, facts: RowFacts) -> pd.DataFrame:
    """One partition as the row rules see it.

    Beside the plain columns: `n_genres`; `unreadable` (text, null where all cells could be
    read); `repeats` and `other_type` (text naming the other row, else null).

    Parameters
    ----------
    titles : Table with the schema `SOURCE_TITLES`
    facts : RowFacts of its rows
    """
    frame: pd.DataFrame = titles.select(list(_PLAIN)).to_pandas(types_mapper=_nullable)
    frame["n_genres"] = _lengths(titles["listed_in"])
    frame["unreadable"] = _unreadable(titles["unreadable"])
    frame["repeats"] = _row_names(facts.repeats)
    frame["other_type"] = _row_names(facts.other_type)
    return frame


def split_rows(
    titles: pa.Table, failures: Sequence[RowFailure], source: str
) -> tuple[pa.Table, pa.Table]:
    """Part the good rows from those that go to quarantine.

    Parameters
    ----------
    titles : Table with the schema `SOURCE_TITLES`
    failures : the rules that rows of this partition broke; a row may break several
    source : the input's URI, for the quarantine table

    Returns
    -------
    good : Table with the schema `SOURCE_TITLES`
    quarantine : Table with the schema `QUARANTINE`, one row per bad row
        `expectation` and `reason` join all rules that the row broke; `column` and `value` are
        those of the first, as the file names them.
    """
    by_row: dict[int, list[RowFailure]] = {}
    for failure in failures:
        by_row.setdefault(failure.position, []).append(failure)
    bad = np.zeros(titles.num_rows, dtype=bool)
    bad[list(by_row)] = True
    positions = sorted(by_row)
    rows = titles.take(pa.array(positions, pa.int64())).to_pylist()
    records = [
        _quarantined(row, by_row[position], source)
        for position, row in zip(positions, rows, strict=True)
    ]
    return titles.filter(pa.array(~bad)), pa.Table.from_pylist(records, schema=QUARANTINE)


def snapshot_facts(
    good_parts: Sequence[Path],
    *,
    rows_in: int,
    quarantined: int,
    facts: RowFacts,
    known_before: int,
    disappeared: int,
) -> dict[str, float | int]:
    """One snapshot as the dataset rules see it.

    Parameters
    ----------
    good_parts : the rows that passed, as Parquet
    rows_in, quarantined : int
    facts : RowFacts of all rows
    known_before : int
        Titles of the last published version; 0 when there is none.
    disappeared : int
        How many of them have no row of that title in this snapshot.
    """
    good = rows_in - quarantined
    nulls = dict.fromkeys(("description", "listed_in", "cast", "country"), 0)
    for part in good_parts:
        table = pq.read_table(part, columns=list(nulls))
        for name in nulls:
            nulls[name] += table[name].null_count
    return {
        "rows_in": rows_in,
        "good_rows": good,
        "quarantined_rows": quarantined,
        "quarantined_share": quarantined / max(rows_in, 1),
        "identical_rows": int((facts.identical_to > 0).sum()),
        "type_conflicts": int((facts.other_type > 0).sum()),
        "known_before": known_before,
        "disappeared_titles": disappeared,
        "disappeared_share": disappeared / max(known_before, 1),
        **{f"null_share_{name}": count / max(good, 1) for name, count in nulls.items()},
    }


def places(facts: RowFacts, rows: NDArray[np.int64], quarantine: pa.Table) -> dict[str, str]:
    """Where in the file to look, for each dataset rule that rows can break.

    Parameters
    ----------
    facts : RowFacts of n rows
    rows : ndarray of shape (n,), row numbers in the source file
    quarantine : Table with the schema `QUARANTINE`

    Returns
    -------
    dict from a column of `snapshot_facts` to a phrase such as "row 8 repeats row 3"
    """
    bad = [f"row {r['row']}: {r['reason']}" for r in quarantine.slice(0, 2).to_pylist()]
    return {
        "identical_rows": _pairs(rows, facts.identical_to, "repeats"),
        "type_conflicts": _pairs(rows, facts.other_type, "contradicts"),
        "quarantined_share": "; ".join(bad),
    }


def _pairs(rows: NDArray[np.int64], others: NDArray[np.int64], verb: str, most: int = 2) -> str:
    hits = np.flatnonzero(others)
    named = [f"row {rows[at]} {verb} row {others[at]}" for at in hits[:most]]
    return ", ".join(named) + (", ..." if hits.size > most else "")


def _apart(hashes: HashArray, named: NDArray[np.bool_]) -> HashArray:
    """The hashes, with one of its own for each row that is to stand alone."""
    alone = (np.arange(hashes.size, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return np.where(named, hashes, alone)


def _leaders(hashes: HashArray) -> NDArray[np.int64]:
    """Index of the first row with the same hash; a first row is its own leader."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    starts = np.diff(ordered, prepend=~ordered[:1]) != 0
    leaders = np.empty(order.size, dtype=np.int64)
    leaders[order] = order[np.maximum.accumulate(np.where(starts, np.arange(order.size), 0))]
    return leaders


def _earlier_row(
    leaders: NDArray[np.int64], rows: NDArray[np.int64], named: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Row number of each named row's leader; 0 for a row that is its own."""
    follows = named & (leaders != np.arange(rows.size))
    return np.where(follows, rows[leaders], 0)


def _nullable(kind: pa.DataType) -> pd.api.extensions.ExtensionDtype | None:
    # Whole numbers with nulls would otherwise turn into floats, and 2020 into 2020.0 in reports.
    return pd.Int64Dtype() if pa.types.is_integer(kind) else None


def _lengths(lists: pa.ChunkedArray) -> NDArray[np.integer]:
    lengths: NDArray[np.integer] = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    return lengths


def _unreadable(cells: pa.ChunkedArray) -> pd.api.extensions.ExtensionArray:
    """What cannot be read, in words; null for the many rows where all can."""
    words = np.full(len(cells), None, dtype=object)
    for at in np.flatnonzero(_lengths(cells)):
        words[at] = "; ".join(
            f"{c['column']} is {c['value']!r}, required: {c['required']}" for c in cells[at].as_py()
        )
    return pd.array(words, dtype="string")


def _row_names(rows: NDArray[np.int64]) -> pd.api.extensions.ExtensionArray:
    names = np.full(rows.size, None, dtype=object)
    for at in np.flatnonzero(rows):
        names[at] = f"row {rows[at]}"
    return pd.array(names, dtype="string")


def _quarantined(
    row: dict[str, object], failures: Sequence[RowFailure], source: str
) -> dict[str, object]:
    column = _SHOWN.get(failures[0].column, failures[0].column)
    value = row[column]
    cells = row["unreadable"]
    if column == "unreadable" and isinstance(cells, list) and cells:
        column, value = cells[0]["column"], cells[0]["value"]
    if isinstance(value, list):
        value = ", ".join(value)
    return {
        "source": source,
        "row": row["row"],
        "title": row["title"],
        "column": column,
        "value": None if value is None else str(value),
        "expectation": "; ".join(dict.fromkeys(f.expectation for f in failures)),
        "reason": "; ".join(dict.fromkeys(f.reason for f in failures)),
        "raw": json.dumps(row["raw"], ensure_ascii=False),
    }


def read_rows(
    parts: Sequence[Path],
) -> tuple[NDArray[np.int64], NDArray[np.bool_], HashArray]:
    """Row numbers of a snapshot's parts, which rows can be told apart, and a hash of their repairs.

    Returns
    -------
    rows : ndarray of shape (n,), int64
    named : ndarray of shape (n,), bool
        Rows that have a title and no unreadable cell.
    mended : ndarray of shape (n,), uint64, 0 where nothing was repaired
    """
    columns = ["row", "title", "repaired", "unreadable"]
    tables = [pq.read_table(part, columns=columns) for part in parts]
    whole = pa.concat_tables(tables) if tables else SOURCE_TITLES.empty_table()
    fields = pc.fill_null(pc.binary_join(whole["repaired"], " "), "").combine_chunks()
    words = fields.dictionary_encode()
    names = words.dictionary.to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(names.astype(object), categorize=False)
    hashes[names == ""] = 0
    mended = hashes[words.indices.to_numpy()]
    named = pc.is_valid(whole["title"]).to_numpy() & (_lengths(whole["unreadable"]) == 0)
    return whole["row"].to_numpy(), named, mended
