"""The LSTMs of a run: networks that read titles word by word."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.deep.classifier import ClassifierFit
from reelhouse.deep.inputs import fit_input, only_fields
from reelhouse.deep.settings import LstmSettings
from reelhouse.deep.splits import Sides
from reelhouse.deep.word_reading import WordReading, vectors_of_words, words_of_titles
from reelhouse.embedded.settings import ClassifierName, DeepSettings
from reelhouse.errors import NothingToFitError
from reelhouse.features.parts import read_part

# Needs torch.
if TYPE_CHECKING:
    from reelhouse.deep.lstm import LstmClassifier

logger = logging.getLogger(__name__)

_DESCRIPTION = ("description",)


@dataclass(frozen=True)
class TitleWords:
    """The titles of a run, word by word; nothing is computed before it is asked for.

    Attributes
    ----------
    work : Workspace with the titles
    settings : DeepSettings
    """

    work: Workspace
    settings: DeepSettings

    @cached_property
    def texts(self) -> list[list[str]]:
        """Words of each title, of the fields that the networks read."""
        titles = pa.concat_tables([read_part(part) for part in Workspace.parts(self.work.titles)])
        return words_of_titles(titles, self.settings.read_fields)

    @cached_property
    def vectors(self) -> Mapping[str, FloatArray]:
        """Vectors of the words of descriptions; none where these share no word."""
        settings = self.settings
        try:
            model = fit_input(
                "word-vectors", Workspace.parts(self.work.titles),
                options=only_fields(settings.feature_options, _DESCRIPTION, kind="word-vectors"),
                sequences=settings.sequences, scratch=self.work.root / "words", seed=settings.seed,
            )  # fmt: skip
        except NothingToFitError as error:
            logger.info("words have no vectors to begin with: %s", error)
            return {}
        return vectors_of_words(model)


def fit_reader(
    name: ClassifierName,
    words: TitleWords,
    index: IntArray,
    sides: Sides,
    n_classes: int,
    settings: DeepSettings,
) -> tuple[ClassifierFit[LstmClassifier], FloatArray]:
    """Train an LSTM, and ask it for all titles.

    Parameters
    ----------
    name : "shallow-lstm" or "deep-lstm"
    words : TitleWords
    index : ndarray of shape (n_titles,)
        0 to n_classes - 1.
    sides : Sides
        Words are numbered by the titles that are learned from.
    n_classes : int
    settings : DeepSettings

    Returns
    -------
    tuple
        The fit, and its logits of shape (n_titles, n_classes).
    """
    from reelhouse.deep.lstm import fit_lstm

    known, limits = words.vectors, settings.sequences
    learned_from = [words.texts[row] for row in sides.train]
    reading = WordReading.fit(learned_from, known, n_words=limits.n_words)
    sequences = reading.sequences(words.texts)
    fit = fit_lstm(
        sequences, index, sides, n_classes, lstm_settings(name, known, settings),
        n_numbers=reading.n_numbers, length=limits.length, vectors=reading.vectors,
    )  # fmt: skip
    return fit, fit.classifier.logits(sequences)


def lstm_settings(
    name: ClassifierName, vectors: Mapping[str, FloatArray], settings: DeepSettings
) -> LstmSettings:
    """Settings of the shallow or the deep LSTM; its words have the length of their vectors."""
    layers = settings.lstm.layers
    changed = settings.of_the_run()
    if name == "deep-lstm":
        changed["layers"] = (layers[0], *layers)
    if vectors:
        changed["dimensions"] = next(iter(vectors.values())).size
    return settings.lstm.model_copy(update=changed)
