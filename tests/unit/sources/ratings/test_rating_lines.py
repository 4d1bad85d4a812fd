"""Lines: what is read strictly, what is repaired, what is quarantined and why."""

from __future__ import annotations

import errno

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reelhouse.errors import SourceError

HEADER = "user,title,rating,date\n"
GOOD = "1,1,1,2001-01-01\n"


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("5,9,4.0,2005-09-06", (5, 9, 4.0, "2005-09-06")),
        ("5,9,3.75,2005-09-06", (5, 9, 3.75, "2005-09-06")),
        ("5,9,10,2004-02-29", (5, 9, 10.0, "2004-02-29")),
        ("5,9,-1,1900-01-01", (5, 9, -1.0, "1900-01-01")),
        ("2147483647,2147483647,327.67,2058-12-31", (2**31 - 1, 2**31 - 1, 327.67, "2058-12-31")),
        ("0,0,0,1112486027", (0, 0, 0.0, "2005-04-02")),
        ("0005,0009,0.5,", (5, 9, 0.5, None)),
    ],
)
def test_plain_values_need_no_repair(read_ratings, line, row):
    read = read_ratings(HEADER + line + "\n")
    assert read.rows == [(*row[:2], pytest.approx(row[2]), row[3])]
    assert read.snapshot.n_repaired == 0


@pytest.mark.parametrize(
    "line",
    [
        " 5 , 9 , 4 , 2005-09-06 ",
        "+5,9,+4,2005-9-6",
        "5.0,9.0,4.,2005/09/06",
        '"5" ,9,"4,0",20050906',
        "5,9,4,2005-09-06T12:30:00",
        "5,9,4,2005-09-06,",
        '5,9,4.000,"September 6, 2005"',
        "5,9,4.0000,06-Sep-2005",
        "5,9,4,1125964800.5",
    ],
)
def test_what_is_not_in_doubt_is_repaired_and_counted(read_ratings, line):
    read = read_ratings(HEADER + GOOD + line + "\n")
    assert read.rows[1] == (5, 9, 4.0, "2005-09-06")
    assert (read.snapshot.n_repaired, read.quarantine) == (1, [])


@pytest.mark.parametrize(
    ("line", "column", "value", "reason"),
    [
        ("5,9,good,2005-09-06", "rating", "good", "the rating 'good' is no number"),
        ("5,9,,2005-09-06", "rating", "", "the rating '' is no number"),
        ("5,9,3.333,", "rating", "3.333", "the rating 3.333 has more than two decimal places"),
        ("5,9,1000,", "rating", "1000", "the rating 1000 is outside -327.67 to 327.67"),
        ("x5,9,3,", "user", "x5", "the user 'x5' is no number"),
        ("2147483648,9,3,", "user", "2147483648", "outside 0 to 2147483647"),
        ("-5,9,3,", "user", "-5", "outside 0 to 2147483647"),
        ("5,tt9,3,", "title", "tt9", "the title 'tt9' is no number"),
        ("5,99999999999,3,", "title", "99999999999", "outside 0 to 2147483647"),
        ("5,9,3,2005-02-30", "date", "2005-02-30", "there is no date '2005-02-30'"),
        ("5,9,3,2005-13-01", "date", "2005-13-01", "there is no date '2005-13-01'"),
        ("5,9,3,yesterday", "date", "yesterday", "the date 'yesterday' cannot be read"),
        ("5,9,3,8/9/2005", "date", "8/9/2005", "the date '8/9/2005' cannot be read"),
        ("5,9,3,2005", "date", "2005", "the date '2005' cannot be read"),
        ("5,9,3,3000-01-01", "date", "3000-01-01", "is outside 1900 to 2058"),
        ("5,9,3", "*", "5,9,3", "the line has 3 fields, required 4"),
        ("5,9,3,2005-09-06,7", "*", "5,9,3,2005-09-06,7", "the line has 5 fields, required 4"),
        ("\0\0\0", "*", "\0\0\0", "the line has 1 fields, required 4"),
    ],
)
def test_what_cannot_be_read_is_quarantined_with_its_reason(
    read_ratings, line, column, value, reason
):
    read = read_ratings(HEADER + GOOD + line + "\n")
    assert read.rows == [(1, 1, 1.0, "2001-01-01")]
    (bad,) = read.quarantine
    assert (bad["row"], bad["column"], bad["value"]) == (2, column, value)
    assert reason in bad["reason"]
    assert bad["source"].endswith("ratings.txt")
    assert sum(read.snapshot.reasons.values()) == 1


