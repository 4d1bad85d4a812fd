"""A fitted model as a folder of JSON and safetensors, without pickle."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reelhouse.errors import RecommendationError
from reelhouse.models.base import Model

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
    described = {"format": FORMAT, "name": model.name, "settings": settings_of(model)}
    (folder / MODEL_FILE).write_text(json.dumps(described, sort_keys=True), encoding="utf-8")


def load_model(made: Model, folder: Path) -> None:
    """Make a model of the same name and settings the one that was saved.

    Raises
    ------
    RecommendationError
        When the folder holds no model, another one, or a damaged one.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        described = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
        arrays = load_file(folder / ARRAYS_FILE)
    except (OSError, ValueError, SafetensorError) as error:
        raise RecommendationError(f"{folder} holds no model that can be read: {error}") from None
    required = {"format": FORMAT, "name": made.name, "settings": settings_of(made)}
    if described != required:
        raise RecommendationError(f"{folder} holds {described}, required is {required}")
    made.restore(arrays)


def settings_of(model: Model) -> dict[str, Any]:
    """Settings of a model that decide what it learns, as JSON has them; see `RUNS_ON`."""
    if not is_dataclass(model):
        raise TypeError(f"{type(model).__name__} is not a dataclass of its settings")
    deciding = [one.name for one in fields(model) if not one.metadata.get("runs_on")]
    found: dict[str, Any] = json.loads(
        json.dumps({name: getattr(model, name) for name in deciding})
    )
    return found
