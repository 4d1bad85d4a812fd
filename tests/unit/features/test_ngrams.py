from __future__ import annotations

import numpy as np
import pytest

from reelhouse.features.ngrams import NgramVectors, ngram_buckets
from tests.support.extras import needs_gensim

TWO_TO_THE_32 = 2**32


def test_a_bucket_is_the_fnv_1a_hash_of_the_ngram() -> None:
    # The only n-gram of 3 of "a" is "<a>"; FNV-1a by hand from its offset basis and prime.
    found = 0x811C9DC5
    for byte in b"<a>":
        found = (found ^ byte) * 0x01000193 % TWO_TO_THE_32
    assert ngram_buckets("a", 3, 6, TWO_TO_THE_32).tolist() == [found]


@needs_gensim
def test_buckets_are_those_of_gensim_beyond_ascii_too() -> None:
    from gensim.models.fasttext import ft_ngram_hashes

    for word in ("zombie", "ñandú", "王の物語", "a"):
        assert ngram_buckets(word, 3, 6, 1_000).tolist() == ft_ngram_hashes(word, 3, 6, 1_000)


def test_a_new_word_is_the_mean_of_its_known_ngrams() -> None:
    # Of "war" with 3 characters: <wa, war, ar>; the last is not known.
    first, second, _ = ngram_buckets("war", 3, 3, TWO_TO_THE_32).tolist()
    known = dict(sorted({first: (1.0, 0.0), second: (0.0, 3.0)}.items()))
    ngrams = NgramVectors(
        3,
        3,
        TWO_TO_THE_32,
        np.array(list(known), dtype=np.int64),
        np.array(list(known.values()), dtype=np.float32),
    )
    vector = ngrams.vector("war")
    assert vector is not None
    assert vector.tolist() == pytest.approx([0.5, 1.5])
    assert ngrams.vector("zzz") is None
