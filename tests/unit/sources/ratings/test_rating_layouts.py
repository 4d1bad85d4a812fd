"""Every known layout is recognised by its content and read into the same rows."""

from __future__ import annotations

import pytest

from reelhouse.errors import SourceError

NETFLIX = "1:\n6,3,2005-09-06\n7,5,2005-05-13\n17:\n6,4,1999-11-11\n"
ROWS = [(6, 1, 3.0, "2005-09-06"), (6, 17, 4.0, "1999-11-11"), (7, 1, 5.0, "2005-05-13")]

#: 1125964800 is 2005-09-06 00:00:00 UTC, 1115996399 a second before 2005-05-13T15:00,
#: 942364799 the last second of 1999-11-11.
LAYOUTS = {
    "Netflix Prize": NETFLIX,
    "MovieLens csv": (
        "userId,movieId,rating,timestamp\n"
        "6,1,3.0,1125964800\n7,1,5.0,1115996399\n6,17,4.0,942364799\n"
    ),
    "MovieLens data": "6\t1\t3\t1125964800\n7\t1\t5\t1115996399\n6\t17\t4\t942364799\n",
    "MovieLens dat": "6::1::3::1125964800\n7::1::5::1115996399\n6::17::4::942364799\n",
    "csv": "Date;Stars;Cust_Id;Movie ID\n2005-09-06;3;6;1\n2005-05-13;5;7;1\n1999-11-11;4;6;17\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_gives_the_same_rows(read_ratings, layout):
    read = read_ratings(LAYOUTS[layout])
    assert read.snapshot.layout == layout
    assert read.rows == ROWS
    assert read.quarantine == []
    assert read.snapshot.n_repaired == 0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("change", ["crlf", "bom", "no end", "blank lines"])
def test_line_ends_blank_lines_and_a_byte_order_mark_change_nothing(read_ratings, layout, change):
    text = LAYOUTS[layout]
    changed = {
        "crlf": text.replace("\n", "\r\n"),
        "bom": "\ufeff" + text,
        "no end": text.removesuffix("\n"),
        "blank lines": "\n \r\n" + text.replace("\n", "\n\n\t\n"),
    }[change]
    read = read_ratings(changed)
    assert (read.rows, read.quarantine, read.snapshot.n_rows) == (ROWS, [], 3)


@pytest.mark.parametrize(
    "header",
    [
        "userId,movieId,rating",
        "CustomerID,MovieID,Rating",
        "user_id,title_id,stars",
        "USER,TITLE,SCORE",
        '"user","item","rating"',
        " user , title , rating ",
    ],
)
def test_usual_names_of_columns_are_known_in_any_case(read_ratings, header):
    read = read_ratings(f"{header}\n5,9,2.5\n")
    assert read.rows == [(5, 9, 2.5, None)]


def test_a_title_id_comes_before_a_title_name_and_other_columns_do_not_count(read_ratings):
    read = read_ratings('title,user,movieId,rating\n"Jaws, again",5,9,2.5\nJaws,6,9,4\n')
    assert read.rows == [(5, 9, 2.5, None), (6, 9, 4.0, None)]


def test_quoted_fields_are_read_strictly(read_ratings):
    read = read_ratings('user,title,rating,date\n"5","9","2.5","2005-01-01"\n')
    assert read.rows == [(5, 9, 2.5, "2005-01-01")]
    assert read.snapshot.n_repaired == 0


def test_an_empty_date_is_no_date(read_ratings):
    read = read_ratings("user,title,rating,date\n5,9,2,\n5,8,2,2005-01-01\n")
    assert read.rows == [(5, 8, 2.0, "2005-01-01"), (5, 9, 2.0, None)]
    assert read.snapshot.n_undated == 1
    assert read.spill.n_undated == 1
    assert read.spill.dates.values.astype(str).tolist() == ["2005-01-01"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1:\n30878\n2647871\n", "holds no ratings: below '1:' stand users alone ('30878')"),
        ("1:\n1046323,2005-12-19\n", "below '1:' stand users and dates alone"),
        ("movieId,title,genres\n1,Jaws,Drama\n", "lacks the columns user and rating"),
        ("userId,movieId,tag,timestamp\n1,2,fun,3\n", "lacks the column rating: its first line"),
        ("1,2003,Dinosaur Planet\n", "its first line is '1,2003,Dinosaur Planet', expected"),
        ("hello\n", "its first line is 'hello', expected a title's line such as 17:"),
        ("", "is empty"),
        ("\n\n \n", "holds blank lines only"),
        ("userId,movieId,rating\n", "0 of 0 lines can be read; its first line is 'userId,movieId"),
        ("1:\n2:\n", "0 of 0 lines can be read"),
        ("6,3,2005-09-06\n7,3,2005-09-06\n", "0 of 2 lines can be read; its first line is '6,3,20"),
        ("\x1b[31mred\n", r"its first line is '\x1b[31mred'"),
    ],
)
def test_what_is_no_ratings_file_is_refused_in_one_line(read_ratings, text, message):
    with pytest.raises(SourceError) as caught:
        read_ratings(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PAR1xxxx", "Parquet"),
        ("userId".encode("utf-16"), "UTF-16"),
        (b"<html><body>", "HTML"),
    ],
)
def test_other_kinds_of_files_are_named(read_ratings, content, kind):
    with pytest.raises(SourceError, match=kind):
        read_ratings(content)


def test_nothing_is_left_of_an_input_that_is_refused(read_ratings, tmp_path):
    with pytest.raises(SourceError):
        read_ratings("6,3,2005-09-06\n")
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("layout", "damaged"),
    [
        ("Netflix Prize", "17:\n6,2005-09-06\n"),
        ("Netflix Prize", "17:\n6\n"),
        ("MovieLens data", "6\t1\t3\n"),
        ("MovieLens data", "x\t1\n"),
        ("MovieLens dat", "6::1::3\n"),
        ("MovieLens dat", "\u2028\n"),
    ],
)
def test_a_damaged_first_line_does_not_decide_for_the_others(read_ratings, layout, damaged):
    text = LAYOUTS[layout].removeprefix("1:\n")
    read = read_ratings(damaged + "1:\n" * (layout == "Netflix Prize") + text)
    assert (read.snapshot.layout, read.rows) == (layout, ROWS)
    assert [row["row"] for row in read.quarantine] == [1]
