"""Clean and convert whole columns of cells.

Arrow does what every cell needs; Python sees only the cells that need more, and each distinct
text once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.sources.scalars import Parsed

Mask = npt.NDArray[np.bool_]

# Spaces at an end, two in a row, or others than U+0020; control and invisible characters.
_SUSPECT = (
    r"^ | $|  |[^ \P{Z}]|[\x00-\x1f\x7f-\x{9f}\x{ad}\x{180e}\x{200b}-\x{200f}"
    r"\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{feff}]"
)
# U+200C and U+200D join letters of Persian, Hindi and others and belong to their words.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_SPACES = re.compile(r"\s+")
_JOINERS = " \u200c\u200d"

#: What follows a comma without beginning a new name, in lower case.
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "m.d.", "ph.d.", "esq", "esq."})


class Converted(NamedTuple):
    """One column after conversion."""

    values: pa.Array
    mended: Mask
    """Where the text had to be mended."""
    unreadable: Mask
    """Where there is text and no value."""


def clean_text(cells: pa.StringArray) -> tuple[pa.StringArray, Mask]:
    """Remove invisible characters, collapse spaces, trim; empty text becomes null.

    Parameters
    ----------
    cells : pa.StringArray of length n
        As they stand in the file, without nulls.

    Returns
    -------
    text : pa.StringArray of length n
    changed : ndarray of shape (n,), bool
        Where anything but emptiness changed.
    """
    suspect = pc.match_substring_regex(cells, _SUSPECT)
    changed = np.zeros(len(cells), dtype=bool)
    if pc.any(suspect).as_py():
        where = np.flatnonzero(_as_mask(suspect))
        before = cells.take(pa.array(where)).to_pylist()
        after = [clean(text) for text in before]
        changed[where] = [old != new for old, new in zip(before, after, strict=True)]
        cells = pc.replace_with_mask(cells, suspect, pa.array(after, pa.string()))
    empty = pc.equal(pc.binary_length(cells), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), cells), changed


def clean(text: str) -> str:
    r"""Clean one text.

    >>> clean("\u200b A\u00a0 b\n")
    'A b'
    """
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip(_JOINERS)


def convert_distinct(
    text: pa.StringArray, parse: Callable[[str], Parsed | None], kind: pa.DataType
) -> Converted:
    """Convert a column by parsing each distinct text once.

    Parameters
    ----------
    text : pa.StringArray of length n
        Clean text or null.
    parse : callable
        Gives the value, or None for text that is unreadable.
    kind : pa.DataType
        Type of the values.
    """
    encoded = text.dictionary_encode()
    parsed = [parse(value) for value in encoded.dictionary.to_pylist()]
    table = pa.array([None if one is None else one.value for one in parsed], kind)
    mended_texts = np.array([one is not None and one.mended for one in parsed] + [False])
    index = encoded.indices.fill_null(len(parsed)).to_numpy(zero_copy_only=False)
    values = table.take(encoded.indices)
    unreadable = pc.and_(pc.is_valid(text), pc.is_null(values))
    return Converted(values, mended_texts[index], _as_mask(unreadable))


def split_names(text: pa.StringArray) -> tuple[pa.ListArray, Mask]:
    """Split comma-separated names; a suffix such as Jr. stays with its name.

    Parameters
    ----------
    text : pa.StringArray of length n
        Clean text or null.

    Returns
    -------
    names : pa.ListArray of length n, list<string>
        Null where the text is null or holds no name.
    changed : ndarray of shape (n,), bool
        Where empty names were dropped.
    """
    changed = np.zeros(len(text), dtype=bool)
    lists = pc.split_pattern(text, ",")
    values = pc.utf8_trim(lists.values, " ")
    lists = pa.ListArray.from_arrays(lists.offsets, values, mask=text.is_null())
    care = pc.is_in(values, value_set=_needing_care())
    if not pc.any(care).as_py():
        return lists, changed
    parents = pc.list_parent_indices(lists).to_numpy()
    where = np.unique(parents[_as_mask(care)])
    mended = [join_names(names) for names in lists.take(pa.array(where)).to_pylist()]
    changed[where] = [dropped for _, dropped in mended]
    fixed = pa.array([names or None for names, _ in mended], lists.type)
    order = np.arange(len(lists))
    order[where] = len(lists) + np.arange(len(where))
    return pa.concat_arrays([lists, fixed]).take(pa.array(order)), changed


@cache
def _needing_care() -> pa.StringArray:
    """Names that are empty or may be the suffix of the one before."""
    return pa.array(["", *{s for x in _SUFFIXES for s in (x, x.upper(), x.capitalize())}])


def join_names(parts: list[str]) -> tuple[list[str], bool]:
    """Drop empty parts and put suffixes back; tell whether anything was dropped.

    >>> join_names(["", "Sammy Davis", "Jr."])
    (['Sammy Davis, Jr.'], True)
    """
    names: list[str] = []
    for part in parts:
        if names and part.lower() in _SUFFIXES:
            names[-1] = f"{names[-1]}, {part}"
        elif part:
            names.append(part)
    return names, "" in parts


def _as_mask(booleans: Any) -> Mask:
    mask: Mask = booleans.to_numpy(zero_copy_only=False).astype(bool)
    return mask
