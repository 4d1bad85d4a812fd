"""Where a fit stands, on disk: one that was killed goes on from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.models.base import Arrays, CurvePoint, Model
from reelhouse.models.saving import settings_of
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.objects import ObjectMissingError

#: The file of a checkpoint in its folder.
CHECKPOINT_FILE = "checkpoint.safetensors"
_DESCRIBED = "described"
_STATE, _BEST = "state/", "best/"


@dataclass(frozen=True)
class Standing:
    """Where a fit stands after an epoch.

    Attributes
    ----------
    curve : list of CurvePoint
        Of the epochs done.
    state : mapping
        What the next epoch needs, by name.
    best : (float, int, mapping) or None
        Best value, its epoch, and the parameters kept of it.
    """

    curve: list[CurvePoint]
    state: Arrays
    best: tuple[float, int, Arrays] | None


@dataclass(frozen=True)
class Checkpoint:
    """A folder that holds where one fit stands; removed from it when the fit is done.

    Parameters
    ----------
    folder : Path
        Made when missing; of one fit at a time.
    every : int
        Epochs between two writings.
    fit : str
        Tells this fit from others, as `fit_of` does.
    state : callable
        Returns what the next epoch needs, by name.
    resume : callable
        Takes such a state.
    """

    folder: Path
    every: int
    fit: str
    state: Callable[[], Arrays]
    resume: Callable[[Arrays], None]

    def write(self, curve: list[CurvePoint], best: tuple[float, int, Any] | None) -> None:
        """Replace what the folder holds, at once and durably."""
        from safetensors.numpy import save

        arrays = _prefixed(_STATE, self.state())
        described: dict[str, Any] = {"fit": self.fit, "curve": [asdict(point) for point in curve]}
        if best is not None:
            described["best"] = best[:2]
            arrays |= _prefixed(_BEST, best[2])
        text = json.dumps(described).encode("utf-8")
        arrays[_DESCRIBED] = np.frombuffer(text, dtype=np.uint8)
        self.folder.mkdir(parents=True, exist_ok=True)
        LocalFolder(self.folder).put(CHECKPOINT_FILE, save(arrays))

    def read(self) -> Standing | None:
        """Where the fit stands; None where the folder holds nothing.

        Raises
        ------
        RecommendationError
            When the checkpoint is damaged, or that of another fit.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        if not self.folder.is_dir():
            return None
        try:
            arrays = load(LocalFolder(self.folder).get(CHECKPOINT_FILE))
            described = json.loads(arrays[_DESCRIBED].tobytes())
        except ObjectMissingError:
            return None
        except (KeyError, ValueError, SafetensorError) as error:
            raise RecommendationError(
                f"{self.folder} holds no checkpoint that can be read: {error}"
            ) from None
        if described["fit"] != self.fit:
            raise RecommendationError(
                f"{self.folder} holds a checkpoint of other settings or ratings: "
                "give each fit a folder of its own, or remove it"
            )
        curve = [CurvePoint(**point) for point in described["curve"]]
        best = described.get("best")
        kept = None if best is None else (best[0], best[1], _unprefixed(_BEST, arrays))
        return Standing(curve, _unprefixed(_STATE, arrays), kept)

    def remove(self) -> None:
        """Remove the checkpoint; the folder stays."""
        if self.folder.is_dir():
            LocalFolder(self.folder).delete(CHECKPOINT_FILE)


def fit_of(model: Model, *learned_from: Iterable[Any]) -> str:
    """Tell a fit from others: a hash of the model's settings and of all that it is given.

    Parameters
    ----------
    learned_from : iterables
        Of arrays, CSR matrices, numbers, or None.
    """
    told = hashlib.sha256(json.dumps([model.name, settings_of(model)], sort_keys=True).encode())
    for part in learned_from:
        for one in part:
            _tell(told, one)
    return told.hexdigest()


def _tell(told: Any, one: Any) -> None:
    if sparse.issparse(one):
        for array in (one.indptr, one.indices, one.data):
            _tell(told, array)
        one = one.shape
    if isinstance(one, np.ndarray):
        told.update(f"{one.dtype} {one.shape}".encode())
        told.update(np.ascontiguousarray(one).tobytes())
    else:
        told.update(repr(one).encode())


def _prefixed(prefix: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    return {prefix + name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _unprefixed(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
