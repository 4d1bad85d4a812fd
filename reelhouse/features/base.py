"""What every kind of feature must offer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self

import pyarrow as pa
from scipy import sparse

from reelhouse.features.settings import FeatureOptions


class FeatureModel(Protocol):
    """A fitted, frozen map from titles to vectors of one length."""

    kind: ClassVar[str]
    """Name of the kind of feature, as given to `--features`."""

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix."""

    def feature_names(self) -> list[tuple[str, str]]:
        """Field and term of every column, in order; the term of a latent dimension is empty."""

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Feature matrix of shape (n_titles, n_features), float32, unit or all-zero rows."""

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Words of the descriptions that the model knows, and that it does not know."""

    def save(self, folder: Path) -> None:
        """Write the model into a folder, without pickle."""

    @classmethod
    def fit(
        cls, parts: Sequence[Path], options: FeatureOptions, *, scratch: Path, seed: int
    ) -> Self:
        """Fit to stored partitions of titles; see `reelhouse.features.kinds.fit_model`."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; raises FeatureError naming the file that is wrong."""
