"""Which title is which: stable ids across snapshots, and what changed between two of them.

A snapshot renumbers `show_id`, moves a show's `release_year` with each season and re-spells
titles. So a title is recognised in steps, each one to one and each only among the titles that the
steps before left over:

1. the same normalized title, type, release year and director;
2. the same normalized title, type and release year;
3. the same normalized title and type (the year moved: a new season, or a corrected year);
4. the same type, description and duration (the title was renamed), where the old spelling is gone.

What is left over on the new side was *added*, on the old side *removed*.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.errors import ReelhouseError
from reelhouse.schema import COMPARED_FIELDS

HashArray = NDArray[np.uint64]

#: What a missing text hashes to.
NO_TEXT: np.uint64 = pd.util.hash_array(np.array([""], dtype=object), categorize=False)[0]

#: (name of the step, columns of the key): the words appear in changes.parquet.
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("same title, type, release year and director", ("title", "type", "year", "director")),
    ("same title, type and release year", ("title", "type", "year")),
    ("same title and type, another release year", ("title", "type")),
    ("same type, description and duration, another title", ("type", "description", "duration")),
)


#: What decides among several candidates of one step: the columns that must agree as well.
_TIES: tuple[tuple[str, ...], ...] = (("content",), ("description",), ())


@dataclass(frozen=True)
class Keys:
    """64-bit hashes of what identifies a title; all arrays have shape (n,).

    Eight bytes per column and title: the keys of a million titles fit in 60 MB, whatever the
    length of the texts.
    """

    title: HashArray
    type: HashArray
    year: HashArray
    director: HashArray
    description: HashArray
    duration: HashArray
    content: HashArray  # every compared field

    def __len__(self) -> int:
        return int(self.title.size)

    def save(self, path: Path) -> None:
        """Write the arrays to a scratch file."""
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def load(cls, path: Path) -> Keys:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**arrays)

    def at(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Keys:
        """Keys of the titles that a mask or an index selects."""
        return Keys(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def combined(self, columns: Sequence[str]) -> HashArray:
        """One hash of several columns, shape (n,)."""
        mixed = np.zeros(len(self), dtype=np.uint64)
        for column in columns:
            mixed = _mixed(mixed, getattr(self, column))
        return mixed

    def comparable(self, columns: Sequence[str], nothing: int) -> HashArray:
        """As `combined`, but `nothing` where the description is asked for and missing.

        A work is not recognised by what it lacks.
        """
        mixed = self.combined(columns)
        if "description" in columns:
            mixed[self.description == NO_TEXT] = nothing
        return mixed


def normalized_title(titles: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Titles as they are compared: NFKC, lower case, single spaces, nothing invisible."""
    text = pc.utf8_normalize(titles, form="NFKC")
    text = pc.replace_substring_regex(text, "[\u200b-\u200f\u2060\ufeff\u00ad]", "")
    text = pc.replace_substring_regex(text, r"[\s\v\p{Z}]+", " ")
    return pc.utf8_lower(pc.utf8_trim_whitespace(text))


def keys_of(titles: pa.Table) -> Keys:
    """Identifying hashes of the titles of one partition.

    Parameters
    ----------
    titles : Table with the compared fields of `reelhouse.schema.TITLES`
    """
    flat = {name: _flat(titles[name]) for name in COMPARED_FIELDS}
    flat["title"] = normalized_title(titles["title"])
    # A certificate, a genre or a date may change any day; what is said of the work may not.
    duration = pc.binary_join_element_wise(
        _flat(titles["duration_minutes"]), _flat(titles["seasons"]), "|", null_handling="replace"
    )
    return Keys(
        title=_hash(flat["title"]),
        type=_hash(flat["type"]),
        year=_hash(flat["release_year"]),
        director=_hash(pc.utf8_lower(flat["director"])),
        description=_hash(flat["description"]),
        duration=_hash(duration),
        content=_content_hash(titles),
    )


def join_keys(pieces: Sequence[Keys]) -> Keys:
    """Keys of several partitions as one."""
    nothing = np.zeros(0, dtype=np.uint64)
    return Keys(
        **{
            name: np.concatenate([nothing, *(getattr(keys, name) for keys in pieces)])
            for name in Keys.__dataclass_fields__
        }
    )


@dataclass(frozen=True)
class Match:
    """How the titles of a new snapshot continue those of the old one.

    Attributes
    ----------
    old_index : ndarray of shape (n_new,), int64
        Row of the same title in the old snapshot, -1 for an added title.
    step : ndarray of shape (n_new,), int8
        Index into `STEPS`, -1 for an added title.
    removed : ndarray, int64
        Rows of the old snapshot that have no successor.
    """

    old_index: NDArray[np.int64]
    step: NDArray[np.int8]
    removed: NDArray[np.int64]


