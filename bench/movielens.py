"""MovieLens as the recommenders take it: ratings, days, and content of the titles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from bench.inputs import real_data
from bench.rated_content import Content, read_content

_COLUMNS = ["user_id", "title_id", "rating", "time"]
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class MovieLens:
    """A data set of GroupLens.

    Attributes
    ----------
    name : str
    ratings, days : csr_matrix of shape (n_users, n_titles), float32
        Both store the same places; a day is counted from 1, the first rating's.
    title_ids : ndarray of shape (n_titles,), int64, ascending
    titles_file : Path
        Names and genres.
    content : Content
    """

    name: str
    ratings: sparse.csr_matrix
    days: sparse.csr_matrix
    title_ids: NDArray[np.int64]
    titles_file: Path
    content: Content


def read_movielens(name: str) -> MovieLens | None:
    """Read `ml-100k` or `ml-latest-small`; None where the file is not there."""
    data = real_data()
    folder = None if data is None else data / "movielens" / name
    if folder is None or not folder.is_dir():
        return None
    frame, titles_file = _ratings(folder)
    users, title_ids = np.unique(frame["user_id"]), np.unique(frame["title_id"])
    places = (
        np.searchsorted(users, frame["user_id"]),
        np.searchsorted(title_ids, frame["title_id"]),
    )
    shape = (users.size, title_ids.size)
    day = (frame["time"] - frame["time"].min()) // _SECONDS_PER_DAY + 1
    return MovieLens(
        name=name,
        ratings=_matrix(frame["rating"], places, shape),
        days=_matrix(day, places, shape),
        title_ids=title_ids,
        titles_file=titles_file,
        content=read_content(title_ids, titles_file, titles_file, _tags(folder)),
    )


def _ratings(folder: Path) -> tuple[pd.DataFrame, Path]:
    """Ratings, and the file with names and genres."""
    if (folder / "u.data").exists():
        return pd.read_csv(folder / "u.data", sep="\t", names=_COLUMNS), folder / "u.item"
    frame = pd.read_csv(folder / "ratings.csv", names=_COLUMNS, header=0)
    return frame, folder / "movies.csv"


def _matrix(
    values: pd.Series,
    places: tuple[NDArray[np.int64], NDArray[np.int64]],
    shape: tuple[int, int],
) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix((values.to_numpy(np.float32), places), shape=shape)
    matrix.sort_indices()
    return matrix


def _tags(folder: Path) -> dict[int, str]:
    """What viewers wrote about each title, where the data set has it."""
    path = folder / "tags.csv"
    if not path.exists():
        return {}
    tags = pd.read_csv(path).astype({"tag": str}).groupby("movieId")["tag"].agg(". ".join)
    return dict(zip(tags.index.tolist(), tags.tolist(), strict=True))
