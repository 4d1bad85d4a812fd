"""Good rows become titles: each gets its stable id, and what changed is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dask
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reelhouse.identity import (
    STEPS,
    HashArray,
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
#: Edited titles whose old rows are read together: every reading may touch every old partition.
_COMPARED_AT_ONCE = 50_000
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
    carried: int
    disappeared: int
    added_index: NDArray[np.int64]

    @property
    def titles(self) -> int:
        """Titles of the new version."""
        return self.kept + self.added + self.carried

    @property
    def nothing_changed(self) -> bool:
        """Whether the snapshot says what the last version says."""
        return not (self.added or self.removed or self.edited)


def identify(
    good_parts: Sequence[Path],
    old: OldTitles | None,
    keys: Keys,
    out: Path,
    changes: Path,
    *,
    doubtful: HashArray | None = None,
) -> Identified:
    """Give every good row its title id; write the partitions of titles and changes.parquet.

    Titles that are carried over make a last partition of their own.

    Parameters
    ----------
    good_parts : partitions with the schema `SOURCE_TITLES`
    old : the last version's titles, None for a first version
    keys : Keys of all good rows
    out : folder for part-*.parquet with the schema `TITLES`
    changes : path of the table of changes
    doubtful : ndarray of shape (n_quarantined,), uint64, or None
        Hashes of the titles of the quarantined rows, as in `Keys.title`.
    """
    match = match_titles(old.keys, keys) if old is not None else _nothing_matches(len(keys))
    removed, carried = _parted(match.removed, old, doubtful)
    found = [CHANGES.empty_table()]
    differing: list[pa.Table] = []
    # Ids in use anywhere in the old version stay in use: a new remake must not take one over.
    taken = set(old.ids.to_pylist()) if old is not None else set()
    start = 0
    for part in good_parts:
        table = pq.read_table(part)
        rows = slice(start, start + table.num_rows)
        titles = _with_ids(table, old, match.old_index[rows], taken)
        pq.write_table(titles, out / part.name, compression="lz4")
        found.append(_added(titles, match.old_index[rows]))
        if old is not None:
            differing.append(_differing(titles, old, keys.content[rows], match, start))
            if sum(piece.num_rows for piece in differing) >= _COMPARED_AT_ONCE:
                found.append(_edited(differing, old))
                differing = []
        start = rows.stop
    if old is not None:
        found += [_edited(differing, old), _removed(old, removed)]
        if carried.size:
            again = _rows_of(old, carried, TITLES.names).cast(TITLES)
            pq.write_table(again, out / f"part-{len(good_parts):05d}.parquet", compression="lz4")
    found_changes = pa.concat_tables(found)
    pq.write_table(found_changes, changes, compression="zstd")
    added = np.flatnonzero(match.old_index < 0)
    return Identified(
        added=int(added.size),
        removed=int(removed.size),
        edited=int(pc.sum(pc.equal(found_changes["change"], "edited")).as_py() or 0),
        kept=len(keys) - int(added.size),
        carried=int(carried.size),
        disappeared=disappeared_titles(old, keys) if old is not None else 0,
        added_index=added,
    )


def disappeared_titles(old: OldTitles, keys: Keys) -> int:
    """Published titles whose name no row of the new snapshot bears."""
    return int((~np.isin(old.keys.title, keys.title)).sum())


def _nothing_matches(n: int) -> Match:
    none = np.zeros(0, dtype=np.int64)
    return Match(np.full(n, -1, np.int64), np.full(n, -1, np.int8), none)


def _with_ids(
    table: pa.Table, old: OldTitles | None, old_index: NDArray[np.int64], taken: set[str]
) -> pa.Table:
    """Rows of one partition as titles; the ids given out are added to `taken`."""
    ids = np.empty(table.num_rows, dtype=object)
    known = old_index >= 0
    if old is not None:
        ids[known] = old.ids.take(pa.array(old_index[known])).to_numpy(zero_copy_only=False)
    fresh = new_title_ids(table.filter(pa.array(~known)), taken)
    taken.update(fresh)
    ids[~known] = fresh
    columns = {"title_id": pa.array(ids, pa.string())}
    columns |= {name: table[name] for name in TITLES.names if name != "title_id"}
    return pa.table(columns, schema=TITLES)


def _added(titles: pa.Table, old_index: NDArray[np.int64]) -> pa.Table:
    fresh = titles.filter(pa.array(old_index < 0))
    return _changes(fresh, "added", "it continues no title of the last version")


def _differing(
    titles: pa.Table, old: OldTitles, content: HashArray, match: Match, start: int
) -> pa.Table:
    """Continued titles of one partition of which any field changed, with their old rows."""
    old_index = match.old_index[start : start + titles.num_rows]
    continued = np.flatnonzero(old_index >= 0)
    differs = continued[old.keys.content[old_index[continued]] != content[continued]]
    rows = titles.select(_READ).take(pa.array(differs))
    rows = rows.append_column("old_index", pa.array(old_index[differs]))
    return rows.append_column("step", pa.array(match.step[start + differs]))


def _edited(differing: Sequence[pa.Table], old: OldTitles) -> pa.Table:
    if not differing:
        return CHANGES.empty_table()
    after = pa.concat_tables(differing)
    before = _rows_of(old, after["old_index"].to_numpy())
    fields = edited_fields(before, after)
    steps = after["step"].to_pylist()
    reasons = [_edit_reason(step, names) for step, names in zip(steps, fields, strict=True)]
    changes = _changes(after, "edited", reasons, fields)
    return changes.filter(pc.greater(pc.list_value_length(changes["fields"]), 0))


def _edit_reason(step: int, fields: list[str]) -> str:
    reason = STEPS[step][0]
    if step >= 2 and set(fields) >= _SUBSTANCE:
        reason += "; description and cast differ too: perhaps another work of the same name"
    return reason


def _parted(
    gone: NDArray[np.int64], old: OldTitles | None, doubtful: HashArray | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Old rows without a successor: those that were removed, and those to be carried over."""
    if old is None or doubtful is None:
        return gone, gone[:0]
    known = np.isin(old.keys.title[gone], doubtful)
    return gone[~known], gone[known]


