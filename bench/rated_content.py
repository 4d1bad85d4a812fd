"""Content of rated titles: what their names, years, genres and tags say."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering import MiniBatchKMeans
from reelhouse.features.kinds import fit_model
from reelhouse.features.settings import FeatureOptions
from reelhouse.recommend.names import TitleNames
from reelhouse.schema import TITLES
from reelhouse.sources.genres import read_genres
from reelhouse.sources.title_names import read_title_names

#: Clusters of titles.
N_CLUSTERS = 32


@dataclass(frozen=True)
class Content:
    """Content of titles, a row each.

    Attributes
    ----------
    names : TitleNames
    features : csr_matrix of shape (n_titles, n_features), float32, unit or empty rows
        TF-IDF of genres and decade, and of the words of names and tags.
    feature_names : tuple of str
    cluster_of : ndarray of shape (n_titles,), int32
    genres : csr_matrix of shape (n_titles, n_genres), float32
        1.0 for each.
    """

    names: TitleNames
    features: sparse.csr_matrix
    feature_names: tuple[str, ...]
    cluster_of: NDArray[np.int32]
    genres: sparse.csr_matrix

    def take(self, chosen: NDArray[np.integer]) -> Content:
        """Some titles in this order."""
        return Content(
            TitleNames(self.names.title_ids.take(chosen), self.names.titles.take(chosen)),
            self.features[chosen],
            self.feature_names,
            self.cluster_of[chosen],
            self.genres[chosen],
        )


def read_content(
    title_ids: NDArray[np.integer],
    names_file: Path,
    genres_file: Path,
    words: Mapping[int, str] | None = None,
) -> Content:
    """Read names, years and genres of titles, and make features and clusters of them.

    Parameters
    ----------
    title_ids : ndarray of shape (n_titles,)
    names_file, genres_file : Path
    words : mapping or None
        What else is said of titles.
    """
    named = {row["title_id"]: row for row in read_title_names(str(names_file)).table.to_pylist()}
    labels = {
        row["title_id"]: row["genres"] for row in read_genres(str(genres_file)).table.to_pylist()
    }
    genres = [labels.get(title_id, []) for title_id in title_ids.tolist()]
    rows = []
    for title_id, of_title in zip(title_ids.tolist(), genres, strict=True):
        name, year = named[title_id]["name"], named[title_id]["year"]
        decade = [] if year is None else [f"{year // 10 * 10}s"]
        rows.append(
            {
                "title_id": str(title_id),
                "type": "Movie",
                "title": name,
                "release_year": year,
                "listed_in": [*of_title, *decade],
                "description": f"{name}. {(words or {}).get(title_id, '')}",
                "repaired": [],
            }
        )
    return _content(pa.Table.from_pylist(rows, schema=TITLES), genres)


def _content(titles: pa.Table, genres: list[list[str]]) -> Content:
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch) / "titles.parquet"
        pq.write_table(titles, part)
        model = fit_model("tfidf", [part], FeatureOptions(), scratch=Path(scratch))
    features = model.transform(titles)
    clusters = MiniBatchKMeans(N_CLUSTERS, geometry="cosine", random_state=0).fit(features)
    return Content(
        TitleNames(titles["title_id"], titles["title"]),
        features,
        tuple(term for _, term in model.feature_names()),
        clusters.labels_.astype(np.int32),
        indicators(genres),
    )


def indicators(labels: list[list[str]]) -> sparse.csr_matrix:
    """Rows of 1.0 for each label, columns in alphabetical order."""
    known = sorted({label for row in labels for label in row})
    column_of = {label: column for column, label in enumerate(known)}
    columns = [column_of[label] for row in labels for label in row]
    indptr = np.cumsum([0, *(len(row) for row in labels)])
    return sparse.csr_matrix(
        (np.ones(len(columns), np.float32), columns, indptr), shape=(len(labels), len(known))
    )
