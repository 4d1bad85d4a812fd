"""Folds that a data set brings along: u1.base and u1.test to u5.base and u5.test of MovieLens."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from reelhouse.errors import SourceError
from reelhouse.storage.manifest import InputEntry

_TEST = re.compile(r"u(\d+)\.test")


@dataclass(frozen=True)
class OfficialFold:
    """A fold as its two files have it.

    Attributes
    ----------
    name : str
    train, test : ndarray of shape (n_ratings, 2), int64
        User ids and title ids.
    """

    name: str
    train: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class OfficialFolds:
    """All folds, and their files as one input."""

    folds: tuple[OfficialFold, ...]
    entry: InputEntry


def read_official_folds(ratings: str) -> OfficialFolds | None:
    """Read the folds in a local folder of ratings, or beside a local file; None without any.

    Raises
    ------
    SourceError
        A fold has no base file, or a file cannot be read as user, title, rating by tabs.
    """
    if "://" in ratings:
        return None
    folder = Path(ratings) if Path(ratings).is_dir() else Path(ratings).parent
    numbers = sorted(
        int(found[1]) for path in folder.glob("u*.test") if (found := _TEST.fullmatch(path.name))
    )
    if not numbers:
        return None
    folds, sums, size = [], [], 0
    for number in numbers:
        pairs = {}
        for side in ("base", "test"):
            path = folder / f"u{number}.{side}"
            content = _read(path)
            pairs[side] = _pairs(path, content)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")
            size += len(content)
        folds.append(OfficialFold(f"u{number}", pairs["base"], pairs["test"]))
    entry = InputEntry(
        name="folds",
        uri=str(folder / "u*.base, u*.test"),
        sha256=hashlib.sha256("".join(sums).encode()).hexdigest(),
        size=size,
        rows=sum(len(fold.train) + len(fold.test) for fold in folds),
    )
    return OfficialFolds(tuple(folds), entry)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from None


def _pairs(path: Path, content: bytes) -> NDArray[np.int64]:
    read = pa_csv.ReadOptions(autogenerate_column_names=True)
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(content),
            read_options=read,
            parse_options=pa_csv.ParseOptions(delimiter="\t"),
        )
        columns = [table.column(at).cast(pa.int64()).to_numpy() for at in (0, 1)]
    except (pa.ArrowInvalid, IndexError) as error:
        raise SourceError(
            f"{path} is no fold: {str(error).splitlines()[0]}; required are user, title and rating"
            ", by tabs"
        ) from None
    return np.column_stack(columns)