def test_a_quarantined_line_keeps_its_fields_and_its_title(read_ratings):
    read = read_ratings("17:\n1,1,2001-01-01\n6,fünf,2005-09-06\n")
    (bad,) = read.quarantine
    assert bad["raw"] == '["6", "fünf", "2005-09-06"]'
    assert bad["title"] == "17"


@pytest.mark.parametrize("damage", "x:/")
@pytest.mark.parametrize("at", range(len("65,3,2005-09-06")))
def test_one_wrong_byte_is_never_overlooked(read_ratings, at, damage):
    line = "65,3,2005-09-06"
    damaged = line[:at] + damage + line[at + 1 :]
    read = read_ratings(f"17:\n1{line}\n{damaged}\n2{line}\n")
    assert read.snapshot.n_quarantined + read.snapshot.n_repaired == 1
    good = [(user, 17, 3.0, "2005-09-06") for user in (165, 265)]
    assert [row for row in read.rows if row[0] in (165, 265)] == good


@pytest.mark.parametrize(
    "day", ["2005-13-01", "2005-00-10", "2005-02-30", "2005-01-32", "1899-12-31", "2059-01-01"]
)
def test_a_day_that_is_none_or_out_of_range_is_quarantined(read_ratings, day):
    read = read_ratings(f"17:\n5,4,2005-01-01\n6,3,{day}\n7,2,2005-01-03\n")
    assert [row[0] for row in read.rows] == [5, 7]
    assert read.snapshot.n_quarantined == 1


def test_line_ends_of_both_kinds_may_stand_in_one_file(read_ratings):
    lines = ["5,4,1900-01-01\r", "6,3,2058-12-31", "1234567,2,2005-01-03\r", "8,1,2005-01-04\r"]
    read = read_ratings("17:\n" + "\n".join(lines) + "\n")
    assert read.rows == [
        (5, 17, 4.0, "1900-01-01"),
        (6, 17, 3.0, "2058-12-31"),
        (8, 17, 1.0, "2005-01-04"),
        (1_234_567, 17, 2.0, "2005-01-03"),
    ]
    assert (read.snapshot.n_quarantined, read.snapshot.n_repaired) == (0, 0)


def test_lines_before_any_header_have_no_title(read_ratings):
    read = read_ratings("6,3,2005-09-06\n7,4,2005-09-07\n17:\n6,4,1999-11-11\n")
    assert read.rows == [(6, 17, 4.0, "1999-11-11")]
    assert read.reasons == [
        (1, "the line stands before any title's header"),
        (2, "the line stands before any title's header"),
    ]
    assert read.snapshot.reasons == {"header missing": 2}


@pytest.mark.parametrize("header", ["1x:", ":", "99999999999:", "seventeen:"])
def test_lines_below_a_damaged_header_are_not_given_to_the_title_above(read_ratings, header):
    read = read_ratings(f"1:\n6,3,2005-09-06\n{header}\n7,4,2005-09-07\n3:\n8,1,2005-09-08\n")
    assert [row[:2] for row in read.rows] == [(6, 1), (8, 3)]
    assert read.snapshot.reasons == {"header damaged": 1}
    assert read.snapshot.n_damaged_headers == 1


@pytest.mark.parametrize("header", [" 17:", "17 :", "17: ", "017:\t"])
def test_spaces_around_a_header_do_no_harm(read_ratings, header):
    assert read_ratings(f"{header}\n6,3,2005-09-06\n").rows == [(6, 17, 3.0, "2005-09-06")]


