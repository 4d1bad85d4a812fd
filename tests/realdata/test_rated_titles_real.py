from __future__ import annotations

from pathlib import Path

import pytest

from reelhouse.errors import SourceError
from reelhouse.sources.genres import read_genres
from reelhouse.sources.held_out import read_held_out
from reelhouse.sources.small_text import ReadTable
from reelhouse.sources.title_names import read_title_names

pytestmark = pytest.mark.realdata


def named(result: ReadTable) -> dict[int, tuple[str, int | None]]:
    assert result.skipped == ()
    return {row["title_id"]: (row["name"], row["year"]) for row in result.table.to_pylist()}


def genres_of(result: ReadTable) -> dict[int, list[str]]:
    assert result.skipped == ()
    return {row["title_id"]: row["genres"] for row in result.table.to_pylist()}


def test_all_names_of_the_prize_are_read(real_data: Path) -> None:
    titles = named(read_title_names(str(real_data / "netflix_prize" / "movie_titles.csv")))
    assert sorted(titles) == list(range(1, 17_771))
    assert sum(year is None for _, year in titles.values()) == 7
    assert titles[4388] == ("Ancient Civilizations: Rome and Pompeii", None)
    assert sum("," in name for name, _ in titles.values()) == 336
    assert sum('"' in name for name, _ in titles.values()) == 7
    assert [title for title, (name, _) in titles.items() if not name.isascii()] == [6483]
    assert "é" in titles[6483][0]


def test_all_names_of_movielens_are_read(real_data: Path) -> None:
    items = named(read_title_names(str(real_data / "movielens" / "ml-100k" / "u.item")))
    assert len(items) == 1_682
    assert items[1] == ("Toy Story", 1995)
    assert [title for title, (_, year) in items.items() if year is None] == [267]
    folder = real_data / "movielens" / "ml-latest-small"
    movies = named(read_title_names(str(folder / "movies.csv")))
    assert len(movies) == 9_742
    # One of the 13 without (YYYY) has a span of years.
    assert sum(year is None for _, year in movies.values()) == 12
    assert not any(name.endswith(" ") for name, _ in movies.values())


def test_all_genres_are_read(real_data: Path) -> None:
    prize = genres_of(read_genres(str(real_data / "netflix_prize" / "netflix_genres.csv")))
    assert len(prize) == 12_279
    assert prize[1] == ["Documentary", "Animation", "Family"]
    assert len({genre for genres in prize.values() for genre in genres}) == 27
    folder = real_data / "movielens"
    movies = genres_of(read_genres(str(folder / "ml-latest-small" / "movies.csv")))
    assert sum(not genres for genres in movies.values()) == 34
    items = genres_of(read_genres(str(folder / "ml-100k" / "u.item")))
    assert items[1] == ["Animation", "Children's", "Comedy"]
    # u.item flags two titles as of unknown genre.
    assert sum(not genres for genres in items.values()) == 2


@pytest.mark.parametrize("read", [read_title_names, read_genres, read_held_out])
@pytest.mark.parametrize(
    "file",
    [
        "netflix_prize/combined_data_sample_10k.txt",
        "netflix_prize/ratings_sample.csv",
        "movielens/ml-100k/u.data",
        "movielens/ml-100k/u.user",
        "movielens/ml-100k/u.genre",
        "movielens/ml-latest-small/tags.csv",
        "movielens/ml-latest-small/links.csv",
        "netflix_titles/2021-09/netflix_titles.csv",
    ],
)
def test_other_files_are_refused_in_one_line(real_data: Path, file: str, read: object) -> None:
    assert callable(read)
    with pytest.raises(SourceError, match=r"holds (no|ratings)") as raised:
        read(str(real_data / file))
    assert "\n" not in str(raised.value)
