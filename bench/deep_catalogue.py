"""The real titles of January 2021, as networks read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.inputs import real_titles
from reelhouse.clustering.geometry import FloatArray
from reelhouse.deep.inputs import InputModel, descriptions, fit_input, only_fields
from reelhouse.deep.network import InputRows
from reelhouse.deep.sequences import WordNumbers
from reelhouse.deep.settings import InputKind, SequenceSettings
from reelhouse.deep.word_reading import WordReading, vectors_of_words, words_of_titles
from reelhouse.errors import ReelhouseError
from reelhouse.features.settings import FeatureOptions
from reelhouse.sources import read_titles

#: Places of the study's sequences, and enough of them for every description.
_STUDY_PLACES, _PLACES = 1_500, 50


@dataclass(frozen=True)
class Reading:
    """What a network that reads is given.

    Attributes
    ----------
    sequences : list of ndarrays of int32
    n_numbers : int
    length : int
    vectors : mapping of int to ndarray, or None
    """

    sequences: list[NDArray[np.int32]]
    n_numbers: int
    length: int
    vectors: Mapping[int, FloatArray] | None = None


@dataclass(frozen=True)
class Catalogue:
    """The real titles, and the files that they stand in."""

    titles: pa.Table
    parts: tuple[Path, ...]
    scratch: Path
    _models: dict[Any, InputModel] = field(default_factory=dict)
    _rows: dict[Any, InputRows] = field(default_factory=dict)

    def rows(self, kind: InputKind, fields: Sequence[str], n_terms: int | None = None) -> InputRows:
        """What goes into a network, of some fields of the titles."""
        key = (kind, *fields, n_terms)
        if key not in self._rows:
            self._rows[key] = self.model(kind, fields, n_terms).transform(self.titles)
        return self._rows[key]

    def model(
        self, kind: InputKind, fields: Sequence[str], n_terms: int | None = None
    ) -> InputModel:
        """What makes these rows."""
        key = (kind, *fields, n_terms)
        if key not in self._models:
            # Sequences have no options: those of any kind do.
            of = "tfidf" if kind == "sequences" else kind
            options = only_fields(FeatureOptions(), fields, kind=of)
            if n_terms is not None:
                kept = options.tfidf.description.model_copy(update={"max_terms": n_terms})
                tfidf = options.tfidf.model_copy(update={"description": kept})
                options = options.model_copy(update={"tfidf": tfidf})
            self._models[key] = fit_input(
                kind, self.parts, options=options, sequences=SequenceSettings(),
                scratch=self.scratch / str(len(self._models)),
            )  # fmt: skip
        return self._models[key]

    def numbers(self, length: int) -> Reading:
        """Descriptions as the study's numbers, at so many places."""
        words = WordNumbers.fit(descriptions(self.titles), SequenceSettings())
        return Reading(words.sequences(descriptions(self.titles)), words.n_numbers, length)

    def words(self, train: NDArray[np.integer], kind: InputKind, fields: Sequence[str]) -> Reading:
        """Titles word by word, with the vectors that a kind of feature has for them."""
        texts = words_of_titles(self.titles, fields)
        known = vectors_of_words(self.model(kind, ["description"]))
        n_words = SequenceSettings().n_words
        read = WordReading.fit([texts[row] for row in train], known, n_words=n_words)
        return Reading(read.sequences(texts), read.n_numbers, _STUDY_PLACES, read.vectors)


def study_reading(catalogue: Catalogue, train: NDArray[np.integer]) -> Reading:
    """What the study's LSTMs read: 1,500 places, of which a description fills 23."""
    return catalogue.numbers(_STUDY_PLACES)


def short_reading(catalogue: Catalogue, train: NDArray[np.integer]) -> Reading:
    """The same without the places that no description fills."""
    return catalogue.numbers(_PLACES)


def read_catalogue(scratch: Path) -> Catalogue:
    """Read the titles of January 2021.

    Raises
    ------
    ReelhouseError
        The real snapshots are not there.
    """
    real = real_titles()
    if real is None:
        raise ReelhouseError("no folder netflix_titles with the real snapshots (REELHOUSE_DATA)")
    parts = read_titles(str(real / "2021-01" / "netflix_titles.csv"), scratch / "titles").parts
    return Catalogue(pa.concat_tables([pq.read_table(part) for part in parts]), parts, scratch)
