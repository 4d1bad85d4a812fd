"""Good rows become titles: each gets its stable id, and what changed is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reelhouse.identity import (
    STEPS,
    Keys,
    Match,
    edited_fields,
    join_keys,
    keys_of,
    match_titles,
    new_title_ids,
)
from reelhouse.schema import CHANGES, COMPARED_FIELDS, TITLES

#: A continued title of which all these changed is perhaps another work of the same name.
_SUBSTANCE = frozenset({"description", "cast"})
_READ = ["title_id", *COMPARED_FIELDS]


@dataclass(frozen=True)
class OldTitles:
    """Titles of the last version: ids, keys and the partitions that they stand in.

    Attributes
    ----------
    ids : Array of n strings
    keys : Keys of n titles
    parts : Parquet files whose rows follow each other in the order of `ids`
    """

    ids: pa.Array
    keys: Keys
    parts: tuple[Path, ...]


def keys_of_parts(parts: Sequence[Path]) -> Keys:
    """Keys of all rows of a snapshot, the partitions in parallel on the active Dask scheduler."""
    pieces = dask.compute(*[dask.delayed(_keys_of_part)(str(part)) for part in parts])
    return join_keys(pieces)


def _keys_of_part(part: str) -> Keys:
    return keys_of(pq.read_table(part, columns=list(COMPARED_FIELDS)))


def old_titles(parts: Sequence[Path]) -> OldTitles:
    """Index the titles of the last version.

    Parameters
    ----------
    parts : Parquet files with the schema `TITLES`
    """
    ids = [pq.read_table(part, columns=["title_id"])["title_id"] for part in parts]
    whole = pa.chunked_array([chunk for column in ids for chunk in column.chunks], pa.string())
    return OldTitles(whole.combine_chunks(), keys_of_parts(parts), tuple(parts))


@dataclass(frozen=True)
class Identified:
    """What `identify` found.

    Attributes
    ----------
    added, removed, edited, kept : int
        Titles; edited ones are among the kept.
    disappeared : int
        Removed titles whose name no row of the new snapshot bears, whatever its type.
    added_index : ndarray of shape (added,), int64
        Row of each added title among all titles of the new snapshot.
    """

    added: int
    removed: int
    edited: int
    kept: int
    disappeared: int
    added_index: NDArray[np.int64]


def identify(
    good_parts: Sequence[Path], old: OldTitles | None, keys: Keys, out: Path, changes: Path
) -> Identified:
    """Give every good row its title id; write the partitions of titles and changes.parquet.

    Parameters
    ----------
    good_parts : partitions with the schema `SOURCE_TITLES`
    old : the last version's titles, None for a first version
    keys : Keys of all good rows
    out : folder for part-*.parquet with the schema `TITLES`
    changes : path of the table of changes
    """
    match = match_titles(old.keys, keys) if old is not None else _nothing_matches(len(keys))
    records: list[dict[str, Any]] = []
    # Ids in use anywhere in the old version stay in use: a new remake must not take one over.
    taken = set(old.ids.to_pylist()) if old is not None else set()
    start = 0
    for part in good_parts:
        table = pq.read_table(part)
        stop = start + table.num_rows
        titles = _with_ids(table, old, match.old_index[start:stop], taken)
        taken |= set(titles["title_id"].to_pylist())
        pq.write_table(titles, out / part.name, compression="lz4")
        records += _added_records(titles, match.old_index[start:stop])
        if old is not None:
            records += _edited_records(titles, old, keys, match, start)
        start = stop
    if old is not None:
        records += _removed_records(old, match)
    pq.write_table(pa.Table.from_pylist(records, schema=CHANGES), changes, compression="zstd")
    return _counted(records, old, keys, match)


def disappeared_titles(old: OldTitles, keys: Keys) -> int:
    """Published titles whose name no row of the new snapshot bears."""
    return int((~np.isin(old.keys.title, keys.title)).sum())


def _nothing_matches(n: int) -> Match:
    none = np.zeros(0, dtype=np.int64)
    return Match(np.full(n, -1, np.int64), np.full(n, -1, np.int8), none)


def _with_ids(
    table: pa.Table, old: OldTitles | None, old_index: NDArray[np.int64], taken: set[str]
) -> pa.Table:
    ids = np.empty(table.num_rows, dtype=object)
    known = old_index >= 0
    if old is not None:
        ids[known] = old.ids.take(pa.array(old_index[known])).to_numpy(zero_copy_only=False)
    ids[~known] = new_title_ids(table.filter(pa.array(~known)), taken)
    columns = {"title_id": pa.array(ids, pa.string())}
    columns |= {name: table[name] for name in TITLES.names if name != "title_id"}
    return pa.table(columns, schema=TITLES)


def _added_records(titles: pa.Table, old_index: NDArray[np.int64]) -> list[dict[str, Any]]:
    fresh = titles.select(["title_id", "title"]).filter(pa.array(old_index < 0))
    reason = "no title of the last version has this title and type"
    return [{**row, "change": "added", "fields": [], "reason": reason} for row in fresh.to_pylist()]


def _edited_records(
    titles: pa.Table, old: OldTitles, keys: Keys, match: Match, start: int
) -> list[dict[str, Any]]:
    old_index = match.old_index[start : start + titles.num_rows]
    content = keys.content[start : start + titles.num_rows]
    continued = np.flatnonzero(old_index >= 0)
    differs = continued[old.keys.content[old_index[continued]] != content[continued]]
    after = titles.take(pa.array(differs))
    fields = edited_fields(_rows_of(old, old_index[differs]), after)
    return [
        {
            "title_id": title_id,
            "title": title,
            "change": "edited",
            "fields": names,
            "reason": _edit_reason(int(match.step[start + at]), names),
        }
        for title_id, title, names, at in zip(
            after["title_id"].to_pylist(), after["title"].to_pylist(), fields, differs, strict=True
        )
        if names
    ]


def _edit_reason(step: int, fields: list[str]) -> str:
    reason = STEPS[step][0]
    if step >= 2 and set(fields) >= _SUBSTANCE:
        reason += "; description and cast differ too: perhaps another work of the same name"
    return reason


def _removed_records(old: OldTitles, match: Match) -> list[dict[str, Any]]:
    gone = _rows_of(old, match.removed).select(["title_id", "title"]).to_pylist()
    reason = "no row of the new snapshot has this title and type"
    return [{**row, "change": "removed", "fields": [], "reason": reason} for row in gone]


def _rows_of(old: OldTitles, index: NDArray[np.int64]) -> pa.Table:
    """Rows of the old titles by their number over all partitions, in the order asked for."""
    order = np.argsort(index, kind="stable")
    ascending = index[order]
    pieces, start = [TITLES.empty_table().select(_READ)], 0
    for part in old.parts:
        stop = start + pq.read_metadata(part).num_rows
        low, high = np.searchsorted(ascending, [start, stop])
        if high > low:
            rows = pq.read_table(part, columns=_READ)
            pieces.append(rows.take(pa.array(ascending[low:high] - start)))
        start = stop
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    return pa.concat_tables(pieces).take(pa.array(back))


def _counted(
    records: list[dict[str, Any]], old: OldTitles | None, keys: Keys, match: Match
) -> Identified:
    added = np.flatnonzero(match.old_index < 0)
    return Identified(
        added=int(added.size),
        removed=int(match.removed.size),
        edited=sum(1 for record in records if record["change"] == "edited"),
        kept=len(keys) - int(added.size),
        disappeared=disappeared_titles(old, keys) if old is not None else 0,
        added_index=added,
    )
