"""Writing and reading the files of a frozen feature model, without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from reelhouse.errors import FeatureError

#: The JSON of a saved feature model; its `kind` says who reads the rest of the folder.
MODEL_FILE = "features.json"
ARRAYS_FILE = "features.safetensors"

Arrays = Mapping[str, np.ndarray[Any, Any]]
_Settings = TypeVar("_Settings", bound=BaseModel)
_Saved = TypeVar("_Saved", bound=BaseModel)


def write_model(folder: Path, description: Mapping[str, Any], arrays: Arrays) -> None:
    """Write features.json and, if there are arrays, features.safetensors; the folder is made."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    ready = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    if ready:
        save_file(ready, folder / ARRAYS_FILE)
    text = json.dumps(description, ensure_ascii=False, sort_keys=True)
    (folder / MODEL_FILE).write_text(text, encoding="utf-8")


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


def read_described(
    folder: Path, kind: str, version: int, settings: type[_Settings]
) -> tuple[dict[str, Any], _Settings]:
    """Return the description of a model of this kind and format, and its settings.

    Raises
    ------
    FeatureError
        It is of another kind or format, or its settings are not valid.
    """
    described = read_description(folder)
    path = folder / MODEL_FILE
    if (described.get("kind"), described.get("format")) != (kind, version):
        raise FeatureError(
            f"{path} says kind {described.get('kind')!r} format {described.get('format')!r},"
            f" expected {kind!r} format {version}"
        )
    try:
        return described, settings.model_validate(described.get("settings"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FeatureError(
            f"{path} holds settings that are not valid: {where}: {first['msg']}"
        ) from None


def read_saved(folder: Path, described: Mapping[str, Any], saved: type[_Saved]) -> _Saved:
    """Return what a description says beside the settings.

    Parameters
    ----------
    described : from `read_described`
    saved : the model of its fields

    Raises
    ------
    FeatureError
        A field is missing or not valid; the message names it.
    """
    try:
        return saved.model_validate(described)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise FeatureError(f"{folder / MODEL_FILE} holds no valid {where}") from None


def read_arrays(
    folder: Path, shapes: Mapping[str, tuple[int, ...]], dtype: type[np.generic]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of a saved model, each of the shape and type that it must have.

    Raises
    ------
    FeatureError
        The file is missing or damaged, or an array is missing or of another shape or type.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = folder / ARRAYS_FILE
    try:
        arrays = load_file(path)
    except FileNotFoundError:
        raise FeatureError(f"{path} is missing, expected beside {MODEL_FILE}") from None
    except (OSError, SafetensorError) as error:
        raise FeatureError(f"{path} cannot be read as safetensors: {error}") from None
    for name, shape in shapes.items():
        array = arrays.get(name)
        if array is None or array.shape != shape or array.dtype != np.dtype(dtype):
            found = "nothing" if array is None else f"{array.dtype} of shape {array.shape}"
            raise FeatureError(
                f"{path} holds {found} as {name}, expected {np.dtype(dtype).name} of shape {shape}"
            )
    return {name: arrays[name] for name in shapes}
