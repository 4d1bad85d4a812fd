"""Texts as sequences of word numbers, the most frequent word first.

By default words are told apart as Keras' Tokenizer does, with which published studies prepared
their texts: lower case, punctuation out, split at blanks. The number 0 is no word: it fills empty
places.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.deep.settings import SequenceSettings
from reelhouse.errors import NetworkError
from reelhouse.features.text import clean_description

#: The file of a saved model.
WORDS_FILE = "words.json"
_FORMAT = 1
_PUNCTUATION = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


@dataclass(frozen=True)
class WordNumbers:
    """The words that have a number, and the settings of the sequences.

    Attributes
    ----------
    words : tuple of str
        The word of number 1 first.
    settings : SequenceSettings
    """

    words: tuple[str, ...]
    settings: SequenceSettings

    @classmethod
    def fit(cls, texts: Iterable[str], settings: SequenceSettings) -> WordNumbers:
        """Number the most frequent words; among equally frequent ones the first met comes first.

        Raises
        ------
        NetworkError
            When there is no word in the texts.
        """
        return cls(most_frequent(map(_SPLIT[settings.words], texts), settings.n_words), settings)

    @property
    def n_numbers(self) -> int:
        """One more than the highest number: rows of a table of word vectors."""
        return len(self.words) + 1

    def sequences(self, texts: Iterable[str]) -> list[NDArray[np.int32]]:
        """The numbers of each text's words; words without one are left out."""
        return numbered(map(_SPLIT[self.settings.words], texts), self.words)

    def scaled(self, sequences: Sequence[NDArray[np.int32]]) -> sparse.csr_matrix:
        """Sequences padded to one length, numbers divided by the highest.

        Returns
        -------
        csr_matrix of shape (n_texts, length), float32
            0 to 1; empty places are not stored.
        """
        length = self.settings.length
        cut = [one[-length:] for one in sequences]
        sizes = np.array([one.size for one in cut], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        first = length - sizes if self.settings.padding == "before" else np.zeros_like(sizes)
        columns = np.arange(starts[-1]) - np.repeat(starts[:-1] - first, sizes)
        numbers = np.concatenate([*cut, np.empty(0, np.int32)]) / np.float32(self.settings.n_words)
        return sparse.csr_matrix(
            (numbers.astype(np.float32), columns.astype(np.int32), starts.astype(np.int32)),
            shape=(len(cut), length),
        )

    def save(self, folder: Path) -> None:
        """Write words and settings as JSON; the folder is made."""
        folder.mkdir(parents=True, exist_ok=True)
        described = {
            "format": _FORMAT,
            "settings": self.settings.model_dump(),
            "words": self.words,
        }
        (folder / WORDS_FILE).write_text(
            json.dumps(described, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> WordNumbers:
        """Read what `save` wrote.

        Raises
        ------
        NetworkError
            When the file is missing, damaged or of another format.
        """
        try:
            found = json.loads((folder / WORDS_FILE).read_text(encoding="utf-8"))
            if found["format"] != _FORMAT:
                raise ValueError(f"format {found['format']}, expected {_FORMAT}")
            return cls(
                tuple(map(str, found["words"])), SequenceSettings.model_validate(found["settings"])
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise NetworkError(f"{folder / WORDS_FILE} cannot be read: {error}") from None


def most_frequent(texts: Iterable[Sequence[str]], n_words: int) -> tuple[str, ...]:
    """The most frequent words, one less than `n_words`; among equals the first met comes first.

    Parameters
    ----------
    texts : iterable of sequences of str
        Words of each text.
    n_words : int

    Raises
    ------
    NetworkError
        When there is no word in the texts.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    if not counts:
        raise NetworkError("there are 0 words in the texts, required is at least 1")
    # Counter keeps the order of meeting among equals; Keras' index 10,000 is one too many.
    return tuple(word for word, _ in counts.most_common(n_words - 1))


def numbered(texts: Iterable[Sequence[str]], words: Sequence[str]) -> list[NDArray[np.int32]]:
    """The numbers of each text's words, 1 for the first of `words`; others are left out."""
    known = {word: number for number, word in enumerate(words, 1)}
    return [
        np.array([known[word] for word in text if word in known], dtype=np.int32) for text in texts
    ]


def words_of(text: str) -> list[str]:
    """Words of a text, in its order.

    >>> words_of("A rock-band's last tour, in 1969!")
    ['a', 'rock', "band's", 'last', 'tour', 'in', '1969']
    """
    return text.lower().translate(_PUNCTUATION).split()


_SPLIT: dict[str, Callable[[str], list[str]]] = {"keras": words_of, "tokens": clean_description}
