"""The words of several fields of a title as one bag, and how many titles hold each word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy import sparse

from reelhouse.features.fields import FieldTerms, field_terms
from reelhouse.features.parts import read_part
from reelhouse.matrix import store_block

_MERGED_AT_ONCE = 8

#: Titles counted, and word -> number of titles that hold it.
WordCounts = tuple[int, Counter[str]]


def word_bag(titles: pa.Table, fields: Sequence[str]) -> FieldTerms:
    """Words of several fields side by side; one that stands in two fields is one column.

    Examples
    --------
    >>> titles = pa.table({"country": [["Japan"]], "listed_in": [["Comedies"]]})
    >>> word_bag(titles, ["listed_in", "country"]).terms
    ['comedy', 'japan']
    """
    found = [field_terms(titles, field) for field in fields]
    column_of: dict[str, int] = {}
    for field in found:
        for term in field.terms:
            column_of.setdefault(term, len(column_of))
    beside = sparse.csr_matrix(sparse.hstack([field.counts for field in found], format="csr"))
    columns = np.array([column_of[term] for field in found for term in field.terms], np.int32)
    bag = sparse.csr_matrix(
        (beside.data, columns[beside.indices], beside.indptr),
        shape=(titles.num_rows, len(column_of)),
    )
    bag.sum_duplicates()
    return FieldTerms(bag, list(column_of))


def count_words(parts: Sequence[Path], fields: Sequence[str]) -> WordCounts:
    """Count the titles that hold each word in stored partitions, each in one Dask task."""
    import dask

    counts = [dask.delayed(_count_part)(Path(part), tuple(fields)) for part in parts]
    while len(counts) > 1:
        counts = [
            dask.delayed(_merge)(counts[first : first + _MERGED_AT_ONCE])
            for first in range(0, len(counts), _MERGED_AT_ONCE)
        ]
    merged: WordCounts = dask.compute(counts[0])[0]
    return merged


def _count_part(part: Path, fields: Sequence[str]) -> WordCounts:
    titles = read_part(part)
    bag = word_bag(titles, fields)
    held = np.bincount(bag.counts.indices, minlength=len(bag.terms))
    return titles.num_rows, Counter(dict(zip(bag.terms, held.tolist(), strict=True)))


def _merge(counts: Iterable[WordCounts]) -> WordCounts:
    n_titles, merged = 0, Counter[str]()
    for n_part, held in counts:
        n_titles += n_part
        merged.update(held)
    return n_titles, merged


def store_bags(
    parts: Sequence[Path], words: Sequence[str], fields: Sequence[str], scratch: Path
) -> list[Path]:
    """Store how often each title says each word of a vocabulary, one block per partition.

    Returns
    -------
    list of Path
        Files of CSR blocks (n_titles_of_part, n_words), int32, for `matrix.load_block`.
    """
    import dask

    scratch.mkdir(parents=True, exist_ok=True)
    paths = [scratch / f"part-{number:05d}.safetensors" for number in range(len(parts))]
    columns = dask.delayed({word: column for column, word in enumerate(words)})
    stores = [
        dask.delayed(_store_part)(Path(part), tuple(fields), columns, path)
        for part, path in zip(parts, paths, strict=True)
    ]
    dask.compute(*stores)
    return paths


def _store_part(part: Path, fields: Sequence[str], columns: dict[str, int], path: Path) -> None:
    bag = word_bag(read_part(part), fields)
    known = [(at, columns[term]) for at, term in enumerate(bag.terms) if term in columns]
    at, column = np.array(known, dtype=np.int64).reshape(-1, 2).T
    one = np.ones(len(known), dtype=np.int32)
    chosen = sparse.csr_matrix((one, (at, column)), shape=(len(bag.terms), len(columns)))
    block = sparse.csr_matrix(bag.counts @ chosen)
    block.sort_indices()
    store_block(path, block)


def count_known(titles: pa.Table, known: Callable[[], Callable[[str], bool]]) -> tuple[int, int]:
    """Count the words of the descriptions that are known, and that are not.

    Parameters
    ----------
    titles : Table of n rows with the columns that features use
    known : returns what says of a word whether it is known; not called where there are no words
    """
    found = word_bag(titles, ["description"])
    if not found.terms:
        return 0, 0
    is_known = np.fromiter(map(known(), found.terms), dtype=bool)
    n_known = int(found.counts.data[is_known[found.counts.indices]].sum())
    return n_known, int(found.counts.data.sum()) - n_known
