"""The weighted mean of the vectors of a title's words.

Words that stand beside the same words get near vectors, so that two blurbs which share no word can
be near. The mean weighs rare words more, and what all titles have in common is taken out: it is
the largest part of every mean and tells no two titles apart.

References
----------
Arora, S., Liang, Y. and Ma, T. (2017). A simple but tough-to-beat baseline for sentence
embeddings. ICLR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, PositiveInt
from scipy import sparse

from reelhouse.errors import NothingToFitError
from reelhouse.features.bags import count_known, count_words, store_bags, word_bag
from reelhouse.features.moments import (
    Moments,
    merge_moments,
    moments,
    sparse_unit_rows,
    strongest_directions,
)
from reelhouse.features.ngrams import NgramVectors
from reelhouse.features.saving import read_arrays, read_described, read_saved, write_model
from reelhouse.features.settings import FeatureOptions, FieldSettings, WordVectorSettings
from reelhouse.features.vocabulary import choose_terms
from reelhouse.features.word_files import read_vectors
from reelhouse.features.word_pmi import factor_pmi
from reelhouse.features.word_training import train_vectors
from reelhouse.matrix import load_block

_FORMAT = 1


@dataclass(frozen=True)
class WordVectorModel:
    """Frozen vectors of words, their weights, and the direction that all titles share.

    Attributes
    ----------
    settings
        What it was fitted with.
    n_titles
        Titles it was fitted on.
    words : list of str
    titles_holding : ndarray of shape (n_words,), int64
        Titles that hold each word, of the `n_titles`; 0 for a word that came with a file.
    vectors : ndarray of shape (n_words, n_dimensions), float32
    common : ndarray of shape (n_common, n_dimensions), float32
        Orthonormal directions that are taken out of every title.
    ngrams
        Vectors of n-grams, where words that were never seen have vectors too.
    """

    kind: ClassVar[str] = "word-vectors"

    settings: WordVectorSettings
    n_titles: int
    words: list[str]
    titles_holding: NDArray[np.int64]
    vectors: NDArray[np.float32]
    common: NDArray[np.float32]
    ngrams: NgramVectors | None

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix: the dimensions of the vectors."""
        return int(self.vectors.shape[1])

    def feature_names(self) -> list[tuple[str, str]]:
        """Every column is a latent dimension of the words."""
        return [("words", "")] * self.n_features

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Vectorize titles.

        Returns
        -------
        csr_matrix of shape (n_titles, n_features), float32, int32 indices
            Unit rows; a title of which no word is known has an all-zero row.
        """
        bag = word_bag(titles, self.settings.fields)
        return self.mean_vectors(bag.counts, bag.terms)

    def mean_vectors(self, counts: sparse.csr_matrix, words: Sequence[str]) -> sparse.csr_matrix:
        """Vectorize titles by how often they say each of some words, (n_titles, n_words)."""
        vectors, held = self._looked_up(words)
        weights = counts.astype(np.float64)
        weights.data = 1.0 + np.log(weights.data)
        idf = np.log((1.0 + self.n_titles) / (1.0 + held)) + 1.0
        # Sums do for means: all rows are brought to one length in the end.
        rows = weights @ (vectors * idf[:, None])
        rows -= (rows @ self.common.T) @ self.common
        return sparse_unit_rows(rows)

    def _looked_up(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Vectors of words, (n_words, n_dimensions), zeros where unknown, and titles of each."""
        vectors = np.zeros((len(words), self.n_features))
        held = np.zeros(len(words), dtype=np.int64)
        for position, word in enumerate(words):
            row = self._row_of.get(word)
            if row is not None:
                vectors[position], held[position] = self.vectors[row], self.titles_holding[row]
            elif self.ngrams is not None and (guess := self.ngrams.vector(word)) is not None:
                vectors[position] = guess
        return vectors, held

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Count the description's words that have a vector of their own, and those without."""
        return count_known(titles, lambda: self._row_of.__contains__)

    def save(self, folder: Path) -> None:
        """Write features.json and features.safetensors into a folder, making it if need be."""
        described: dict[str, Any] = {
            "kind": self.kind,
            "format": _FORMAT,
            "n_titles": self.n_titles,
            "settings": self.settings.model_dump(mode="json"),
            "words": self.words,
            "n_dimensions": self.n_features,
            "n_common": len(self.common),
        }
        arrays: dict[str, NDArray[Any]] = {
            "vectors": self.vectors,
            "common": self.common,
            "titles_holding": self.titles_holding,
        }
        if self.ngrams is not None:
            described["ngrams"] = {
                "shortest": self.ngrams.shortest,
                "longest": self.ngrams.longest,
                "n_buckets": self.ngrams.n_buckets,
                "n_known": len(self.ngrams.buckets),
            }
            arrays |= {"ngrams.buckets": self.ngrams.buckets, "ngrams": self.ngrams.vectors}
        write_model(folder, described, arrays)

    @classmethod
    def fit(
        cls, parts: Sequence[Path], options: FeatureOptions, *, scratch: Path, seed: int
    ) -> WordVectorModel:
        """Train vectors, or read them from the file of the settings, and freeze them."""
        import dask

        settings = options.word_vectors
        n_titles, held = _vocabulary(parts, settings)
        bags = store_bags(parts, list(held), settings.fields, scratch)
        words, ngrams = list(held), None
        if settings.vectors is not None:
            read = read_vectors(Path(settings.vectors), held, n_others=settings.other_words)
            words, vectors = list(read), np.stack(list(read.values()))
        elif settings.method == "pmi":
            vectors = factor_pmi(bags, len(words), settings, scratch=scratch, seed=seed)
        else:
            vectors, ngrams = train_vectors(bags, held, settings, seed=seed)
        numbers = np.array([held.get(word, 0) for word in words], dtype=np.int64)
        nothing = np.zeros((0, vectors.shape[1]), dtype=np.float32)
        model = cls(settings, n_titles, words, numbers, vectors, nothing, ngrams)
        shared, said = dask.delayed(model), dask.delayed(list(held))
        found = dask.compute(*[dask.delayed(_part_moments)(bag, said, shared) for bag in bags])
        return replace(
            model,
            common=strongest_directions(merge_moments(found).gram, settings.common_directions),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; gensim is not needed.

        Raises
        ------
        FeatureError
            A file is missing, damaged or of another format; the message names it.
        """
        described, settings = read_described(folder, cls.kind, _FORMAT, WordVectorSettings)
        saved = read_saved(folder, described, _Saved)
        n_words, n_dimensions = len(saved.words), saved.n_dimensions
        shapes: dict[str, tuple[int, ...]] = {
            "vectors": (n_words, n_dimensions),
            "common": (saved.n_common, n_dimensions),
        }
        numbers: dict[str, tuple[int, ...]] = {"titles_holding": (n_words,)}
        if saved.ngrams is not None:
            shapes["ngrams"] = (saved.ngrams.n_known, n_dimensions)
            numbers["ngrams.buckets"] = (saved.ngrams.n_known,)
        arrays = read_arrays(folder, shapes, np.float32)
        arrays |= read_arrays(folder, numbers, np.int64)
        ngrams = None
        if saved.ngrams is not None:
            ngrams = NgramVectors(
                saved.ngrams.shortest,
                saved.ngrams.longest,
                saved.ngrams.n_buckets,
                arrays["ngrams.buckets"],
                arrays["ngrams"],
            )
        held, vectors, common = (arrays[n] for n in ("titles_holding", "vectors", "common"))
        return cls(settings, saved.n_titles, saved.words, held, vectors, common, ngrams)


class _SavedNgrams(BaseModel):
    shortest: PositiveInt
    longest: PositiveInt
    n_buckets: PositiveInt
    n_known: int


class _Saved(BaseModel):
    """What features.json says beside the settings."""

    n_titles: int
    words: list[str]
    n_dimensions: int
    n_common: int
    ngrams: _SavedNgrams | None = None


def _vocabulary(parts: Sequence[Path], settings: WordVectorSettings) -> tuple[int, dict[str, int]]:
    """Titles counted, and the words worth a vector with their numbers of titles."""
    n_titles, counts = count_words(parts, settings.fields)
    limits = FieldSettings(weight=1.0, max_terms=settings.max_words, min_titles=settings.min_titles)
    chosen, held = choose_terms(counts, limits, settings.max_title_share * n_titles)
    if not chosen:
        raise NothingToFitError(
            f"no word is held by {settings.min_titles} of the {n_titles} titles, expected at least"
            " 1 word (min_titles of the word vectors' settings)"
        )
    return n_titles, dict(zip(chosen, held, strict=True))


def _part_moments(bag: Path, words: Sequence[str], model: WordVectorModel) -> Moments:
    return moments(model.mean_vectors(load_block(bag), words).toarray())
