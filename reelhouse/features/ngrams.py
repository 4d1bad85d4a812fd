"""Vectors of words that were never seen, from their character n-grams.

References
----------
Bojanowski, P., Grave, E., Joulin, A. and Mikolov, T. (2017). Enriching word vectors with subword
information. TACL 5, 135-146.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class NgramVectors:
    """Frozen vectors of the n-grams that the words of a vocabulary are made of.

    Attributes
    ----------
    shortest, longest
        Lengths of the n-grams, in characters.
    n_buckets
        N-grams share this many vectors, by their hash.
    buckets : ndarray of shape (n_known,), int64
        Buckets that a word of the vocabulary hit in training, ascending; the others hold noise.
    vectors : ndarray of shape (n_known, n_dimensions), float32
    """

    shortest: int
    longest: int
    n_buckets: int
    buckets: NDArray[np.int64]
    vectors: NDArray[np.float32]

    def vector(self, word: str) -> NDArray[np.float32] | None:
        """Mean vector of the known n-grams of a word, shape (n_dimensions,); None without any."""
        wanted = ngram_buckets(word, self.shortest, self.longest, self.n_buckets)
        at = np.searchsorted(self.buckets, wanted)
        is_known = at < self.buckets.size
        is_known[is_known] = self.buckets[at[is_known]] == wanted[is_known]
        if not is_known.any():
            return None
        found: NDArray[np.float32] = self.vectors[at[is_known]].mean(axis=0, dtype=np.float32)
        return found


def ngrams(word: str, shortest: int, longest: int) -> list[str]:
    """Character n-grams of a word between its boundary marks.

    >>> ngrams("war", 3, 4)
    ['<wa', '<war', 'war', 'war>', 'ar>']
    """
    marked = f"<{word}>"
    return [
        marked[first : first + length]
        for first in range(len(marked))
        for length in range(shortest, longest + 1)
        if first + length <= len(marked)
    ]


def ngram_buckets(word: str, shortest: int, longest: int, n_buckets: int) -> NDArray[np.int64]:
    """Bucket of each n-gram of a word, shape (n_ngrams,), as fastText numbers them."""
    hashes = [_hash(ngram) % n_buckets for ngram in ngrams(word, shortest, longest)]
    return np.array(hashes, dtype=np.int64)


def _hash(ngram: str) -> int:
    """FNV-1a of 32 bits over bytes that fastText takes for signed."""
    found = 2_166_136_261
    for byte in ngram.encode():
        signed = byte | 0xFFFFFF00 if byte >= 0x80 else byte
        found = (found ^ signed) * 16_777_619 & 0xFFFFFFFF
    return found
