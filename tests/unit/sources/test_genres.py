from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reelhouse.errors import SourceError
from reelhouse.schema import TITLE_GENRES
from reelhouse.sources.genres import read_genres
from reelhouse.sources.small_text import ReadTable

Read = Callable[[str], ReadTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> ReadTable:
        path = tmp_path / "genres.csv"
        path.write_text(text, encoding="utf-8")
        return read_genres(str(path))

    return read_text


def rows(result: ReadTable) -> dict[int, list[str]]:
    assert result.table.schema.equals(TITLE_GENRES)
    return {row["title_id"]: row["genres"] for row in result.table.to_pylist()}


def test_the_genres_of_the_prize_are_read(read: Read) -> None:
    result = read("movieId,genres\n1,Documentary|Family\n3,Crime\n")
    assert rows(result) == {1: ["Documentary", "Family"], 3: ["Crime"]}
    assert result.skipped == ()


@pytest.mark.parametrize("cell", ["(no genres listed)", "", "NULL", "|"])
def test_no_genre_is_an_empty_list(read: Read, cell: str) -> None:
    assert rows(read(f"movieId,title,genres\n1,Ash (1990),{cell}\n")) == {1: []}


def test_genres_may_be_parted_by_commas(read: Read) -> None:
    result = read('movieId,genres\n1,"Drama, Sci-Fi"\n2,Crime,Drama,Crime\n')
    assert rows(result) == {1: ["Drama", "Sci-Fi"], 2: ["Crime", "Drama"]}


def test_movies_dat_is_read(read: Read) -> None:
    assert rows(read("1::Ash: The Road (1990)::Drama|War\n")) == {1: ["Drama", "War"]}


def test_the_flags_of_u_item_are_read(read: Read) -> None:
    children = "0|0|0|1|1" + "|0" * 13 + "|1"
    unknown = "1" + "|0" * 18
    result = read(
        f"1|Ash (1990)|01-Jan-1990||http://x|{children}\n2|unknown||||{unknown}\n"
        f"3|Salt (1991)|||http://x|2{'|0' * 18}\n4|Rain (1991)|||\n5|Rye (1991)||||{children}\n"
    )
    expected = ["Animation", "Children's", "Western"]
    assert rows(result) == {1: expected, 2: [], 5: expected}
    assert [(skipped.line, skipped.reason) for skipped in result.skipped] == [
        (3, "a genre's flag is neither 0 nor 1"),
        (4, "the line has 5 fields, required 24"),
    ]


def test_of_two_lines_with_one_id_the_first_wins_and_the_other_is_told(read: Read) -> None:
    result = read("movieId,genres\n1,Drama\n01,Crime\n")
    assert rows(result) == {1: ["Drama"]}
    assert result.skipped[0].reason == "title 1 stands in line 2 already, which is kept"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2003,Ash\n2,2004,Rain\n", "holds names without genres: .* required a column of genres"),
        ("title_id,name\n1,Ash\n", "holds names without genres: its first line is 'title_id,name'"),
        ("17:\n6,3,2005-01-01\n", "holds no genres of titles: its first line is '17:'"),
        ("movieId,genres\n", "holds no genres, required at least one below its header"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(read: Read, text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said) as raised:
        read(text)
    assert "\n" not in str(raised.value)
