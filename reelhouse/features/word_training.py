"""Word2Vec and FastText trained on the words of the catalogue's own titles.

References
----------
Mikolov, T. et al. (2013). Distributed representations of words and phrases and their
compositionality. NeurIPS 26.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import FeatureError
from reelhouse.features.ngrams import NgramVectors, ngram_buckets
from reelhouse.features.settings import WordVectorSettings
from reelhouse.matrix import load_block

logger = logging.getLogger(__name__)

_SHORTEST, _LONGEST = 3, 6

#: Vectors of the vocabulary, shape (n_words, n_dimensions), and of n-grams (fasttext alone).
Trained = tuple[NDArray[np.float32], NgramVectors | None]


class Corpus(Protocol):
    """Sentences that can be read again and again."""

    def __len__(self) -> int:
        """Count the sentences."""

    def __iter__(self) -> Iterator[list[str]]:
        """Words of each sentence."""


def train_vectors(
    bags: Sequence[Path], held: dict[str, int], settings: WordVectorSettings, *, seed: int
) -> Trained:
    """Train vectors of the words of a vocabulary on the titles that hold them.

    A title is one sentence and every two of its words are neighbours: a blurb is short, and its
    fields have no order. One thread trains, so that a seed gives one result.

    Parameters
    ----------
    bags
        Stored blocks (n_titles, n_words), how often each title says each word; read once per epoch.
    held
        Vocabulary: word -> number of titles that hold it.
    settings
        Method, dimensions and epochs.
    seed
        Seed of the first vectors and of the draws.

    Raises
    ------
    FeatureError
        gensim is not installed.
    """
    words = list(held)
    corpus = _Corpus(bags, words)
    longest = max((len(sentence) for sentence in corpus), default=1)
    own = {} if settings.method == "word2vec" else {
        "min_n": _SHORTEST, "max_n": _LONGEST, "bucket": settings.ngram_buckets,
    }  # fmt: skip
    model = skip_gram(
        settings.method,
        corpus,
        held,
        dimensions=settings.dimensions,
        window=longest,
        negative=settings.negative_words,
        epochs=settings.epochs,
        seed=seed,
        **own,
    )
    vectors = np.stack([model.wv[word] for word in words]).astype(np.float32)
    return vectors, None if settings.method == "word2vec" else _known_ngrams(model.wv, words)


def skip_gram(
    method: str,
    corpus: Corpus,
    held: dict[str, int],
    *,
    dimensions: int,
    window: int,
    negative: int,
    epochs: int,
    seed: int,
    **own: int,
) -> Any:
    """Train a gensim model, word2vec or fasttext, by skip-gram with negative sampling.

    Parameters
    ----------
    method
        word2vec or fasttext.
    corpus
        Sentences, lists of words; read once per epoch.
    held
        Every word that is given a vector -> how often it occurs.
    dimensions, window, negative, epochs
        Length of the vectors, words on either side that are neighbours, words drawn against each
        pair of neighbours, passes over the corpus.
    seed
        Seed of the first vectors and of the draws; one thread trains, so it gives one result.
    own
        What gensim's FastText takes besides.

    Raises
    ------
    FeatureError
        gensim is not installed.
    """
    model = _gensim_class(method)(
        vector_size=dimensions,
        window=window,
        shrink_windows=False,
        sg=1,
        negative=negative,
        min_count=1,
        workers=1,
        seed=seed,
        **own,
    )
    model.build_vocab_from_freq(held, corpus_count=len(corpus))
    logger.info("training %s on %d sentences, %d words", method, len(corpus), len(held))
    model.train(corpus, total_examples=len(corpus), epochs=epochs)
    return model


def _gensim_class(method: str) -> Any:
    try:
        from gensim.models import FastText, Word2Vec
    except ImportError as error:
        raise FeatureError(
            f"{method} needs gensim, which cannot be imported ({error}): pip install"
            " 'reelhouse[words]', or take the method pmi"
        ) from None
    return FastText if method == "fasttext" else Word2Vec


class _Corpus:
    """The titles as lists of words, read from their stored blocks each time anew."""

    def __init__(self, blocks: Sequence[Path], words: Sequence[str]) -> None:
        self.blocks = blocks
        self.words = np.array(words, dtype=object)
        self.n_titles = sum(int(load_block(block).shape[0]) for block in blocks)

    def __len__(self) -> int:
        return self.n_titles

    def __iter__(self) -> Iterator[list[str]]:
        for path in self.blocks:
            block = load_block(path)
            said = np.repeat(self.words[block.indices], block.data).tolist()
            bounds = np.concatenate(([0], np.cumsum(block.data)))[block.indptr].tolist()
            for first, last in itertools.pairwise(bounds):
                yield said[first:last]


def _known_ngrams(vectors: Any, words: Sequence[str]) -> NgramVectors:
    n_buckets = int(vectors.bucket)
    hit = [ngram_buckets(word, _SHORTEST, _LONGEST, n_buckets) for word in words]
    buckets = np.unique(np.concatenate(hit))
    kept = vectors.vectors_ngrams[buckets].astype(np.float32)
    return NgramVectors(_SHORTEST, _LONGEST, n_buckets, buckets, kept)