def match_titles(old: Keys, new: Keys) -> Match:
    """Recognise the old titles among the new ones, see the module's description."""
    old_index = np.full(len(new), -1, dtype=np.int64)
    step = np.full(len(new), -1, dtype=np.int8)
    old_left = np.arange(len(old))
    for number, (_, columns) in enumerate(STEPS):
        new_left = np.flatnonzero(old_index < 0)
        if not old_left.size or not new_left.size:
            break
        pairs_old, pairs_new = _pair(columns, old.at(old_left), new.at(new_left))
        old_index[new_left[pairs_new]] = old_left[pairs_old]
        step[new_left[pairs_new]] = number
        old_left = np.delete(old_left, pairs_old)
    return Match(old_index, step, old_left)


def new_title_ids(titles: pa.Table, taken: Iterable[str] = ()) -> list[str]:
    """Ids for titles that were never seen: a digest of what names them.

    The same work gets the same id in every store, and gets it back when it returns after an
    absence. Works that agree in title, type, year and director are told apart by a number.

    Parameters
    ----------
    titles : Table with the compared fields
    taken : ids already in use

    Returns
    -------
    list of n ids, "t" and 16 hexadecimal digits
    """
    used = set(taken)
    columns = [
        normalized_title(titles["title"]),
        titles["type"],
        titles["release_year"],
        _flat(titles["director"]),
    ]
    ids = []
    for naming in zip(*(column.to_pylist() for column in columns), strict=True):
        number = 0
        while (title_id := _digest(naming, number)) in used:
            number += 1
        used.add(title_id)
        ids.append(title_id)
    return ids


def edited_fields(old: pa.Table, new: pa.Table) -> list[list[str]]:
    """Which compared fields differ, row by row.

    Parameters
    ----------
    old, new : Tables of n rows each, the same title in the same row

    Returns
    -------
    list of n lists of field names, in the order of the schema
    """
    if old.num_rows != new.num_rows:
        raise ReelhouseError(f"{old.num_rows} old titles cannot be compared with {new.num_rows}")
    found: list[list[str]] = [[] for _ in range(new.num_rows)]
    for name in COMPARED_FIELDS:
        before, after = _flat(old[name]), _flat(new[name])
        same = pc.fill_null(pc.equal(before, after), False)
        both_null = pc.and_(pc.is_null(before), pc.is_null(after))
        changed = pc.invert(pc.or_(same, both_null))
        for row in np.flatnonzero(changed.to_numpy(zero_copy_only=False)):
            found[row].append(name)
    return found


def _flat(column: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A column as text; lists are joined, so that they can be compared and hashed."""
    if pa.types.is_list(column.type):
        return pc.binary_join(column, "\x1f")
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _hash(column: pa.Array | pa.ChunkedArray) -> HashArray:
    values = pc.fill_null(column, "").to_numpy(zero_copy_only=False)
    return np.asarray(pd.util.hash_array(np.asarray(values, dtype=object), categorize=False))


def _content_hash(titles: pa.Table) -> HashArray:
    joined = pc.binary_join_element_wise(
        *[_flat(titles[name]) for name in COMPARED_FIELDS],
        "\x1e",
        null_handling="replace",
        null_replacement="\x00",
    )
    return _hash(joined)


def _digest(naming: tuple[object, ...], number: int) -> str:
    text = "\x1f".join("" if value is None else str(value) for value in naming)
    suffix = f"\x1e{number}" if number else ""
    return "t" + hashlib.sha256((text + suffix).encode()).hexdigest()[:16]


def _pair(step: Sequence[str], old: Keys, new: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the titles that agree in the columns of a step one to one.

    Among several candidates identical content goes first, then the same description, then the
    order of the rows.
    """
    pairs: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    old_left, new_left = np.arange(len(old)), np.arange(len(new))
    for tie in _TIES:
        if not old_left.size or not new_left.size:
            break
        columns = tuple(dict.fromkeys((*step, *tie)))
        at_old, at_new = _same(
            old.comparable(columns, 0)[old_left], new.comparable(columns, 1)[new_left]
        )
        pairs.append((old_left[at_old], new_left[at_new]))
        old_left, new_left = np.delete(old_left, at_old), np.delete(new_left, at_new)
    return (
        np.concatenate([pair[0] for pair in pairs]),
        np.concatenate([pair[1] for pair in pairs]),
    )


def _same(old_key: HashArray, new_key: HashArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of equal keys; of a repeated key the n-th on one side goes with the n-th."""
    _, old, new = np.intersect1d(_numbered(old_key), _numbered(new_key), return_indices=True)
    return old, new


def _numbered(key: HashArray) -> HashArray:
    """Hash of each key and of how many rows before it have the same one."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=~ordered[:1]))
    before = np.arange(key.size) - np.repeat(starts, np.diff(starts, append=key.size))
    number = np.empty(key.size, dtype=np.uint64)
    number[order] = before
    return _mixed(key, number)


def _mixed(first: HashArray, second: HashArray) -> HashArray:
    # Multiply before adding, so that the order counts.
    mixed: HashArray = first * np.uint64(0x9E3779B97F4A7C15) + second
    return mixed ^ (mixed >> np.uint64(29))
