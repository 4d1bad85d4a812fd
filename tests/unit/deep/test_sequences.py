from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelhouse.deep.sequences import WordNumbers, words_of
from reelhouse.deep.settings import SequenceSettings
from reelhouse.errors import NetworkError

TEXTS = ["A cop, a city.", "The city sleeps", "a thief"]


def test_words_are_split_as_keras_does() -> None:
    assert words_of("Rock-Band\ttours; don't_stop (2)") == [
        "rock", "band", "tours", "don't", "stop", "2",
    ]  # fmt: skip


def test_the_most_frequent_word_is_number_1_and_equals_keep_their_order() -> None:
    numbers = WordNumbers.fit(TEXTS, SequenceSettings(n_words=4))
    # a: 3, city: 2, then cop before the, sleeps and thief; the number 4 is one too many.
    assert numbers.words == ("a", "city", "cop")
    found = [one.tolist() for one in numbers.sequences([*TEXTS, "nobody"])]
    assert found == [[1, 3, 1, 2], [2], [1], []]


@pytest.mark.parametrize(
    ("padding", "wanted"),
    [
        ("before", [[0.75, 0.25, 0.5], [0, 0, 0.5], [0, 0, 0]]),
        ("after", [[0.75, 0.25, 0.5], [0.5, 0, 0], [0, 0, 0]]),
    ],
)
def test_sequences_are_cut_padded_and_scaled(padding: str, wanted: list[list[float]]) -> None:
    settings = SequenceSettings.model_validate({"n_words": 4, "length": 3, "padding": padding})
    numbers = WordNumbers.fit(TEXTS, settings)
    rows = numbers.scaled(numbers.sequences([TEXTS[0], TEXTS[1], "nobody"]))
    assert rows.dtype == np.float32
    assert rows.toarray().tolist() == wanted


def test_tokens_are_lemmas_without_stop_words() -> None:
    settings = SequenceSettings(words="tokens")
    numbers = WordNumbers.fit(["The cities of the detectives", "a detective"], settings)
    assert numbers.words == ("detective", "city")
    assert numbers.sequences(["Detectives and cities"])[0].tolist() == [1, 2]


def test_saved_words_number_texts_as_before(tmp_path: Path) -> None:
    numbers = WordNumbers.fit(TEXTS, SequenceSettings(n_words=5, length=2))
    numbers.save(tmp_path / "words")
    assert WordNumbers.load(tmp_path / "words") == numbers


def test_texts_without_words_are_refused() -> None:
    with pytest.raises(NetworkError, match="0 words in the texts"):
        WordNumbers.fit(["...", ""], SequenceSettings())


def test_a_damaged_file_of_words_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text('{"format": 9}', encoding="utf-8")
    with pytest.raises(NetworkError, match=r"words\.json cannot be read: format 9, expected 1"):
        WordNumbers.load(tmp_path)
