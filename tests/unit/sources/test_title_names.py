from __future__ import annotations

import gzip
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.errors import SourceError
from reelhouse.schema import TITLE_NAMES
from reelhouse.sources.small_text import ReadTable, SmallText
from reelhouse.sources.synthetic_ratings_titles import (
    RatedTitle,
    write_movielens_titles,
    write_prize_titles,
)
from reelhouse.sources.title_files import BrokenLine, open_title_file
from reelhouse.sources.title_names import read_title_names

Read = Callable[..., ReadTable]

PRIZE = '1,2003,Harbour Lights\n2,NULL,Ashes, Then Rain\n3,1997,The "Quiet" Man\n'


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str | bytes, name: str = "names.txt") -> ReadTable:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_title_names(str(path))

    return read_text


def rows(result: ReadTable) -> list[tuple[int, str, int | None]]:
    assert result.table.schema.equals(TITLE_NAMES)
    return [(row["title_id"], row["name"], row["year"]) for row in result.table.to_pylist()]


def reasons(result: ReadTable) -> list[tuple[int, str]]:
    return [(skipped.line, skipped.reason) for skipped in result.skipped]


def test_commas_in_a_prize_name_are_part_of_it(read: Read) -> None:
    result = read(PRIZE)
    assert rows(result) == [
        (1, "Harbour Lights", 2003), (2, "Ashes, Then Rain", None), (3, 'The "Quiet" Man', 1997),
    ]  # fmt: skip
    assert result.skipped == ()
    assert result.sha256 == hashlib.sha256(PRIZE.encode()).hexdigest()


