"""The kinds of feature by name: fitting one, and loading a saved model of whatever kind."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from reelhouse.errors import FeatureError
from reelhouse.features.base import FeatureModel
from reelhouse.features.saving import MODEL_FILE, read_description
from reelhouse.features.settings import FeatureKind, FeatureOptions

#: Module and class of each kind, imported on first use: some need libraries that take seconds.
KINDS: dict[FeatureKind, str] = {
    "tfidf": "reelhouse.features.tfidf:TfidfModel",
    "tfidf-svd": "reelhouse.features.tfidf_svd:TfidfSvdModel",
    "word-vectors": "reelhouse.features.word_vectors:WordVectorModel",
    "node-vectors": "reelhouse.features.node_vectors:NodeVectorModel",
    "semantic": "reelhouse.features.semantic:SemanticModel",
    "combined": "reelhouse.features.combined:CombinedModel",
}


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
    return _class_of(kind).fit(parts, options, scratch=scratch, seed=seed)


def load_model(folder: Path) -> FeatureModel:
    """Load a saved feature model of whatever kind.

    Raises
    ------
    FeatureError
        A file is missing, damaged or of another format; the message names it.
    """
    kind = read_description(folder).get("kind")
    if kind not in KINDS:
        raise FeatureError(
            f"{folder / MODEL_FILE} says kind {kind!r}, expected one of {sorted(KINDS)}"
        )
    return _class_of(kind).load(folder)


def _class_of(kind: FeatureKind) -> type[FeatureModel]:
    module, _, name = KINDS[kind].partition(":")
    found: type[FeatureModel] = getattr(import_module(module), name)
    return found
