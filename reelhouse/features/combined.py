"""Several kinds of feature side by side, each a block of its own weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import pyarrow as pa
from scipy import sparse

from reelhouse.errors import FeatureError
from reelhouse.features.base import FeatureModel
from reelhouse.features.saving import MODEL_FILE, read_described, write_model
from reelhouse.features.settings import FEATURE_KINDS, CombinedSettings, FeatureOptions, SingleKind
from reelhouse.features.tfidf import narrow, scale_rows

_FORMAT = 1


@dataclass(frozen=True)
class CombinedModel:
    """Weighted concatenation of other models.

    Attributes
    ----------
    settings
        Weight of each kind.
    models : tuple of FeatureModel
        In the order of `settings.FEATURE_KINDS`, whatever that of the weights.
    """

    kind: ClassVar[str] = "combined"

    settings: CombinedSettings
    models: tuple[FeatureModel, ...]

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix."""
        return sum(model.n_features for model in self.models)

    def feature_names(self) -> list[tuple[str, str]]:
        """Field and term of every column; the term of a latent dimension is empty."""
        return [name for model in self.models for name in model.feature_names()]

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Vectorize titles.

        Returns
        -------
        csr_matrix of shape (n_titles, n_features), float32, int32 indices
            Unit rows; a title of which nothing is known has an all-zero row.
        """
        blocks = [
            model.transform(titles) * self.settings.weights[kind]
            for kind, model in zip(_kinds(self.settings), self.models, strict=True)
        ]
        features = sparse.csr_matrix(sparse.hstack(blocks, format="csr"))
        scale_rows(features, 1.0)
        return narrow(features)

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Count the words of the descriptions as the first of the models does that reads them."""
        counts = (0, 0)
        for model in self.models:
            counts = model.out_of_vocabulary(titles)
            if any(counts):
                break
        return counts

    def save(self, folder: Path) -> None:
        """Write the settings, and each model into a folder of its kind's name."""
        settings = self.settings.model_dump(mode="json")
        described = {"kind": self.kind, "format": _FORMAT, "settings": settings}
        write_model(folder, described, {})
        for model in self.models:
            model.save(folder / model.kind)

    @classmethod
    def fit(
        cls, parts: Sequence[Path], options: FeatureOptions, *, scratch: Path, seed: int
    ) -> CombinedModel:
        """Fit each of the kinds to the same titles."""
        from reelhouse.features.kinds import fit_model

        settings = options.combined
        models = [
            fit_model(kind, parts, options, scratch=scratch / kind, seed=seed)
            for kind in _kinds(settings)
        ]
        return cls(settings, tuple(models))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        FeatureError
            A file is missing, damaged or of another format; the message names it.
        """
        from reelhouse.features.kinds import load_model

        _, settings = read_described(folder, cls.kind, _FORMAT, CombinedSettings)
        models = tuple(load_model(folder / kind) for kind in _kinds(settings))
        for kind, model in zip(_kinds(settings), models, strict=True):
            if model.kind != kind:
                path = folder / kind / MODEL_FILE
                raise FeatureError(f"{path} says kind {model.kind!r}, expected {kind!r}")
        return cls(settings, models)


def _kinds(settings: CombinedSettings) -> list[SingleKind]:
    return [kind for kind in FEATURE_KINDS if kind != "combined" and kind in settings.weights]