def test_a_copy_that_quotes_names_with_commas_is_unquoted(read: Read) -> None:
    result = read('1,2003,Harbour Lights\n2,1999,"Ashes, Then ""Rain"""\n3,1990,"Whole"\n')
    assert [name for _, name, _ in rows(result)] == [
        "Harbour Lights",
        'Ashes, Then "Rain"',
        "Whole",
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_are_recognised(read: Read, encoding: str, line_end: str) -> None:
    text = "1,2003,Café Noir\n\n2,1999,Über\n".replace("\n", line_end)
    assert rows(read(text.encode(encoding))) == [(1, "Café Noir", 2003), (2, "Über", 1999)]


def test_quotes_of_windows_are_no_control_characters(read: Read) -> None:
    assert rows(read(b"1,2003,Ana\x92s Road\n")) == [(1, "Ana’s Road", 2003)]


def test_packed_files_are_read(tmp_path: Path) -> None:
    packed = tmp_path / "movie_titles.csv.gz"
    packed.write_bytes(gzip.compress(PRIZE.encode()))
    assert len(rows(read_title_names(str(packed)))) == 3
    archive = tmp_path / "names.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("movie_titles.csv", PRIZE)
    assert len(rows(read_title_names(str(archive)))) == 3


def test_movielens_csv_has_quotes_and_the_year_at_the_end(read: Read) -> None:
    result = read(
        "movieId,title,genres\r\n"
        '1,"Lights, The (1995)",Drama\r\n'
        "2,Babylon Road (1994-1998) ,Drama\r\n"
        '3,"A ""B"" C (Le B) (2001)",(no genres listed)\r\n'
        "4,No Year,Drama\r\n"
        "5,(1999),Drama\r\n"
    )
    assert rows(result) == [
        (1, "Lights, The", 1995), (2, "Babylon Road", 1994), (3, 'A "B" C (Le B)', 2001),
        (4, "No Year", None), (5, "(1999)", None),
    ]  # fmt: skip


def test_u_item_is_read(read: Read) -> None:
    flags = "|0" * 19
    result = read(f"1|Lights (1995) (V)|01-Jan-1995||http://x{flags}\n2|unknown||||{flags[1:]}\n")
    assert rows(result) == [(1, "Lights", 1995), (2, "unknown", None)]


def test_movies_dat_is_read(read: Read) -> None:
    result = read("1::Lights: The Road (1995)::Drama|Comedy\n2::Ash (1990)::Drama\n3::broken\n")
    assert rows(result) == [(1, "Lights: The Road", 1995), (2, "Ash", 1990)]
    assert reasons(result) == [(3, "the line has 2 fields, required 3")]


@pytest.mark.parametrize(
    "text",
    [
        "title_id,name\n1,Lights (1995)\n2,Ash\n",
        "title_id,name,year\n1,Lights,1995\n2,Ash,NULL\n",
        "Year;Movie_ID;Title\n1995;1;Lights\n;2;Ash\n",
        "id\tname\tyear\n1\tLights\t1995.0\n2\tAsh\t\n",
    ],
)
def test_plain_tables_are_read_by_their_header(read: Read, text: str) -> None:
    assert rows(read(text)) == [(1, "Lights", 1995), (2, "Ash", None)]


def test_unquoted_commas_in_a_last_column_are_part_of_the_name(read: Read) -> None:
    assert rows(read("title_id,name\n1,Ashes, Then Rain\n")) == [(1, "Ashes, Then Rain", None)]


def test_a_quoted_name_may_hold_a_line_break(read: Read) -> None:
    result = read('title_id,name\n1,"Ashes\nThen Rain"\n2,Lights\n')
    assert rows(result) == [(1, "Ashes\nThen Rain", None), (2, "Lights", None)]


def test_an_open_quote_costs_its_own_line_only(read: Read) -> None:
    result = read('movieId,title,genres\n1,"Ashes (1990),Drama\n2,"Lights, The (1995)",Drama\n')
    assert rows(result) == [(2, "Lights, The", 1995)]
    assert reasons(result) == [
        (2, "the quoted field is never closed, required a closing quote"),
    ]  # fmt: skip
    assert result.skipped[0].raw == '1,"Ashes (1990),Drama'


def test_what_is_left_out_is_named_with_its_line(read: Read) -> None:
    result = read(
        "1,2003,Lights\n2,1999,Ash\nx,2000,Rain\n1,2001,Other\n5,2000,\n6,19x5,Salt\n7\n"
        "3000000000,1990,Far\n"
    )
    assert rows(result) == [(1, "Lights", 2003), (2, "Ash", 1999), (6, "Salt", None)]
    assert reasons(result) == [
        (3, "the id is 'x', required a number up to 2,147,483,647"),
        (4, "title 1 stands in line 1 already, which is kept"),
        (5, "the name is empty, required a name"),
        (6, "the year is '19x5', required 1850 to 2100; kept without one"),
        (7, "the line has 1 field, required 3"),
        (8, "the id is '3000000000', required a number up to 2,147,483,647"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8:\n2347415,1,2005-05-13\n", r"holds no names of titles: its first line is '8:', exp"),
        ("userId,movieId,rating,timestamp\n1,1,4.0,9\n", "its first line is 'userId,movieId,rat"),
        ("196\t242\t3\t881250949\n", r"its first line is '196\\t242\\t3\\t881250949'"),
        ("1,2003,3,2005-01-01\n", "its first line is '1,2003,3,2005-01-01'"),
        ("movieId,genres\n1,Drama\n", "holds ids and genres alone: .* required names of titles"),
        ("title_id,name\n", "holds no names, required at least one below its header"),
        ("title_id,name\nx,A\n", "required at least one: line 2: the id is 'x'"),
        ("", "is empty"),
        ("\n \n", "holds blank lines only"),
        ("1,2003,A\n2,2003,B\0\n", "holds a NUL character at line 2"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image"),
        (b"\xff\xfea", "breaks off or is damaged at byte 2, required UTF-16"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(read: Read, text: str | bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said) as raised:
        read(text)
    assert "\n" not in str(raised.value)
    assert "names.txt" in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.csv does not exist"):
        read_title_names(str(tmp_path / "nowhere.csv"))


# Of latin-1 only letters of which no sequence is UTF-8 by accident.
_NAMES = st.text([chr(code) for code in range(32, 127)] + list("éüñ"), min_size=1, max_size=20)
_NAMES = _NAMES.filter(lambda name: name.strip() and not name.strip()[0].isdigit())
_TITLES = st.lists(
    st.tuples(_NAMES.map(str.strip), st.none() | st.integers(1850, 2100)), min_size=1, max_size=12
)


@given(_TITLES)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, int | None]]
) -> None:
    folder = tmp_path_factory.mktemp("titles")
    titles = [RatedTitle(n, name, year, ()) for n, (name, year) in enumerate(pairs, start=1)]
    expected = [(title.title_id, title.name, title.year) for title in titles]
    # A few wholly quoted names would be taken for a copy that quotes.
    plain = [title._replace(name=title.name.replace('"', "'")) for title in titles]
    write_prize_titles(folder, plain)
    prize = read_title_names(str(folder / "movie_titles.csv"))
    assert rows(prize) == [(n, name.replace('"', "'"), year) for n, name, year in expected]
    assert prize.skipped == ()
    write_movielens_titles(folder, titles)
    movielens = read_title_names(str(folder / "movies.csv"))
    assert movielens.skipped == ()
    assert [name for _, name, _ in rows(movielens)] == [name for name, _ in pairs]


@given(st.text(max_size=200))
def test_no_line_is_lost_whatever_the_text(tail: str) -> None:
    text = SmallText("x", "movieId,title,genres\n1,A,Drama\n" + tail, "x", "", 0)
    records = list(open_title_file(text, "names").records)
    seen: list[int] = []
    for record in records:
        seen += range(record.line, record.line + record.raw.count("\n") + 1)
    filled = [n for n, line in enumerate(text.lines(), start=1) if line.strip() and n > 1]
    assert set(filled) <= set(seen)
    assert len(seen) == len(set(seen))
    assert all(record.reason for record in records if isinstance(record, BrokenLine))
