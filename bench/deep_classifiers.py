"""Classifiers that tell a title's cluster: the study's, better ones, and the linear one.

Clusters are those of the study's own input, deep ones of better inputs, and k-means of everything
but the descriptions, which a text can only hint at.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.deep import N_CLUSTERS, plain_kmeans
from bench.deep_catalogue import (
    Catalogue,
    Reading,
    read_catalogue,
    short_reading,
    study_reading,
)
from reelhouse.clustering.geometry import IntArray
from reelhouse.deep.autoencoder import fit_autoencoder
from reelhouse.deep.classifier import ClassifierFit
from reelhouse.deep.dense import fit_dense
from reelhouse.deep.linear import fit_linear
from reelhouse.deep.lstm import fit_lstm
from reelhouse.deep.measured import (
    TITLE_AUTOENCODER,
    TITLE_DEC,
    TITLE_DENSE,
    TITLE_FIELDS,
    TITLE_IDEC,
    TITLE_INPUT,
    TITLE_LSTM,
)
from reelhouse.deep.network import InputRows
from reelhouse.deep.refinement import refine
from reelhouse.deep.reports import report_of
from reelhouse.deep.settings import (
    STUDY_AUTOENCODER,
    STUDY_DEEP_LSTM,
    STUDY_DENSE,
    STUDY_REFINEMENT,
    STUDY_SHALLOW_LSTM,
    AutoencoderSettings,
    DenseSettings,
    LstmSettings,
    RefinementSettings,
)
from reelhouse.deep.splits import Sides, stratified_sides

#: Titles for validation and for testing, of the study's 7,787.
_N_HELD = 779
_DESCRIPTION = ("description",)
_OTHER_FIELDS = ("listed_in", "cast", "country", "director")
#: Words stay where the latent directions put them.
_SHALLOW = LstmSettings(
    layers=(64,), learns_vectors=False, optimizer="adam", learning_rate=0.003, dropout=0.3,
    input_dropout=0.1, batch_size=64, epochs=40, patience=6,
)  # fmt: skip
_DEEP = _SHALLOW.model_copy(update={"layers": (64, 64)})
_WHOLE_DEEP = TITLE_LSTM.model_copy(update={"layers": (64, 64)})
_NUMBERS = LstmSettings(
    reads="numbers", layers=(64,), pooling="last", optimizer="adam", learning_rate=0.005,
    dropout=0.1, batch_size=64, epochs=120, patience=25,
)  # fmt: skip
_NUMBERS_DEEP = _NUMBERS.model_copy(update={"layers": (64, 64), "learning_rate": 0.003})


def _sequences(catalogue: Catalogue) -> InputRows:
    return catalogue.rows("sequences", _DESCRIPTION)


def _vectors(catalogue: Catalogue) -> InputRows:
    return catalogue.rows("word-vectors", _DESCRIPTION)


def _latent(catalogue: Catalogue) -> InputRows:
    return catalogue.rows("tfidf-svd", _DESCRIPTION)


def _tfidf(catalogue: Catalogue) -> InputRows:
    return catalogue.rows("tfidf", _DESCRIPTION)


def _titles(catalogue: Catalogue) -> InputRows:
    return catalogue.rows(TITLE_INPUT, TITLE_FIELDS)


def _others(catalogue: Catalogue) -> InputRows:
    return catalogue.rows("tfidf", _OTHER_FIELDS)


_RowsOf = Callable[[Catalogue], InputRows]


def _deep(
    of: _RowsOf, learned: AutoencoderSettings, refined: RefinementSettings, catalogue: Catalogue
) -> IntArray:
    rows = of(catalogue)
    wanted = refined.model_copy(update={"n_clusters": N_CLUSTERS})
    found: IntArray = refine(rows, fit_autoencoder(rows, learned), wanted).clusters.labels(rows)
    return found


def _kmeans(of: _RowsOf, catalogue: Catalogue) -> IntArray:
    return plain_kmeans(of(catalogue), N_CLUSTERS, 0, "cosine")


#: Clusters that are to be told, by name.
CLUSTERINGS: dict[str, Callable[[Catalogue], IntArray]] = {
    "the study's": partial(_deep, _sequences, STUDY_AUTOENCODER, STUDY_REFINEMENT),
    "deep, word vectors": partial(_deep, _vectors, TITLE_AUTOENCODER, TITLE_IDEC),
    "deep, latent": partial(_deep, _latent, TITLE_AUTOENCODER, TITLE_DEC),
    "deep, whole titles": partial(_deep, _titles, TITLE_AUTOENCODER, TITLE_DEC),
    "k-means of TF-IDF": partial(_kmeans, _tfidf),
    "k-means of other fields": partial(_kmeans, _others),
}
LABELS = tuple(CLUSTERINGS)
STUDY = LABELS[0]

_ReadingOf = Callable[[Catalogue, NDArray[np.integer]], Reading]


def _latent_words(catalogue: Catalogue, train: NDArray[np.integer]) -> Reading:
    return catalogue.words(train, "tfidf-svd", _DESCRIPTION)


def _word_vectors(catalogue: Catalogue, train: NDArray[np.integer]) -> Reading:
    return catalogue.words(train, "word-vectors", _DESCRIPTION)


def _whole_titles(catalogue: Catalogue, train: NDArray[np.integer]) -> Reading:
    return catalogue.words(train, "word-vectors", TITLE_FIELDS)


_Fit = Callable[[Catalogue, IntArray, Sides], tuple[ClassifierFit[Any], Any]]


def _linear(of: _RowsOf, catalogue: Catalogue, labels: IntArray, sides: Sides) -> Any:
    given = of(catalogue)
    return fit_linear(given, labels, sides, N_CLUSTERS), given


def _dense(
    of: _RowsOf, settings: DenseSettings, catalogue: Catalogue, labels: IntArray, sides: Sides
) -> Any:
    given = of(catalogue)
    return fit_dense(given, labels, sides, N_CLUSTERS, settings), given


def _lstm(
    of: _ReadingOf,
    settings: LstmSettings,
    catalogue: Catalogue,
    labels: IntArray,
    sides: Sides,
) -> Any:
    given = of(catalogue, sides.train)
    found = fit_lstm(
        given.sequences, labels, sides, N_CLUSTERS, settings,
        n_numbers=given.n_numbers, length=given.length, vectors=given.vectors,
    )  # fmt: skip
    return found, given.sequences


#: Classifiers by name; the study's LSTMs take hours on a CPU.
CLASSIFIERS: dict[str, _Fit] = {
    "linear, sequences": partial(_linear, _sequences),
    "linear, word vectors": partial(_linear, _vectors),
    "linear, latent": partial(_linear, _latent),
    "linear, TF-IDF": partial(_linear, _tfidf),
    "linear, whole titles": partial(_linear, _titles),
    "dense, study": partial(_dense, _sequences, STUDY_DENSE),
    "dense, sequences": partial(_dense, _sequences, TITLE_DENSE),
    "dense, word vectors": partial(_dense, _vectors, TITLE_DENSE),
    "dense, latent": partial(_dense, _latent, TITLE_DENSE),
    "dense, TF-IDF": partial(_dense, _tfidf, TITLE_DENSE),
    "dense, whole titles": partial(_dense, _titles, TITLE_DENSE),
    "shallow LSTM, study": partial(_lstm, study_reading, STUDY_SHALLOW_LSTM),
    "deep LSTM, study": partial(_lstm, study_reading, STUDY_DEEP_LSTM),
    "shallow LSTM, numbers": partial(_lstm, short_reading, _NUMBERS),
    "deep LSTM, numbers": partial(_lstm, short_reading, _NUMBERS_DEEP),
    "shallow LSTM, words": partial(_lstm, _latent_words, _SHALLOW),
    "deep LSTM, words": partial(_lstm, _latent_words, _DEEP),
    "shallow LSTM, word vectors": partial(_lstm, _word_vectors, _SHALLOW),
    "deep LSTM, word vectors": partial(_lstm, _word_vectors, _DEEP),
    "shallow LSTM, whole titles": partial(_lstm, _whole_titles, TITLE_LSTM),
    "deep LSTM, whole titles": partial(_lstm, _whole_titles, _WHOLE_DEEP),
}
_READ_WORDS = ("shallow LSTM, words", "deep LSTM, words")
#: Clusters -> the classifiers that read what they were made of, or could hint at them.
_FITTING: dict[str, tuple[str, ...]] = {
    STUDY: (
        "linear, sequences", "dense, study", "dense, sequences", "shallow LSTM, study",
        "deep LSTM, study", "shallow LSTM, numbers", "deep LSTM, numbers",
    ),
    "deep, word vectors": (
        "linear, word vectors", "dense, word vectors", "shallow LSTM, word vectors",
        "deep LSTM, word vectors",
    ),
    "deep, latent": ("linear, latent", "dense, latent", *_READ_WORDS),
    "deep, whole titles": (
        "linear, whole titles", "dense, whole titles", "shallow LSTM, whole titles",
        "deep LSTM, whole titles",
    ),
    "k-means of TF-IDF": ("linear, TF-IDF", "dense, TF-IDF", *_READ_WORDS),
    "k-means of other fields": (
        "linear, TF-IDF", "linear, word vectors", "dense, word vectors",
        "shallow LSTM, word vectors",
    ),
}  # fmt: skip


def run(
    measure: str,
    names: Sequence[str],
    sources: Sequence[str],
    seeds: int,
    epochs: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Train classifiers on the labels of each clustering.

    Parameters
    ----------
    measure : str
    names : sequence of str
        Some of `CLASSIFIERS`; empty: those that fit the clusters.
    sources : sequence of str
        Some of `LABELS`.
    seeds : int
        Of the split and of the training; the clusters stay those of seed 0.
    epochs : int, optional
        At most so many of each network, however many its settings ask for.
    """
    with tempfile.TemporaryDirectory() as folder:
        catalogue = read_catalogue(Path(folder))
        for source in sources:
            labels = CLUSTERINGS[source](catalogue)
            for name in names or _FITTING[source]:
                for seed in range(seeds):
                    about = {"measure": measure, "labels": source, "classifier": name, "seed": seed}
                    yield about | _fitted(name, catalogue, labels, seed, epochs)


