"""Word2Vec trained on random walks, as node2vec has it: a walk is a sentence of names.

References
----------
Grover, A. and Leskovec, J. (2016). node2vec: scalable feature learning for networks. KDD.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelhouse.features.settings import NodeVectorSettings
from reelhouse.features.word_training import skip_gram


def train_on_walks(
    walks: Sequence[Path], n_names: int, settings: NodeVectorSettings, *, seed: int
) -> NDArray[np.float32]:
    """Train vectors of names, shape (n_names, dimensions); zeros for a name that no walk passes.

    One thread trains, so that a seed gives one result.

    Raises
    ------
    FeatureError
        gensim is not installed.
    """
    passed = np.zeros(n_names, dtype=np.int64)
    for path in walks:
        names = np.load(path, allow_pickle=False)
        passed += np.bincount(names[names >= 0], minlength=n_names)
    counts = {str(name): int(n) for name, n in enumerate(passed) if n}
    model = skip_gram(
        "word2vec",
        _Walks(walks),
        counts,
        dimensions=settings.dimensions,
        window=settings.window,
        negative=settings.negative_names,
        epochs=settings.epochs,
        seed=seed,
    )
    vectors = np.zeros((n_names, settings.dimensions), dtype=np.float32)
    for name in counts:
        vectors[int(name)] = model.wv[name]
    return vectors


class _Walks:
    """Stored walks as lists of words, read each time anew."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return sum(len(np.load(path, mmap_mode="r", allow_pickle=False)) for path in self.paths)

    def __iter__(self) -> Iterator[list[str]]:
        for path in self.paths:
            for walk in np.load(path, allow_pickle=False):
                yield [str(name) for name in walk.tolist() if name >= 0]
