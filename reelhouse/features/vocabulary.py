"""Document frequencies of terms, counted per partition and merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from reelhouse.features.fields import FIELDS, field_terms
from reelhouse.settings import FieldSettings


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
        The field's settings.
    most_titles
        Terms of more titles than this are dropped.
    """
    qualified = [
        (-n_titles, term)
        for term, n_titles in held.items()
        if settings.min_titles <= n_titles <= most_titles
    ]
    qualified.sort()
    chosen = sorted(term for _, term in qualified[: settings.max_terms])
    return chosen, [held[term] for term in chosen]
