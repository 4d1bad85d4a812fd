"""Names of real titles put together by their first genre: what is known gets its own name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.evaluation.agreement import first_genres
from reelhouse.naming.counts import count_titles
from reelhouse.naming.names import cluster_names
from reelhouse.sources import read_titles

pytestmark = pytest.mark.realdata

NAMED = {
    "Stand-Up Comedy": "Stand-up comedy",
    "Anime Series": "Japanese anime series",
    "Documentaries": "Documentaries",
    "Docuseries": "Docuseries",
    "Horror Movies": "Horror films",
    "Kids' TV": "Children's series",
    "British TV Shows": "British series",
    "Children & Family Movies": "Family films",
}


@pytest.fixture(scope="module")
def titles(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    source = real_data / "netflix_titles" / "2021-01" / "netflix_titles.csv"
    if not source.is_file():
        pytest.skip(f"no file {source}")
    snapshot = read_titles(str(source), tmp_path_factory.mktemp("parts"), rows_per_partition=9000)
    return pq.read_table([str(part) for part in snapshot.parts])


def test_titles_of_one_first_genre_are_called_by_it(titles: pa.Table) -> None:
    genres = first_genres(titles)
    labels = sorted(set(genres))
    index = np.array([labels.index(genre) for genre in genres], np.int32)
    names = dict(zip(labels, cluster_names(count_titles(titles, index, len(labels))), strict=True))
    assert len(set(names.values())) == len(labels)
    assert {label: names[label] for label in NAMED} == NAMED
