"""TF-IDF whose long fields are reduced to latent dimensions: latent semantic analysis.

Thousands of words and people, most held by two titles, say little one by one: two blurbs about the
same thing often share no word. The leading singular vectors bring words together that stand in the
same blurbs, and people that work together. The short fields stay as they are, so that what
decides can still be named.

References
----------
Deerwester, S. et al. (1990). Indexing by latent semantic analysis. JASIS 41(6), 391-407.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypeGuard

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import FeatureError
from reelhouse.features.fields import FIELDS
from reelhouse.features.parts import read_part
from reelhouse.features.saving import MODEL_FILE, read_arrays, read_described, write_model
from reelhouse.features.settings import FeatureOptions, TfidfSvdSettings
from reelhouse.features.subspace import leading_directions
from reelhouse.features.tfidf import TfidfModel, fit_tfidf, narrow, scale_rows
from reelhouse.features.vocabulary import count_parts
from reelhouse.matrix import store_block

_FORMAT = 1

#: Reduced block -> the fields that it is made of; every other field is a block of its own.
REDUCED = {"description": ("description",), "people": ("director", "cast")}
_KEPT = tuple(field for field in FIELDS if not any(field in block for block in REDUCED.values()))
_VOCABULARY = "vocabulary"


@dataclass(frozen=True)
class TfidfSvdModel:
    """A frozen vocabulary, and the latent dimensions of its long fields.

    Attributes
    ----------
    settings
        What it was fitted with.
    tfidf
        Vocabulary and weights of all fields.
    directions : block of `REDUCED` -> array of shape (n_terms_of_block, n_dimensions), float32
    """

    kind: ClassVar[str] = "tfidf-svd"

    settings: TfidfSvdSettings
    tfidf: TfidfModel
    directions: dict[str, NDArray[np.float32]]

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix: the latent dimensions, then the terms that stay."""
        return len(self.feature_names())

    def feature_names(self) -> list[tuple[str, str]]:
        """Block or field and term of every column; the term of a latent dimension is empty."""
        latent = [(block, "") for block in REDUCED for _ in range(self.directions[block].shape[1])]
        return latent + [(field, term) for field in _KEPT for term in self.tfidf.terms[field]]

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Vectorize titles.

        Returns
        -------
        csr_matrix of shape (n_titles, n_features), float32, int32 indices
            Unit rows; a title of which nothing is known has an all-zero row.
        """
        latent = [self._latent(titles, block) for block in REDUCED]
        kept = [self.tfidf.block(titles, field) for field in _KEPT]
        features = sparse.csr_matrix(sparse.hstack([*latent, *kept], format="csr"))
        features.eliminate_zeros()
        scale_rows(features, 1.0)
        return narrow(features)

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Count the description tokens that are in the vocabulary, and those that are not."""
        return self.tfidf.out_of_vocabulary(titles)

    def _latent(self, titles: pa.Table, block: str) -> sparse.csr_matrix:
        """Latent dimensions of a block (n_titles, n_dimensions), rows of the block's weight."""
        found = sparse.csr_matrix(term_block(self.tfidf, titles, block) @ self.directions[block])
        scale_rows(found, _weight(self.settings, block))
        return found

    def save(self, folder: Path) -> None:
        """Write the model into a folder; the vocabulary is a model in a folder of its own."""
        described = {
            "kind": self.kind,
            "format": _FORMAT,
            "settings": self.settings.model_dump(mode="json"),
            "dimensions": {block: found.shape[1] for block, found in self.directions.items()},
        }
        write_model(folder, described, self.directions)
        self.tfidf.save(folder / _VOCABULARY)

    @classmethod
    def fit(
        cls, parts: Sequence[Path], options: FeatureOptions, *, scratch: Path, seed: int
    ) -> TfidfSvdModel:
        """Choose the vocabulary, then find the latent dimensions of the long fields."""
        settings = options.tfidf_svd
        tfidf = fit_tfidf(count_parts(parts), settings.tfidf)
        directions = {
            block: _fit_block(parts, tfidf, block, settings, scratch / block, seed)
            for block in REDUCED
        }
        return cls(settings, tfidf, directions)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        FeatureError
            A file is missing, damaged or of another format; the message names it.
        """
        described, settings = read_described(folder, cls.kind, _FORMAT, TfidfSvdSettings)
        dimensions = described.get("dimensions")
        if not _are_dimensions(dimensions):
            path = folder / MODEL_FILE
            raise FeatureError(f"{path} does not say the dimensions of {', '.join(REDUCED)}")
        tfidf = TfidfModel.load(folder / _VOCABULARY)
        shapes = {block: (_n_terms(tfidf, block), dimensions[block]) for block in REDUCED}
        return cls(settings, tfidf, read_arrays(folder, shapes, np.float32))


def term_block(tfidf: TfidfModel, titles: pa.Table, block: str) -> sparse.csr_matrix:
    """Terms of a block's fields side by side, (n_titles, n_terms_of_block), unit rows."""
    found = [tfidf.block(titles, field) for field in REDUCED[block]]
    terms = sparse.csr_matrix(sparse.hstack(found, format="csr"))
    scale_rows(terms, 1.0)
    return terms


def _fit_block(
    parts: Sequence[Path],
    tfidf: TfidfModel,
    block: str,
    settings: TfidfSvdSettings,
    scratch: Path,
    seed: int,
) -> NDArray[np.float32]:
    import dask

    n_terms = _n_terms(tfidf, block)
    if not n_terms:
        return np.zeros((0, 0), dtype=np.float32)
    scratch.mkdir(parents=True, exist_ok=True)
    paths = [scratch / f"part-{number:05d}.safetensors" for number in range(len(parts))]
    shared = dask.delayed(tfidf)
    dask.compute(
        *[
            dask.delayed(_store_terms)(Path(part), shared, block, path)
            for part, path in zip(parts, paths, strict=True)
        ]
    )
    wanted = settings.description_dimensions
    if block == "people":
        wanted = settings.people_dimensions
    return leading_directions(paths, n_terms, wanted, iterations=settings.iterations, seed=seed)


def _store_terms(part: Path, tfidf: TfidfModel, block: str, path: Path) -> None:
    store_block(path, term_block(tfidf, read_part(part), block))


def _n_terms(tfidf: TfidfModel, block: str) -> int:
    return sum(len(tfidf.terms[field]) for field in REDUCED[block])


def _weight(settings: TfidfSvdSettings, block: str) -> float:
    """Norm of a reduced block: that of the norms of its fields."""
    weights = [getattr(settings.tfidf, field).weight for field in REDUCED[block]]
    return float(np.linalg.norm(weights))


def _are_dimensions(found: Any) -> TypeGuard[dict[str, int]]:
    return isinstance(found, dict) and all(isinstance(found.get(b), int) for b in REDUCED)
