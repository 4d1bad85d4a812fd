"""A fitted model as a folder of JSON and safetensors, without pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reelhouse.errors import RecommendationError
from reelhouse.models.base import Model, RankingModel
from reelhouse.recommend.rated import RatedTitles

MODEL_FILE = "model.json"
ARRAYS_FILE = "model.safetensors"
#: Raised when what the files hold changes its meaning.
FORMAT = 1
#: Metadata of a dataclass field that says where a fit runs, not what it learns: no part of what is
#: saved.
RUNS_ON = {"runs_on": True}


def save_model(model: Model, folder: Path) -> None:
    """Write a fitted model; the folder is made."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.ascontiguousarray(array) for name, array in model.arrays().items()}
    save_file(arrays, folder / ARRAYS_FILE)
    described = _described(model, model.known if isinstance(model, RankingModel) else None)
    (folder / MODEL_FILE).write_text(json.dumps(described, sort_keys=True), encoding="utf-8")


def load_model(made: Model, folder: Path, known: RatedTitles | None = None) -> None:
    """Make a model of the same name and settings the one that was saved.

    Parameters
    ----------
    known : RatedTitles or None
        The titles that a model which ranks them learned from; it names them in its answers. Their
        history is not looked at: that of other users does. Required of such a model only.

    Raises
    ------
    RecommendationError
        When the folder holds no model, another one, one of other titles, or a damaged one.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        described = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
        arrays = load_file(folder / ARRAYS_FILE)
    except (OSError, ValueError, SafetensorError) as error:
        raise RecommendationError(f"{folder} holds no model that can be read: {error}") from None
    required = _described(made, known)
    if described != required:
        raise RecommendationError(f"{folder} holds {described}, required is {required}")
    try:
        made.restore(arrays)
    except KeyError as error:
        raise RecommendationError(f"{folder} holds no array {error}, required is one") from None
    if isinstance(made, RankingModel) and known is not None:
        made.known = known


def _described(model: Model, known: RatedTitles | None) -> dict[str, Any]:
    """What a saved model must agree in with the one that it is loaded into."""
    described = {"format": FORMAT, "name": model.name, "settings": settings_of(model)}
    if not isinstance(model, RankingModel):
        return described
    if known is None:
        raise RecommendationError(f"{model.name} ranks titles: required are those it learned from")
    digest = hashlib.sha256("\n".join(map(str, known.names.title_ids.to_pylist())).encode())
    return described | {"titles": {"n": known.n_titles, "sha256": digest.hexdigest()}}


def settings_of(model: Model) -> dict[str, Any]:
    """Settings of a model that decide what it learns, as JSON has them; see `RUNS_ON`."""
    if not is_dataclass(model):
        raise TypeError(f"{type(model).__name__} is not a dataclass of its settings")
    deciding = [one.name for one in fields(model) if not one.metadata.get("runs_on")]
    found: dict[str, Any] = json.loads(
        json.dumps({name: getattr(model, name) for name in deciding})
    )
    return found
