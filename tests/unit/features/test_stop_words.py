from __future__ import annotations

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS as THEIRS

from reelhouse.features.stop_words import ENGLISH_STOP_WORDS


def test_the_stop_words_are_those_of_scikit_learn() -> None:
    assert ENGLISH_STOP_WORDS == THEIRS