def _removed(old: OldTitles, index: NDArray[np.int64]) -> pa.Table:
    gone = _rows_of(old, index)
    return _changes(gone, "removed", "no row of the new snapshot continues it")


def _changes(
    titles: pa.Table,
    change: str,
    reason: str | Sequence[str],
    fields: Sequence[Sequence[str]] | None = None,
) -> pa.Table:
    """Rows of changes.parquet, still without clusters; no text is copied row by row."""
    n = titles.num_rows
    nowhere = pa.nulls(n, pa.int32())
    columns = {
        "title_id": titles["title_id"],
        "change": pa.repeat(change, n),
        "fields": pa.array([[]] * n if fields is None else fields, CHANGES.field("fields").type),
        "from_cluster": nowhere,
        "to_cluster": nowhere,
        "title": titles["title"],
        "reason": pa.repeat(reason, n)
        if isinstance(reason, str)
        else pa.array(reason, pa.string()),
    }
    return pa.table(columns, schema=CHANGES)


def _rows_of(old: OldTitles, index: NDArray[np.int64], columns: Sequence[str] = _READ) -> pa.Table:
    """Rows of the old titles by their number over all partitions, in the order asked for."""
    order = np.argsort(index, kind="stable")
    ascending = index[order]
    pieces, start = [TITLES.empty_table().select(columns)], 0
    for part in old.parts:
        stop = start + pq.read_metadata(part).num_rows
        low, high = np.searchsorted(ascending, [start, stop])
        if high > low:
            rows = pq.read_table(part, columns=list(columns))
            pieces.append(rows.take(pa.array(ascending[low:high] - start)))
        start = stop
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    return pa.concat_tables(pieces).take(pa.array(back))
