"""What every kind of feature must offer, and loading a model by its kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import pyarrow as pa
from scipy import sparse

from reelhouse.errors import FeatureError

#: The JSON of a saved feature model; its `kind` says who reads the rest of the folder.
MODEL_FILE = "features.json"


class FeatureModel(Protocol):
    """A fitted, frozen map from titles to vectors of one length."""

    kind: ClassVar[str]
    """Name of the kind of feature, as given to `--features`."""

    @property
    def n_features(self) -> int:
        """Columns of the feature matrix."""

    def feature_names(self) -> list[tuple[str, str]]:
        """Field and term of every column, in the order of the columns."""

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Feature matrix of shape (n_titles, n_features), float32, unit or all-zero rows."""

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        """Words of the descriptions that the model knows, and that it does not know."""

    def save(self, folder: Path) -> None:
        """Write the model into a folder, without pickle."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; raises FeatureError naming the file that is wrong."""


def read_description(folder: Path) -> dict[str, Any]:
    """Return the JSON object of a saved model.

    Raises
    ------
    FeatureError
        The file is missing, no JSON, or no JSON object.
    """
    path = folder / MODEL_FILE
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FeatureError(f"{path} is missing: the folder holds no feature model") from None
    except (OSError, ValueError) as error:
        raise FeatureError(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(described, dict):
        raise FeatureError(f"{path} holds a {type(described).__name__}, expected a JSON object")
    return described


def load_model(folder: Path) -> FeatureModel:
    """Load a saved feature model of whatever kind."""
    from reelhouse.features.tfidf import TfidfModel

    kinds: dict[str, type[FeatureModel]] = {TfidfModel.kind: TfidfModel}
    kind = read_description(folder).get("kind")
    if kind not in kinds:
        raise FeatureError(
            f"{folder / MODEL_FILE} says kind {kind!r}, expected one of {sorted(kinds)}"
        )
    return kinds[kind].load(folder)
