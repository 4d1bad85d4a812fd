"""Classifiers that tell a title's cluster from its description: the study's, better ones, linear.

Labels come from four clusterings: deep embedded clusters of the study's own input, spherical
k-means of the catalogue's features and of the descriptions' TF-IDF, and k-means of everything but
the descriptions, which a text can only hint at.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.deep import N_CLUSTERS, TEXT_REFINEMENT, Catalogue, plain_kmeans, read_catalogue
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.deep.autoencoder import fit_autoencoder
from reelhouse.deep.classifier import ClassifierFit
from reelhouse.deep.dense import fit_dense
from reelhouse.deep.inputs import descriptions, only_fields
from reelhouse.deep.linear import fit_linear
from reelhouse.deep.lstm import fit_lstm
from reelhouse.deep.network import InputRows
from reelhouse.deep.refinement import refine
from reelhouse.deep.reports import report_of
from reelhouse.deep.sequences import WordNumbers
from reelhouse.deep.settings import (
    STUDY_AUTOENCODER,
    STUDY_DEEP_LSTM,
    STUDY_DENSE,
    STUDY_SHALLOW_LSTM,
    DenseSettings,
    LstmSettings,
)
from reelhouse.deep.splits import Sides, stratified_sides
from reelhouse.features.fields import FIELDS
from reelhouse.features.settings import DEFAULT_KIND, FeatureOptions
from reelhouse.features.word_vectors import WordVectorModel

#: Titles for validation and for testing, of the study's 7,787.
_N_HELD = 779
_OTHER_FIELDS = ("listed_in", "cast", "country", "director")
_DENSE = DenseSettings(
    layers=(256,), optimizer="adam", dropout=0.3, input_dropout=0.2, epochs=60, weight_decay=0.01
)
_SHALLOW = LstmSettings(
    layers=(64,), optimizer="adam", learning_rate=0.003, dropout=0.5, input_dropout=0.2,
    batch_size=64, epochs=30,
)  # fmt: skip
_DEEP = _SHALLOW.model_copy(update={"layers": (64, 64)})


@dataclass(frozen=True)
class _Data:
    catalogue: Catalogue

    @cached_property
    def numbers(self) -> WordNumbers:
        return self.catalogue.words()

    @cached_property
    def tokens(self) -> WordNumbers:
        return self.catalogue.words("tokens")

    @cached_property
    def vectors(self) -> dict[int, FloatArray]:
        """What the vectors of words begin with, by number: those of the project's word vectors."""
        catalogue = self.catalogue
        options = only_fields(FeatureOptions(), ["description"])
        model = WordVectorModel.fit(catalogue.parts, options, scratch=catalogue.scratch, seed=0)
        found = dict(zip(model.words, model.vectors, strict=True))
        return {
            number: found[word] for number, word in enumerate(self.tokens.words, 1) if word in found
        }

    @cached_property
    def scaled(self) -> InputRows:
        return self.numbers.scaled(self.numbers.sequences(descriptions(self.catalogue.titles)))

    @cached_property
    def tfidf(self) -> InputRows:
        return self.catalogue.rows("tfidf", ["description"])

    @cached_property
    def features(self) -> InputRows:
        return self.catalogue.rows(DEFAULT_KIND, FIELDS)

    def labels(self, source: str) -> IntArray:
        """Clusters that a classifier should tell."""
        if source == "deep clusters of sequences":
            autoencoder = fit_autoencoder(self.scaled, STUDY_AUTOENCODER)
            return refine(self.scaled, autoencoder, TEXT_REFINEMENT).clusters.labels(self.scaled)
        rows = self.features
        if source == "k-means of TF-IDF":
            rows = self.tfidf
        if source == "k-means of other fields":
            rows = self.catalogue.rows("tfidf", _OTHER_FIELDS)
        return plain_kmeans(rows, N_CLUSTERS, 0, "cosine")


LABELS = (
    "deep clusters of sequences",
    "k-means of features",
    "k-means of TF-IDF",
    "k-means of other fields",
)
_Fit = Callable[[_Data, IntArray, Sides], tuple[ClassifierFit[Any], Any]]


def _linear(rows: str, data: _Data, labels: IntArray, sides: Sides) -> Any:
    given = getattr(data, rows)
    return fit_linear(given, labels, sides, N_CLUSTERS), given


def _dense(rows: str, settings: DenseSettings, data: _Data, labels: IntArray, sides: Sides) -> Any:
    given = getattr(data, rows)
    return fit_dense(given, labels, sides, N_CLUSTERS, settings), given


def _lstm(settings: LstmSettings, data: _Data, labels: IntArray, sides: Sides) -> Any:
    reads_words = settings.reads == "words"
    numbers = data.tokens if reads_words else data.numbers
    given = numbers.sequences(descriptions(data.catalogue.titles))
    found = fit_lstm(
        given, labels, sides, N_CLUSTERS, settings,
        n_numbers=numbers.n_numbers, length=numbers.settings.length,
        vectors=data.vectors if reads_words else None,
    )  # fmt: skip
    return found, given


#: Classifiers by name; the study's LSTMs take hours on a CPU and are measured when named.
CLASSIFIERS: dict[str, _Fit] = {
    "linear, sequences": partial(_linear, "scaled"),
    "linear, TF-IDF": partial(_linear, "tfidf"),
    "linear, features": partial(_linear, "features"),
    "dense, study": partial(_dense, "scaled", STUDY_DENSE),
    "dense, sequences": partial(_dense, "scaled", _DENSE.model_copy(update={"input_dropout": 0.0})),
    "dense, TF-IDF": partial(_dense, "tfidf", _DENSE),
    "dense, features": partial(_dense, "features", _DENSE),
    "shallow LSTM": partial(_lstm, _SHALLOW),
    "deep LSTM": partial(_lstm, _DEEP),
    "shallow LSTM, study": partial(_lstm, STUDY_SHALLOW_LSTM),
    "deep LSTM, study": partial(_lstm, STUDY_DEEP_LSTM),
}
DEFAULT_CLASSIFIERS = tuple(name for name in CLASSIFIERS if not name.endswith("LSTM, study"))


def run(names: Sequence[str], sources: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Train each classifier on the labels of each clustering."""
    with tempfile.TemporaryDirectory() as folder:
        data = _Data(read_catalogue(Path(folder)))
        for source in sources:
            labels = data.labels(source)
            sides = stratified_sides(labels, n_validation=_N_HELD, n_test=_N_HELD, seed=0)
            for name in names:
                fit, inputs = CLASSIFIERS[name](data, labels, sides)
                yield {"measure": "classifiers", "labels": source, "classifier": name} | _row(
                    fit, inputs, labels, sides
                )


def _row(fit: ClassifierFit[Any], inputs: Any, labels: IntArray, sides: Sides) -> dict[str, Any]:
    logits = fit.classifier.logits(inputs)[sides.test]
    report = report_of(logits, labels[sides.test], fit.classifier.temperature)
    figures = asdict(report) | {"confusion": report.confusion.tolist()}
    return {
        "n": [sides.train.size, sides.validation.size, sides.test.size],
        "largest_class": round(float(np.bincount(labels).max() / labels.size), 4),
        "epochs": len(fit.curve),
        "epoch": fit.epoch,
        "seconds": round(fit.seconds, 2),
        "temperature": round(fit.classifier.temperature, 3),
        **figures,
        "curve": [asdict(point) for point in fit.curve],
    }
