"""Pairs of names that are nearly the same, found without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.linking.spelling import Spellings

#: Names less alike than this are not listed.
LEAST_LIKENESS = 0.85
# Of the names that share most trigrams so many are compared letter by letter.
_N_COMPARED = 3
_LEAST_COSINE = 0.5
_ROWS_AT_ONCE = 1_000

Years = NDArray[np.int64]


def near_pairs(
    names: Sequence[Spellings], years: Years, rated: Sequence[Spellings], rated_years: Years
) -> Iterator[tuple[int, int, float]]:
    """Pairs of nearly the same name, of the same year or the next.

    Names are alike in their trigrams first, by sparse products within each year; the few that
    share most are compared letter by letter. Numbers must agree: a sequel is another work.

    Parameters
    ----------
    names, rated : sequences of n and m Spellings
    years, rated_years : ndarrays of shape (n,) and (m,), negative where unknown: never near

    Yields
    ------
    tuple of (index into names, index into rated, likeness from `LEAST_LIKENESS` to 1)
    """
    left, right = _trigrams([one.key for one in names], [one.key for one in rated])
    by_year = {year: np.flatnonzero(rated_years == year) for year in np.unique(rated_years)}
    for year in np.unique(years[years >= 0]):
        columns = np.concatenate([by_year.get(near, _NONE) for near in (year - 1, year, year + 1)])
        rows = np.flatnonzero(years == year)
        for start in range(0, rows.size if columns.size else 0, _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            alike = (left[some] @ right[columns].T).tocsr()
            for at, row in enumerate(some.tolist()):
                for column in _most_alike(alike, at, columns):
                    likeness = _likeness(names[row], rated[column])
                    if likeness >= LEAST_LIKENESS:
                        yield row, column, likeness


_NONE = np.empty(0, dtype=np.int64)


def _most_alike(alike: sparse.csr_matrix, row: int, columns: NDArray[np.int64]) -> list[int]:
    inside = slice(alike.indptr[row], alike.indptr[row + 1])
    found, cosine = columns[alike.indices[inside]], alike.data[inside]
    enough = cosine >= _LEAST_COSINE
    found, cosine = found[enough], cosine[enough]
    # The nearest three, and whatever is as near as the third: ties do not hang on the order.
    if found.size > _N_COMPARED:
        found = found[cosine >= np.partition(cosine, -_N_COMPARED)[-_N_COMPARED]]
    listed: list[int] = found.tolist()
    return listed


def _likeness(one: Spellings, other: Spellings) -> float:
    if one.numbers != other.numbers:
        return 0.0
    # The ratio is not symmetric: the longer name goes second.
    first, second = sorted((one.key, other.key), key=lambda key: (len(key), key))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _trigrams(
    names: Sequence[str], others: Sequence[str]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Two matrices of unit rows over the same trigrams, rare ones weighing more."""
    codes: dict[str, int] = {}
    counted = [_counts(keys, codes) for keys in (names, others)]
    held = np.zeros(len(codes))
    for matrix in counted:
        np.add.at(held, matrix.indices, 1)
    rarity = np.log((1 + len(names) + len(others)) / (1 + held)) + 1
    left, right = (_unit_rows(matrix, rarity) for matrix in counted)
    return left, right


def _counts(keys: Sequence[str], codes: dict[str, int]) -> sparse.csr_matrix:
    columns: list[int] = []
    ends = [0]
    for key in keys:
        padded = f" {key} "
        parts = {padded[at : at + 3] for at in range(len(padded) - 2)}
        # Sorted: sums must not hang on the order of a set.
        columns += [codes.setdefault(part, len(codes)) for part in sorted(parts)]
        ends.append(len(columns))
    shape = (len(keys), max(len(codes), 1))
    return sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=shape)


def _unit_rows(matrix: sparse.csr_matrix, rarity: NDArray[np.float64]) -> sparse.csr_matrix:
    data = rarity[matrix.indices]
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    lengths = np.sqrt(np.bincount(rows, weights=data**2, minlength=matrix.shape[0]))
    scaled = data / lengths[rows]
    return sparse.csr_matrix(
        (scaled.astype(np.float32), matrix.indices, matrix.indptr),
        shape=(matrix.shape[0], rarity.size),
    )
