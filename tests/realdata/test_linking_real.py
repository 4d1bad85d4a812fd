from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from reelhouse.linking import CERTAIN, link_titles
from reelhouse.sources.title_names import read_title_names

pytestmark = pytest.mark.realdata

REFERENCE = "derived_catalogue8807_to_movielens_and_netflixprize.csv"


@pytest.fixture(scope="module")
def snapshot(real_data: Path) -> pa.Table:
    file = real_data / "netflix_titles" / "2021-09" / "netflix_titles.csv"
    read = pd.read_csv(file, keep_default_na=False)
    seasons = [int(text.split()[0]) if "Season" in text else None for text in read["duration"]]
    return pa.table(
        {
            "title_id": read["show_id"].tolist(),
            "title": read["title"].tolist(),
            "type": read["type"].tolist(),
            "release_year": pa.array(read["release_year"].tolist(), pa.int32()),
            "seasons": pa.array(seasons, pa.int32()),
        }
    )


@pytest.mark.parametrize(
    ("file", "column", "precision", "recall"),
    [
        ("movielens/ml-latest-small/movies.csv", "movieId", 0.99, 0.995),
        ("netflix_prize/movie_titles.csv", "netflix_prize_id", 0.99, 0.96),
    ],
)
def test_certain_links_agree_with_the_reference(
    real_data: Path, snapshot: pa.Table, file: str, column: str, precision: float, recall: float
) -> None:
    found = link_titles(snapshot, read_title_names(str(real_data / file)).table)
    # The reference knows no seasons.
    season = pc.match_substring(found["rule"], "a season")
    sure = found.filter(pc.and_(pc.greater_equal(found["confidence"], CERTAIN), pc.invert(season)))
    ours = set(zip(sure["title_id"].to_pylist(), sure["rated_title_id"].to_pylist(), strict=True))
    reference = pd.read_csv(real_data / "links" / REFERENCE).dropna(subset=[column])
    theirs = set(zip(reference["show_id"], reference[column].astype(int), strict=True))
    assert len(ours & theirs) / len(ours) >= precision
    assert len(ours & theirs) / len(theirs) >= recall
