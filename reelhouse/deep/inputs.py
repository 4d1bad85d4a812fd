"""What goes into a network for each title: padded sequences of words, or a kind of feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError
from scipy import sparse

from reelhouse.deep.sequences import WORDS_FILE, WordNumbers
from reelhouse.deep.settings import InputKind, SequenceSettings
from reelhouse.errors import NetworkError
from reelhouse.features.fields import FIELDS
from reelhouse.features.kinds import fit_model, load_model
from reelhouse.features.leaving_out import without_field
from reelhouse.features.settings import FeatureKind, FeatureOptions


class InputModel(Protocol):
    """A fitted, frozen map from titles to rows of one length; every kind of feature is one."""

    @property
    def n_features(self) -> int:
        """Columns."""

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Rows of shape (n_titles, n_features), float32."""

    def save(self, folder: Path) -> None:
        """Write the model into a folder, without pickle."""


@dataclass(frozen=True)
class SequenceModel:
    """Descriptions as padded, scaled sequences of word numbers."""

    numbers: WordNumbers

    @property
    def n_features(self) -> int:
        """Places of a padded sequence."""
        return self.numbers.settings.length

    def transform(self, titles: pa.Table) -> sparse.csr_matrix:
        """Rows of shape (n_titles, n_features), float32, 0 to 1."""
        return self.numbers.scaled(self.numbers.sequences(descriptions(titles)))

    def save(self, folder: Path) -> None:
        """Write the words and their numbers."""
        self.numbers.save(folder)


def fit_input(
    kind: InputKind,
    parts: Sequence[Path],
    *,
    options: FeatureOptions,
    sequences: SequenceSettings,
    scratch: Path,
    seed: int = 0,
) -> InputModel:
    """Fit what goes in to all titles and freeze it.

    Parameters
    ----------
    kind
        One of `reelhouse.deep.settings.INPUT_KINDS`.
    parts
        Parquet files of titles, at least one.
    options, sequences
        Settings of the kinds of feature, and of sequences; only those of the kind have an effect.
    scratch
        Folder for what the fit must store meanwhile.
    seed

    Raises
    ------
    FeatureError
        There are no titles, or nothing in them to make features of.
    NetworkError
        There is no word in any description.
    """
    if kind == "sequences":
        texts = (text for part in parts for text in descriptions(pq.read_table(part)))
        return SequenceModel(WordNumbers.fit(texts, sequences))
    return fit_model(kind, parts, options, scratch=scratch, seed=seed)


def load_input(folder: Path) -> InputModel:
    """Load a saved input of whatever kind.

    Raises
    ------
    FeatureError, NetworkError
        A file is missing, damaged or of another format; the message names it.
    """
    if (folder / WORDS_FILE).is_file():
        return SequenceModel(WordNumbers.load(folder))
    return load_model(folder)


def only_fields(
    options: FeatureOptions, kept: Sequence[str], *, kind: FeatureKind
) -> FeatureOptions:
    """The same settings, in which only some fields of a title have weight for a kind.

    Parameters
    ----------
    options : FeatureOptions
    kept : some of `reelhouse.features.fields.FIELDS`, at least one
    kind : FeatureKind
        Settings of kinds that it has no use for stay as they are.

    Raises
    ------
    NetworkError
        When a field is unknown, none is kept, or the kind has no use for those.
    """
    if not kept or not set(kept) <= set(FIELDS):
        raise NetworkError(f"fields are {list(kept)}, required are some of {', '.join(FIELDS)}")
    dropped = [field for field in FIELDS if field not in kept]
    try:
        changed = {
            name: reduce(without_field, dropped, getattr(options, name))
            for name in options.used_by(kind)
        }
    except ValidationError:
        raise NetworkError(f"{kind} cannot be made of {', '.join(kept)} alone") from None
    return options.model_copy(update=changed)


def descriptions(titles: pa.Table) -> list[str]:
    """The description of each title; empty where it has none."""
    return [text or "" for text in titles["description"].to_pylist()]
