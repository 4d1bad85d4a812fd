"""Titles as a language model sees them: the vector of the sentence "title. description".

A sentence-embedding model learned from much text what two sentences have in common, so it knows
words that the catalogue holds once. Its vectors are centred and reduced to the dimensions along
which the catalogue varies. Vectors of the titles that were fitted are kept with the features:
those are read without the model, which only new titles need.

References
----------
Reimers, N. and Gurevych, I. (2019). Sentence-BERT: sentence embeddings using Siamese
BERT-networks. EMNLP-IJCNLP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel
from scipy import sparse

from reelhouse.errors import FeatureError
from reelhouse.features.bags import count_known
from reelhouse.features.moments import (
    Moments,
    merge_moments,
    moments,
    sparse_unit_rows,
    strongest_directions,
)
from reelhouse.features.parts import read_part
from reelhouse.features.saving import read_arrays, read_described, read_saved, write_model
from reelhouse.features.sentence_model import (
    SentenceModel,
    find_model,
    loaded_model,
    model_digest,
)
from reelhouse.features.settings import FeatureOptions, SemanticSettings

_FORMAT = 1

Keys = NDArray[np.uint64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class SemanticModel:
    """Which model reads sentences, what is kept of its vectors, and those of known titles.

    Attributes
    ----------
    settings
        What it was fitted with.
    digest
        SHA-256 of the model's files.
    mean : ndarray of shape (n_model_dimensions,), float32
        Mean of the fitted titles' vectors.
    directions : ndarray of shape (n_features, n_model_dimensions), float32
        Orthonormal rows.
    keys : ndarray of shape (n_known,), uint64
        Hashes of the sentences of known titles, ascending.
    known : ndarray of shape (n_known, n_features), float32
        Their vectors, centred and reduced.
    """

    kind: ClassVar[str] = "semantic"

    settings: SemanticSettings
    digest: str
    mean: Vectors
    directions: Vectors
    keys: Keys
    known: Vectors

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix."""
        return len(self.directions)

    def feature_names(self) -> list[tuple[str, str]]:
        """Every column is a latent dimension of the sentences."""
        return [("sentence", "")] * self.n_features

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Vectorize titles; the sentence model is loaded for titles that are not known alone.

        Returns
        -------
        csr_matrix of shape (n_titles, n_features), float32, int32 indices
            Unit rows; a title without a word has an all-zero row.

        Raises
        ------
        FeatureError
            There are new titles, and the sentence model is not here or is another one.
        """
        texts = sentences(titles)
        keys = sentence_keys(texts)
        at = np.searchsorted(self.keys, keys)
        is_known = at < self.keys.size
        is_known[is_known] = self.keys[at[is_known]] == keys[is_known]
        rows = np.zeros((len(texts), self.n_features), dtype=np.float32)
        rows[is_known] = self.known[at[is_known]]
        new = [row for row, text in enumerate(texts) if text and not is_known[row]]
        if new:
            model = self._sentence_model()
            found = model.encode([texts[row] for row in new], batch_size=self.settings.batch_size)
            rows[new] = self._reduced(found)
        return sparse_unit_rows(rows)

    def _reduced(self, vectors: Vectors) -> Vectors:
        reduced: Vectors = ((vectors - self.mean) @ self.directions.T).astype(np.float32)
        return reduced

    def _sentence_model(self) -> SentenceModel:
        folder = find_model(self.settings.model)
        digest = model_digest(folder)
        if digest != self.digest:
            raise FeatureError(
                f"the features were fitted with a sentence-embedding model {self.settings.model}"
                f" of sha256 {self.digest[:12]}, found {digest[:12]}: put the old model back or"
                " refit"
            )
        return loaded_model(folder, self.settings.device)

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Count the description's words that the model has a vector of their own for, and others.

        The others it reads in parts. Names of several words count as known by all of them.
        """

        def known() -> Callable[[str], bool]:
            vocabulary = self._sentence_model().vocabulary
            return lambda word: vocabulary.issuperset(word.split("_"))

        return count_known(titles, known)

    def save(self, folder: Path) -> None:
        """Write features.json and features.safetensors; the sentence model stays where it is."""
        described = {
            "kind": self.kind,
            "format": _FORMAT,
            "settings": self.settings.model_dump(mode="json"),
            "digest": self.digest,
            "n_model_dimensions": len(self.mean),
            "n_dimensions": self.n_features,
            "n_known": len(self.keys),
        }
        arrays: dict[str, NDArray[Any]] = {
            "mean": self.mean,
            "directions": self.directions,
            "keys": self.keys,
            "known": self.known,
        }
        write_model(folder, described, arrays)

    @classmethod
    def fit(
        cls, parts: Sequence[Path], options: FeatureOptions, *, scratch: Path, seed: int
    ) -> SemanticModel:
        """Read the sentences of all partitions and find the dimensions that matter."""
        import dask

        settings = options.semantic
        digest = model_digest(find_model(settings.model))
        scratch.mkdir(parents=True, exist_ok=True)
        paths = [scratch / f"part-{number:05d}.safetensors" for number in range(len(parts))]
        reads = [
            dask.delayed(_read_sentences)(Path(part), settings, path)
            for part, path in zip(parts, paths, strict=True)
        ]
        merged = merge_moments(dask.compute(*reads))
        if not merged.n_rows:
            raise FeatureError(f"0 of the titles in {len(parts)} partitions have a description")
        mean = merged.mean.astype(np.float32)
        directions = strongest_directions(merged.centred(), settings.dimensions)
        nothing = np.zeros((0, len(directions)), dtype=np.float32)
        model = cls(settings, digest, mean, directions, np.zeros(0, np.uint64), nothing)
        keys, known = model._kept(paths)
        return cls(settings, digest, mean, directions, keys, known)

    def _kept(self, paths: Sequence[Path]) -> tuple[Keys, Vectors]:
        """Keys, ascending, and reduced vectors of the first titles, to the limit."""
        keys, rows = [self.keys], [self.known]
        left = self.settings.kept_titles
        for path in paths:
            found, vectors = _load_sentences(path)
            keys.append(found[:left])
            rows.append(self._reduced(vectors[:left]))
            left -= min(left, len(found))
        distinct, first = np.unique(np.concatenate(keys), return_index=True)
        return distinct, np.concatenate(rows)[first]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; the sentence model is looked for when a new title needs it.

        Raises
        ------
        FeatureError
            A file is missing, damaged or of another format; the message names it.
        """
        described, settings = read_described(folder, cls.kind, _FORMAT, SemanticSettings)
        saved = read_saved(folder, described, _Saved)
        shapes: dict[str, tuple[int, ...]] = {
            "mean": (saved.n_model_dimensions,),
            "directions": (saved.n_dimensions, saved.n_model_dimensions),
            "known": (saved.n_known, saved.n_dimensions),
        }
        arrays = read_arrays(folder, shapes, np.float32)
        arrays |= read_arrays(folder, {"keys": (saved.n_known,)}, np.uint64)
        return cls(
            settings,
            saved.digest,
            arrays["mean"],
            arrays["directions"],
            arrays["keys"],
            arrays["known"],
        )


class _Saved(BaseModel):
    """What features.json says beside the settings."""

    digest: str
    n_model_dimensions: int
    n_dimensions: int
    n_known: int


def sentences(titles: pa.Table) -> list[str]:
    """Title and description of each title as one text; empty where it has neither.

    >>> sentences(pa.table({"title": ["Ozark", ""], "description": ["A drug scheme.", None]}))
    ['Ozark. A drug scheme.', '']
    """
    named = zip(titles["title"].to_pylist(), titles["description"].to_pylist(), strict=True)
    return [". ".join(part for part in both if part) for both in named]


def sentence_keys(texts: Sequence[str]) -> Keys:
    """First 8 bytes of the SHA-256 of each text, shape (n_texts,)."""
    digests = [hashlib.sha256(text.encode()).digest()[:8] for text in texts]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _read_sentences(part: Path, settings: SemanticSettings, path: Path) -> Moments:
    """Store the vectors of a partition's sentences; returns their moments."""
    from safetensors.numpy import save_file

    texts = [text for text in sentences(read_part(part)) if text]
    model = loaded_model(find_model(settings.model), settings.device)
    vectors = model.encode(texts, batch_size=settings.batch_size)
    save_file({"keys": sentence_keys(texts), "vectors": vectors}, path)
    return moments(vectors)


def _load_sentences(path: Path) -> tuple[Keys, Vectors]:
    from safetensors.numpy import load_file

    arrays = load_file(path)
    return arrays["keys"], arrays["vectors"]
