"""The fields of a title as codes of terms: each distinct string is cleaned once per partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import FeatureError
from reelhouse.features.text import clean_folded, fold, genre_tokens, join_people, name_token

#: The fields that make features, in the order of their columns.
FIELDS = ("description", "listed_in", "director", "cast", "country", "rating", "type")


@dataclass(frozen=True)
class FieldTerms:
    """Terms of one field of a partition.

    Attributes
    ----------
    counts : csr_matrix of shape (n_titles, n_terms), int32
        How often a title holds a term; no explicit zeros, sorted columns.
    terms : list of str
        The distinct terms, by column.
    """

    counts: sparse.csr_matrix
    terms: list[str]


class _Codes(dict[str, int]):
    """Term -> its code, given out in order of first sight."""

    def __missing__(self, term: str) -> int:
        code = self[term] = len(self)
        return code


def field_terms(titles: pa.Table, field: str) -> FieldTerms:
    """Terms of one field.

    Parameters
    ----------
    titles
        Table with the columns of `schema.TITLES` that features use.
    field
        One of `FIELDS`.
    """
    if field == "description":
        return _description_terms(titles)
    tokens: Callable[[str], list[str]] = genre_tokens if field == "listed_in" else _name_tokens
    return _listed_terms(_column(titles, field), tokens)


def _name_tokens(name: str) -> list[str]:
    token = name_token(name)
    return [token] if token else []


def _column(titles: pa.Table, name: str) -> pa.Array:
    """One column as a single array."""
    if name not in titles.column_names:
        raise FeatureError(
            f"titles have no column {name!r}, expected {', '.join(FIELDS)} among"
            f" {', '.join(titles.column_names)}"
        )
    column = titles.column(name)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _listed(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Row bounds (n_rows + 1), code per value, and the distinct values of a column.

    A column of strings is read as lists of one. Nulls hold nothing.
    """
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        values = column.flatten()  # leaves out what lies under a null
    else:
        lengths = column.is_valid().to_numpy(zero_copy_only=False)
        values = column.drop_null()
    bounds = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    encoded = pc.fill_null(values, "").dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return bounds, codes, encoded.dictionary.to_pylist()


def _listed_terms(column: pa.Array, tokens: Callable[[str], list[str]]) -> FieldTerms:
    bounds, codes, distinct = _listed(column)
    known = _Codes()
    # Values x terms; the product with rows x values gives rows x terms.
    per_value = [[known[token] for token in tokens(value)] for value in distinct]
    value_terms = _counts(per_value, known)
    ones = np.ones(len(codes), dtype=np.int32)
    rows = sparse.csr_matrix((ones, codes, bounds), shape=(len(bounds) - 1, len(distinct)))
    counts = sparse.csr_matrix(rows @ value_terms)
    counts.sort_indices()
    return FieldTerms(counts, list(known))


def _description_terms(titles: pa.Table) -> FieldTerms:
    descriptions = _column(titles, "description").to_pylist()
    people = [_listed(_column(titles, field)) for field in ("director", "cast")]
    folded_people = [
        (bounds.tolist(), codes.tolist(), [fold(name) for name in names])
        for bounds, codes, names in people
    ]
    known = _Codes()

    def row_codes(row: int, text: str | None) -> list[int]:
        if not text:
            return []
        folded = fold(text)
        for bounds, codes, names in folded_people:
            held = [
                name for code in codes[bounds[row] : bounds[row + 1]] if (name := names[code])
                in folded
            ]  # fmt: skip
            if held:
                folded = join_people(folded, held)
        return [known[token] for token in clean_folded(folded)]

    rows = (row_codes(row, text) for row, text in enumerate(descriptions))
    return FieldTerms(_counts(rows, known), list(known))


def _counts(rows: Iterable[list[int]], known: _Codes) -> sparse.csr_matrix:
    """Count matrix (n_rows, n_known) of lists of codes; `known` may grow while it is read."""
    bounds = [0]
    codes: list[int] = []
    for row in rows:
        codes.extend(row)
        bounds.append(len(codes))
    columns = np.array(codes, dtype=np.int32)
    ones = np.ones(len(columns), dtype=np.int32)
    counts = sparse.csr_matrix(
        (ones, columns, np.array(bounds, dtype=np.int64)), shape=(len(bounds) - 1, len(known))
    )
    counts.sum_duplicates()
    return counts
