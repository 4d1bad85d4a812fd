"""TF-IDF over weighted fields, fitted from merged counts and then frozen.

References
----------
Salton, G. and Buckley, C. (1988). Term-weighting approaches in automatic text retrieval.
Information Processing & Management 24(5), 513-523.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self, TypeGuard

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import FeatureError, NothingToFitError
from reelhouse.features.fields import FIELDS, field_terms
from reelhouse.features.saving import MODEL_FILE, read_arrays, read_described, write_model
from reelhouse.features.settings import FeatureOptions, FieldSettings, TfidfSettings
from reelhouse.features.vocabulary import TermCounts, choose_terms, count_parts

_FORMAT = 1


@dataclass(frozen=True)
class TfidfModel:
    """A frozen vocabulary with its weights.

    Attributes
    ----------
    settings
        What it was fitted with.
    n_titles
        Titles it was fitted on.
    terms
        Field -> its terms, alphabetically. Columns follow the order of `fields.FIELDS`.
    titles_holding : field -> array of shape (n_terms,), int64
        Titles that hold each term, of the `n_titles`.
    """

    kind: ClassVar[str] = "tfidf"

    settings: TfidfSettings
    n_titles: int
    terms: dict[str, list[str]]
    titles_holding: dict[str, NDArray[np.int64]]

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix."""
        return sum(len(self.terms[field]) for field in FIELDS)

    def feature_names(self) -> list[tuple[str, str]]:
        """Field and term of every column."""
        return [(field, term) for field in FIELDS for term in self.terms[field]]

    @cached_property
    def idf(self) -> dict[str, NDArray[np.float64]]:
        """Field -> smooth inverse document frequencies, ln((1 + n) / (1 + held)) + 1."""
        return {
            field: np.log((1.0 + self.n_titles) / (1.0 + self.titles_holding[field])) + 1.0
            for field in FIELDS
        }

    @cached_property
    def _columns(self) -> dict[str, dict[str, int]]:
        return {
            field: {term: column for column, term in enumerate(self.terms[field])}
            for field in FIELDS
        }

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Vectorize titles.

        Returns
        -------
        csr_matrix of shape (n_titles, n_features), float32, int32 indices
            Unit rows; a title of which nothing is known has an all-zero row.
        """
        blocks = [self.block(titles, field) for field in FIELDS]
        features = sparse.csr_matrix(sparse.hstack(blocks, format="csr"))
        scale_rows(features, 1.0)
        return narrow(features)

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Count the description tokens that are in the vocabulary, and those that are not."""
        found = field_terms(titles, "description")
        columns = self._columns["description"]
        is_known = np.fromiter((term in columns for term in found.terms), dtype=bool)
        held = is_known[found.counts.indices]
        n_known = int(found.counts.data[held].sum())
        return n_known, int(found.counts.data.sum()) - n_known

    def block(self, titles: pa.Table, field: str) -> sparse.csr_matrix:
        """One field's columns (n_titles, n_terms), float64, rows of the field's weight."""
        found = field_terms(titles, field)
        columns = self._columns[field]
        n_titles = found.counts.shape[0]
        # Terms of this partition -> column of the model, -1 where the model does not know them.
        column_of = np.fromiter(
            (columns.get(term, -1) for term in found.terms), np.int32, len(found.terms)
        )
        new = column_of[found.counts.indices]
        kept = new >= 0
        bounds = np.concatenate(([0], np.cumsum(kept, dtype=np.int64)))[found.counts.indptr]
        # A name or genre is there or not; only in prose does it matter how often.
        n_times = found.counts.data[kept] if field == "description" else 1.0
        values = (1.0 + np.log(n_times)) * self.idf[field][new[kept]]
        block = sparse.csr_matrix((values, new[kept], bounds), shape=(n_titles, len(columns)))
        block.sort_indices()
        scale_rows(block, field_settings(self.settings, field).weight)
        return block

    def save(self, folder: Path) -> None:
        """Write features.json and features.safetensors into a folder, making it if need be."""
        # Called `held.cast`, and the like: how many titles hold each term.
        arrays = {f"held.{field}": self.titles_holding[field] for field in FIELDS}
        described = {
            "kind": self.kind,
            "format": _FORMAT,
            "n_titles": self.n_titles,
            "settings": self.settings.model_dump(mode="json"),
            "terms": self.terms,
        }
        write_model(folder, described, arrays)

    @classmethod
    def fit(
        cls, parts: Sequence[Path], options: FeatureOptions, *, scratch: Path, seed: int
    ) -> TfidfModel:
        """Count the terms of all partitions, choose the vocabulary and freeze it."""
        return fit_tfidf(count_parts(parts), options.tfidf)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        FeatureError
            A file is missing, damaged or of another format; the message names it.
        """
        described, settings = read_described(folder, cls.kind, _FORMAT, TfidfSettings)
        n_titles, terms = described.get("n_titles"), described.get("terms")
        if not isinstance(n_titles, int) or not _are_terms(terms):
            path = folder / MODEL_FILE
            raise FeatureError(f"{path} holds no n_titles or no list of terms for every field")
        shapes = {f"held.{field}": (len(terms[field]),) for field in FIELDS}
        held = read_arrays(folder, shapes, np.int64)
        return cls(settings, n_titles, terms, {field: held[f"held.{field}"] for field in FIELDS})


def fit_tfidf(counts: TermCounts, settings: TfidfSettings) -> TfidfModel:
    """Choose the vocabulary and freeze it.

    Parameters
    ----------
    counts
        Merged counts of all partitions.
    settings
        Weights and limits per field; `max_title_share` applies to the description alone (most
        titles being movies is no reason to forget which are).

    Raises
    ------
    NothingToFitError
        No term of any field qualifies.
    """
    terms, held = {}, {}
    for field in FIELDS:
        share = settings.max_title_share if field == "description" else 1.0
        chosen, numbers = choose_terms(
            counts.fields[field], field_settings(settings, field), share * counts.n_titles
        )
        terms[field], held[field] = chosen, np.array(numbers, dtype=np.int64)
    if not any(terms.values()):
        raise NothingToFitError(
            f"no term is held by enough of the {counts.n_titles} titles, expected at least 1 term"
            " (min_titles of the TF-IDF settings)"
        )
    return TfidfModel(settings, counts.n_titles, terms, held)


def field_settings(settings: TfidfSettings, field: str) -> FieldSettings:
    """Settings of one field."""
    found: FieldSettings = getattr(settings, field)
    return found


def _are_terms(terms: Any) -> TypeGuard[dict[str, list[str]]]:
    return (
        isinstance(terms, dict)
        and set(terms) == set(FIELDS)
        and all(isinstance(listed, list) for listed in terms.values())
    )


def scale_rows(block: sparse.csr_matrix, length: float) -> None:
    """Bring the rows of a matrix that the caller owns to a length; all-zero rows stay."""
    n_stored = np.diff(block.indptr)
    row_of = np.repeat(np.arange(block.shape[0]), n_stored)
    norms = np.sqrt(np.bincount(row_of, weights=block.data**2, minlength=block.shape[0]))
    norms[norms == 0.0] = 1.0
    block.data *= np.repeat(length / norms, n_stored)


def narrow(features: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same matrix as float32 with int32 indices."""
    narrowed = sparse.csr_matrix(features.shape, dtype=np.float32)
    narrowed.data = features.data.astype(np.float32)
    narrowed.indices = features.indices.astype(np.int32, copy=False)
    narrowed.indptr = features.indptr.astype(np.int32, copy=False)
    return narrowed