def test_a_repeated_header_is_reported_and_its_rows_are_kept(read_ratings):
    text = "1:\n6,3,2005-09-06\n2:\n6,1,2005-09-06\n1:\n7,3,2005-09-06\n8,3,2005-09-06\n3:\n"
    read = read_ratings(text)
    assert len(read.rows) == 4
    (repeat,) = read.snapshot.repeated_headers
    assert (repeat.title_id, repeat.row) == (1, 3)
    assert (read.snapshot.n_repeated_headers, read.snapshot.n_empty_headers) == (1, 1)


@pytest.mark.parametrize(
    "last", ["6,3,2005-09-0", "6,3,2005-09", "6,3,2005", "6,3,", "6,3", "6,", "6", "6,x,2005-09-06"]
)
def test_a_last_line_that_breaks_off_is_quarantined(read_ratings, last):
    read = read_ratings("17:\n5,4,2005-01-01\n" + last)
    assert read.rows == [(5, 17, 4.0, "2005-01-01")]
    assert read.reasons == [(2, f"the file ends within the line {last!r}")]
    assert read.snapshot.reasons == {"truncated line": 1}


def test_a_last_line_without_date_is_whole_where_no_line_has_one(read_ratings):
    read = read_ratings("user,title,rating,date\n5,9,3,\n6,9,3,")
    assert len(read.rows) == 2


def test_an_input_of_which_almost_nothing_can_be_read_is_refused(read_ratings):
    with pytest.raises(SourceError, match=r"1 of 201 lines can be read; its first line is '17:'"):
        read_ratings("17:\n5,4,2005-01-01\n" + "nothing\n" * 200)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_a_full_disk_ends_the_reading(read_ratings, monkeypatch, n_threads):
    written = []

    def write(file, view, place):
        written.append(len(view))
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(view)

    monkeypatch.setattr("reelhouse.sources.ratings.spilled.os.pwrite", write)
    text = "17:\n" + "".join(f"{user},3,2005-09-06\n" for user in range(1, 400))
    with pytest.raises(SourceError, match="cannot be written: No space left on device"):
        read_ratings(text, chunk_bytes=256, n_threads=n_threads)


def test_a_line_longer_than_a_chunk_is_refused(read_ratings):
    with pytest.raises(SourceError, match="holds a line of more than 1,024 bytes"):
        read_ratings("17:\n5,4,2005-01-01\n" + "9" * 3000 + "\n", chunk_bytes=1024)


ids = st.integers(0, 2**31 - 1) | st.integers(1, 30)
fields = st.one_of(
    ids.map(str),
    st.sampled_from(["", "4", "4.5", "2005-09-06", "1112486027", "x", '"', " 3 ", "-1", "17:"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=6),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.lists(fields, max_size=5).map(",".join), max_size=12),
    chunk=st.sampled_from([256, 1 << 16]),
)
def test_whatever_the_lines_are_no_row_is_lost(read_ratings, lines, chunk):
    text = "17:\n5,4,2005-01-01\n" + "\n".join(lines)
    read = read_ratings(text, chunk_bytes=chunk)
    blank = sum(not line.strip(" \t\r") for line in lines)
    headers = sum(
        line.removesuffix("\r").rstrip(" \t").endswith(":") and "," not in line for line in lines
    )
    assert read.snapshot.n_rows == 1 + len(lines) - blank - headers


def test_a_long_stretch_of_something_else_is_refused_before_its_end(read_ratings):
    text = "17:\n" + "5,4,2005-01-01\n" * 10 + "x\n" * 300_000
    with pytest.raises(SourceError, match=r"10 of 1\d\d,\d{3} lines can be read"):
        read_ratings(text)


def test_a_long_title_without_header_is_quarantined(read_ratings):
    text = (
        "5,4,2005-01-01\n" * 1000
        + "17:\n"
        + "".join(f"{user},4,2005-01-01\n" for user in range(50))
    )
    read = read_ratings(text, chunk_bytes=1024)
    assert (len(read.rows), read.snapshot.reasons) == (50, {"header missing": 1000})
