"""Document frequencies of terms, counted per partition and merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from reelhouse.features.fields import FIELDS, field_terms
from reelhouse.features.parts import read_part
from reelhouse.features.settings import FieldSettings

_MERGED_AT_ONCE = 8


@dataclass(frozen=True)
class TermCounts:
    """How many titles hold each term.

    Attributes
    ----------
    n_titles
        Titles counted.
    fields
        Field -> term -> number of titles that hold it.
    """

    n_titles: int
    fields: dict[str, dict[str, int]]


def count_terms(titles: pa.Table) -> TermCounts:
    """Count the titles that hold each term, per field, in one partition."""
    fields = {}
    for field in FIELDS:
        found = field_terms(titles, field)
        held = np.bincount(found.counts.indices, minlength=len(found.terms))
        fields[field] = dict(zip(found.terms, held.tolist(), strict=True))
    return TermCounts(titles.num_rows, fields)


def merge_counts(counts: Iterable[TermCounts]) -> TermCounts:
    """Sum the counts of several partitions; the order does not matter."""
    n_titles = 0
    merged: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
    for part in counts:
        n_titles += part.n_titles
        for field, held in part.fields.items():
            merged[field].update(held)
    return TermCounts(n_titles, {field: dict(held) for field, held in merged.items()})


def count_parts(parts: Sequence[Path]) -> TermCounts:
    """Count the titles that hold each term in stored partitions, each in one Dask task."""
    import dask

    counts = [dask.delayed(_count_part)(Path(part)) for part in parts]
    while len(counts) > 1:
        counts = [
            dask.delayed(merge_counts)(counts[first : first + _MERGED_AT_ONCE])
            for first in range(0, len(counts), _MERGED_AT_ONCE)
        ]
    merged: TermCounts = dask.compute(counts[0])[0]
    return merged


def _count_part(part: Path) -> TermCounts:
    return count_terms(read_part(part))


def choose_terms(
    held: dict[str, int], settings: FieldSettings, most_titles: float
) -> tuple[list[str], list[int]]:
    """Terms worth a column, alphabetically, with their numbers of titles.

    Where more than `settings.max_terms` qualify, those of most titles stay; between terms of
    equally many titles the alphabet decides.

    Parameters
    ----------
    held
        Term -> number of titles that hold it.
    settings
        The field's settings; a weight of 0 leaves every term out.
    most_titles
        Terms of more titles than this are dropped.
    """
    if not settings.weight:
        return [], []
    qualified = [
        (-n_titles, term)
        for term, n_titles in held.items()
        if settings.min_titles <= n_titles <= most_titles
    ]
    qualified.sort()
    chosen = sorted(term for _, term in qualified[: settings.max_terms])
    return chosen, [held[term] for term in chosen]