def _fitted(
    name: str, catalogue: Catalogue, labels: IntArray, seed: int, epochs: int | None
) -> dict[str, Any]:
    sides = stratified_sides(labels, n_validation=_N_HELD, n_test=_N_HELD, seed=seed)
    fit, inputs = _seeded(CLASSIFIERS[name], seed, epochs)(catalogue, labels, sides)
    return _row(fit, inputs, labels, sides)


def _seeded(fit: Any, seed: int, epochs: int | None) -> _Fit:
    """The same classifier by another seed, and not for longer; the linear one has neither."""
    *others, settings = fit.args
    if not isinstance(settings, DenseSettings | LstmSettings):
        return partial(fit.func, *fit.args)
    changed = {"seed": seed, "epochs": min(settings.epochs, epochs or settings.epochs)}
    return partial(fit.func, *others, settings.model_copy(update=changed))


def _row(fit: ClassifierFit[Any], inputs: Any, labels: IntArray, sides: Sides) -> dict[str, Any]:
    logits = fit.classifier.logits(inputs)[sides.test]
    report = report_of(logits, labels[sides.test], fit.classifier.temperature)
    figures: Mapping[str, Any] = asdict(report) | {"confusion": report.confusion.tolist()}
    sizes = np.bincount(labels, minlength=N_CLUSTERS)
    return {
        "n": [sides.train.size, sides.validation.size, sides.test.size],
        "largest_class": round(float(sizes.max() / labels.size), 4),
        "empty_classes": int((sizes == 0).sum()),
        "epochs": len(fit.curve),
        "epoch": fit.epoch,
        "seconds": round(fit.seconds, 2),
        "temperature": round(fit.classifier.temperature, 3),
        **figures,
        "curve": [asdict(point) for point in fit.curve],
    }
