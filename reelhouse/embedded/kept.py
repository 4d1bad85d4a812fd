"""What a run has finished, on disk: one that was killed and is started again goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from reelhouse.deep.curves import EpochFigures
from reelhouse.deep.network import Network
from reelhouse.errors import NetworkError
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.objects import ObjectMissingError

_DESCRIBED = "described"


@dataclass(frozen=True)
class Trained:
    """What was learned by an autoencoder; see `reelhouse.deep.autoencoder.Autoencoder`."""

    encoder: Network
    decoder: Network
    scale: float
    curve: tuple[EpochFigures, ...]


@dataclass(frozen=True)
class Kept:
    """A folder for what one run has finished.

    Attributes
    ----------
    folder : Path or None
        None keeps nothing.
    key : str
        Names the run: its input, settings and code.
    """

    folder: Path | None
    key: str

    @property
    def name(self) -> str:
        """The file of the autoencoder, which takes most of a run's time."""
        return f"autoencoder-{self.key[:16]}.safetensors"

    def autoencoder(self, make: Callable[[], Trained]) -> Trained:
        """The autoencoder of an earlier try, or one that is made now and kept.

        Raises
        ------
        NetworkError
            When what was kept cannot be read.
        """
        if self.folder is None:
            return make()
        self.folder.mkdir(parents=True, exist_ok=True)
        files = LocalFolder(self.folder)
        try:
            return _read(files.get(self.name))
        except ObjectMissingError:
            made = make()
        except (KeyError, TypeError, ValueError, SafetensorError, NetworkError) as error:
            raise NetworkError(
                f"{self.folder / self.name} cannot be read, remove it to begin anew: {error}"
            ) from None
        files.put(self.name, _written(made))
        return made

    def forget(self) -> None:
        """Remove what was kept; the folder stays."""
        if self.folder is not None and (self.folder / self.name).is_file():
            LocalFolder(self.folder).delete(self.name)


def _written(trained: Trained) -> bytes:
    about = {"scale": trained.scale, "curve": [asdict(one) for one in trained.curve]}
    arrays: dict[str, Any] = trained.encoder.arrays("encoder") | trained.decoder.arrays("decoder")
    kept = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    text = json.dumps(about).encode("utf-8")
    return save(kept | {_DESCRIBED: np.frombuffer(text, dtype=np.uint8)})


def _read(content: bytes) -> Trained:
    arrays: Mapping[str, Any] = load(content)
    about = json.loads(arrays[_DESCRIBED].tobytes())
    return Trained(
        Network.of_arrays(arrays, "encoder"),
        Network.of_arrays(arrays, "decoder"),
        float(about["scale"]),
        tuple(EpochFigures(**one) for one in about["curve"]),
    )
