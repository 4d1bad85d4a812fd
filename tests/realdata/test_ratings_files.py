"""The real files of ratings: every row is good, and counts agree with what is published of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.errors import SourceError
from reelhouse.sources.ratings import RatingsSnapshot, partition_ratings, spill_ratings

pytestmark = pytest.mark.realdata

ReadAll = Callable[[str], tuple[RatingsSnapshot, pa.Table]]


@pytest.fixture
def read_all(real_data: Path, tmp_path: Path) -> ReadAll:
    """Reads a real file in several partitions; gives its ratings sorted by user and title."""

    def read(name: str) -> tuple[RatingsSnapshot, pa.Table]:
        spill = spill_ratings(
            str(real_data / name), tmp_path / "scratch", rows_per_partition=30_000
        )
        snapshot = partition_ratings(spill, tmp_path / "out")
        table = pa.concat_tables(pq.read_table(part.path) for part in snapshot.parts)
        return snapshot, table.sort_by([("user_id", "ascending"), ("title_id", "ascending")])

    return read


@pytest.mark.parametrize(
    ("name", "layout", "rows", "users", "titles", "dates", "scale"),
    [
        (
            "movielens/ml-100k",
            "MovieLens data",
            100_000,
            943,
            1_682,
            (date(1997, 9, 20), date(1998, 4, 22)),
            (1.0, 5.0),
        ),
        (
            "movielens/ml-latest-small",
            "MovieLens csv",
            100_836,
            610,
            9_724,
            (date(1996, 3, 29), date(2018, 9, 24)),
            (0.5, 5.0),
        ),
        (
            "netflix_prize/combined_data_sample_10k.txt",
            "Netflix Prize",
            10_000,
            9_687,
            3_451,
            (date(2000, 1, 7), date(2005, 12, 31)),
            (1.0, 5.0),
        ),
        (
            "netflix_prize/ratings_sample.csv",
            "csv",
            1_158_250,
            283_106,
            10_791,
            (date(2000, 1, 7), date(2005, 12, 31)),
            (1.0, 5.0),
        ),
    ],
)
def test_every_row_of_a_real_file_is_good(
    read_all, name, layout, rows, users, titles, dates, scale
):
    snapshot, table = read_all(name)
    assert (snapshot.layout, snapshot.n_rows, snapshot.n_good) == (layout, rows, rows)
    assert (snapshot.n_quarantined, snapshot.n_repaired) == (0, 0)
    assert (snapshot.n_users, snapshot.n_titles) == (users, titles)
    assert (snapshot.rating_range, snapshot.date_range) == (scale, dates)
    assert table.num_rows == rows


def test_the_rows_are_those_that_a_csv_reader_finds(read_all, real_data):
    import pandas as pd

    _, table = read_all("movielens/ml-latest-small")
    raw = pd.read_csv(real_data / "movielens/ml-latest-small/ratings.csv")
    raw = raw.sort_values(["userId", "movieId"])
    assert table["user_id"].to_pylist() == raw["userId"].tolist()
    assert table["title_id"].to_pylist() == raw["movieId"].tolist()
    assert table["rating"].to_pylist() == raw["rating"].tolist()
    days = pd.to_datetime(raw["timestamp"], unit="s").dt.date
    assert table["date"].to_pylist() == days.tolist()


def test_the_two_forms_of_the_prize_sample_agree(read_all):
    """The dated rows of the one are the rows of the other."""
    _, layout = read_all("netflix_prize/combined_data_sample_10k.txt")
    _, every = read_all("netflix_prize/ratings_sample.csv")
    assert every.filter(pa.compute.is_valid(every["date"])).equals(layout)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("movielens/ml-latest-small/movies.csv", "lacks the columns user and rating"),
        ("movielens/ml-latest-small/tags.csv", "lacks the column rating"),
        ("movielens/ml-100k/u.item", "holds no ratings"),
        ("netflix_prize/movie_titles.csv", "holds no ratings"),
        ("netflix_prize/netflix_genres.csv", "lacks the columns user and rating"),
        ("netflix_titles/2021-09/netflix_titles.csv", "lacks the column user"),
        ("movielens", "holds several sets of ratings"),
    ],
)
def test_real_files_without_ratings_are_refused(read_all, name, message):
    with pytest.raises(SourceError, match=message):
        read_all(name)
