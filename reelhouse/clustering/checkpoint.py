"""The state of a fit as one file, so that a killed fit goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from reelhouse.errors import ClusteringError

_FORMAT = "1"


@dataclass(frozen=True)
class FitState:
    """What a fit needs to go on: arrays, and figures that JSON can hold."""

    arrays: dict[str, NDArray[Any]]
    figures: dict[str, Any]


def fit_key(facts: Mapping[str, Any]) -> str:
    """Short name of a fit: the same parameters over the same data.

    Parameters
    ----------
    facts : mapping
        Parameters and what identifies the data; an array counts by its content.
    """
    text = json.dumps(facts, sort_keys=True, default=_named)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save_state(path: Path, key: str, state: FitState) -> None:
    """Write the file; it appears whole or not at all.

    Raises
    ------
    ClusteringError
        When its folder cannot be made or written.
    """
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    arrays = {name: np.ascontiguousarray(array) for name, array in state.arrays.items()}
    about = {"format": _FORMAT, "key": key, "figures": json.dumps(state.figures)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(arrays, scratch, about)
        scratch.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            scratch.unlink()
        raise ClusteringError(f"the checkpoint {path} cannot be written: {error}") from error


def load_state(path: Path, key: str) -> FitState | None:
    """Read what `save_state` wrote; None when there is no file.

    Raises
    ------
    ClusteringError
        When the file is damaged, or belongs to another fit.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="np") as file:
            about = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        figures = json.loads(about["figures"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ClusteringError(
            f"{path} is no checkpoint of a fit ({error}): remove it to start anew"
        ) from None
    if (about.get("format"), about.get("key")) != (_FORMAT, key):
        raise ClusteringError(
            f"{path} is the checkpoint of another fit (key {about.get('key')}, this one has "
            f"{key}): other parameters or other data; remove it to start anew"
        )
    return FitState(arrays, figures)


def _named(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return [value.dtype.str, value.shape, content]
    return repr(value)
