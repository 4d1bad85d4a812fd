"""MovieLens as the recommenders take it: ratings, days, names, and content of the titles."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from bench.inputs import real_data
from reelhouse.features import FeatureOptions, fit_model
from reelhouse.recommend.names import TitleNames
from reelhouse.schema import TITLES
from reelhouse.sources.genres import read_genres
from reelhouse.sources.title_names import read_title_names

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
    title_ids : ndarray of shape (n_titles,)
    names : TitleNames
    features : csr_matrix of shape (n_titles, n_features), float32, unit or empty rows
        TF-IDF of genres and decade, and of the words of names and tags.
    feature_names : tuple of str
    genres : csr_matrix of shape (n_titles, n_genres), float32
    """

    name: str
    ratings: sparse.csr_matrix
    days: sparse.csr_matrix
    title_ids: np.ndarray
    names: TitleNames
    features: sparse.csr_matrix
    feature_names: tuple[str, ...]
    genres: sparse.csr_matrix


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
    titles = _titles(folder, titles_file, title_ids)
    features, feature_names = _features(titles)
    return MovieLens(
        name=name,
        ratings=_matrix(frame["rating"], places, shape),
        days=_matrix(day, places, shape),
        title_ids=title_ids,
        names=TitleNames(titles["title_id"], titles["title"]),
        features=features,
        feature_names=feature_names,
        genres=_indicators([labels[:-1] for labels in titles["listed_in"].to_pylist()]),
    )


def _ratings(folder: Path) -> tuple[pd.DataFrame, Path]:
    """Ratings, and the file with names and genres."""
    if (folder / "u.data").exists():
        return pd.read_csv(folder / "u.data", sep="\t", names=_COLUMNS), folder / "u.item"
    frame = pd.read_csv(folder / "ratings.csv", names=_COLUMNS, header=0)
    return frame, folder / "movies.csv"


def _matrix(
    values: pd.Series, places: tuple[np.ndarray, np.ndarray], shape: tuple[int, int]
) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix((values.to_numpy(np.float32), places), shape=shape)
    matrix.sort_indices()
    return matrix


def _titles(folder: Path, titles_file: Path, title_ids: np.ndarray) -> pa.Table:
    """Rated titles as a catalogue has them; the decade stands among the labels, last."""
    named = {row["title_id"]: row for row in read_title_names(str(titles_file)).table.to_pylist()}
    genres = {
        row["title_id"]: row["genres"] for row in read_genres(str(titles_file)).table.to_pylist()
    }
    tags = _tags(folder)
    rows = []
    for title_id in title_ids.tolist():
        about = named[title_id]
        decade = "no year" if about["year"] is None else f"{about['year'] // 10 * 10}s"
        rows.append(
            {
                "title_id": str(title_id),
                "type": "Movie",
                "title": about["name"],
                "release_year": about["year"],
                "listed_in": [*genres[title_id], decade],
                "description": f"{about['name']}. {tags.get(title_id, '')}",
                "repaired": [],
            }
        )
    return pa.Table.from_pylist(rows, schema=TITLES)


def _tags(folder: Path) -> dict[int, str]:
    """What viewers wrote about each title, where the data set has it."""
    path = folder / "tags.csv"
    if not path.exists():
        return {}
    tags = pd.read_csv(path).astype({"tag": str}).groupby("movieId")["tag"].agg(". ".join)
    return dict(zip(tags.index.tolist(), tags.tolist(), strict=True))


def _features(titles: pa.Table) -> tuple[sparse.csr_matrix, tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch) / "titles.parquet"
        pq.write_table(titles, part)
        model = fit_model("tfidf", [part], FeatureOptions(), scratch=Path(scratch))
    return model.transform(titles), tuple(term for _, term in model.feature_names())


def _indicators(labels: list[list[str]]) -> sparse.csr_matrix:
    known = {
        label: column for column, label in enumerate(sorted({x for row in labels for x in row}))
    }
    columns = [known[label] for row in labels for label in row]
    indptr = np.cumsum([0, *(len(row) for row in labels)])
    return sparse.csr_matrix(
        (np.ones(len(columns), np.float32), columns, indptr), shape=(len(labels), len(known))
    )
