"""The kinds of feature by name: fitting one, and loading a saved model of whatever kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from reelhouse.errors import FeatureError
from reelhouse.features.base import FeatureModel
from reelhouse.features.saving import MODEL_FILE, read_description
from reelhouse.features.settings import FeatureKind, FeatureOptions


def fit_model(
    kind: FeatureKind,
    parts: Sequence[Path],
    options: FeatureOptions,
    *,
    scratch: Path,
    seed: int = 0,
) -> FeatureModel:
    """Fit features of a kind to all titles and freeze them.

    Parameters
    ----------
    kind
        One of `settings.FEATURE_KINDS`.
    parts
        Parquet files of titles, at least one.
    options
        Settings of all kinds.
    scratch
        Folder for what the fit must store meanwhile; every worker can write there.
    seed
        Seed of everything random.

    Raises
    ------
    FeatureError
        There are no partitions; NothingToFitError where there is nothing in them to make features
        of.
    """
    if not parts:
        raise FeatureError("there are 0 partitions to fit features on, expected at least 1")
    return _CLASSES[kind]().fit(parts, options, scratch=scratch, seed=seed)


def load_model(folder: Path) -> FeatureModel:
    """Load a saved feature model of whatever kind.

    Raises
    ------
    FeatureError
        A file is missing, damaged or of another format; the message names it.
    """
    kind = read_description(folder).get("kind")
    if kind not in _CLASSES:
        raise FeatureError(
            f"{folder / MODEL_FILE} says kind {kind!r}, expected one of {sorted(_CLASSES)}"
        )
    return _CLASSES[kind]().load(folder)


# Each imported on first use: some need libraries that take seconds to import.
def _tfidf() -> type[FeatureModel]:
    from reelhouse.features.tfidf import TfidfModel

    return TfidfModel


def _tfidf_svd() -> type[FeatureModel]:
    from reelhouse.features.tfidf_svd import TfidfSvdModel

    return TfidfSvdModel


def _word_vectors() -> type[FeatureModel]:
    from reelhouse.features.word_vectors import WordVectorModel

    return WordVectorModel


def _node_vectors() -> type[FeatureModel]:
    from reelhouse.features.node_vectors import NodeVectorModel

    return NodeVectorModel


def _semantic() -> type[FeatureModel]:
    from reelhouse.features.semantic import SemanticModel

    return SemanticModel


def _combined() -> type[FeatureModel]:
    from reelhouse.features.combined import CombinedModel

    return CombinedModel


_CLASSES: dict[FeatureKind, Callable[[], type[FeatureModel]]] = {
    "tfidf": _tfidf,
    "tfidf-svd": _tfidf_svd,
    "word-vectors": _word_vectors,
    "node-vectors": _node_vectors,
    "semantic": _semantic,
    "combined": _combined,
}
