"""Titles as a network reads them word by word: their fields, the description last.

Vectors of words are those of a kind of feature; a rare word's is longer, as rare words weigh more
in the features. What has no vector there, a name for instance, is given one by the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray
from reelhouse.deep.inputs import InputModel, descriptions
from reelhouse.deep.sequences import most_frequent, numbered
from reelhouse.errors import NetworkError
from reelhouse.features.fields import FIELDS
from reelhouse.features.text import clean_description
from reelhouse.features.tfidf_svd import TfidfSvdModel
from reelhouse.features.word_vectors import WordVectorModel

_DESCRIPTION = "description"


@dataclass(frozen=True)
class WordReading:
    """The words that have a number, the most frequent first, and the vectors of some.

    Attributes
    ----------
    words : tuple of str
        The word of number 1 first.
    vectors : mapping of int to ndarray of shape (dimensions,), float32
        By number.
    """

    words: tuple[str, ...]
    vectors: Mapping[int, FloatArray]

    @classmethod
    def fit(
        cls, texts: Sequence[Sequence[str]], known: Mapping[str, FloatArray], *, n_words: int
    ) -> WordReading:
        """Number the words of the texts that are learned from.

        Parameters
        ----------
        texts : sequence of sequences of str
            Words of each text.
        known : mapping of str to ndarray of shape (dimensions,)
            Vectors of words, by word.
        n_words : int
            One more than the most words that have a number.

        Raises
        ------
        NetworkError
            When there is no word in the texts.
        """
        words = most_frequent(texts, n_words)
        held = Counter(word for text in texts for word in set(text))
        vectors = {
            number: known[word] * np.float32(np.log((1 + len(texts)) / (1 + held[word])) + 1)
            for number, word in enumerate(words, 1)
            if word in known
        }
        return cls(words, vectors)

    @property
    def n_numbers(self) -> int:
        """One more than the highest number: rows of a table of word vectors."""
        return len(self.words) + 1

    def sequences(self, texts: Iterable[Sequence[str]]) -> list[NDArray[np.int32]]:
        """The numbers of each text's words; words without one are left out."""
        return numbered(texts, self.words)


def words_of_titles(titles: pa.Table, fields: Sequence[str]) -> list[list[str]]:
    """What a network reads of each title: a word for each value of a field, then the description.

    Parameters
    ----------
    titles : Table with these columns
    fields : some of `reelhouse.features.fields.FIELDS`

    Returns
    -------
    list of lists of str
        `type:Movie`, `country:France`: no name is taken for a word of a description.
    """
    # The description comes last, however the fields are listed.
    told = [name for name in reversed(FIELDS) if name in fields and name != _DESCRIPTION]
    columns = {name: titles[name].to_pylist() for name in told}
    texts = [
        [f"{name}:{one}" for name, values in columns.items() for one in _listed(values[row])]
        for row in range(titles.num_rows)
    ]
    if _DESCRIPTION in fields:
        for text, described in zip(texts, descriptions(titles), strict=True):
            text += clean_description(described)
    return texts


def vectors_of_words(model: InputModel) -> dict[str, FloatArray]:
    """The vectors that a kind of feature has for the words of descriptions.

    Raises
    ------
    NetworkError
        When the kind has none: it is neither word-vectors nor tfidf-svd.
    """
    if isinstance(model, WordVectorModel):
        return dict(zip(model.words, model.vectors, strict=True))
    if isinstance(model, TfidfSvdModel):
        terms, directions = model.tfidf.terms[_DESCRIPTION], model.directions[_DESCRIPTION]
        return dict(zip(terms, directions, strict=True))
    raise NetworkError(f"{type(model).__name__} has no vectors of words")


def _listed(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if one]
