"""Text becomes records: line ends, quotes, encodings, blank lines."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelhouse.errors import SourceError
from reelhouse.sources import read_titles
from reelhouse.sources.quotes import line_of_open_quote

LINE_ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("line_end", LINE_ENDS)
@pytest.mark.parametrize("final", [True, False])
def test_each_line_end_is_read_with_and_without_a_final_one(write_titles, read, line_end, final):
    ending = LINE_ENDS[line_end]
    path = write_titles({"title": "A"}, {"title": "B"}, line_end=ending)
    if not final:
        path.write_bytes(path.read_bytes().removesuffix(ending.encode()))
    snapshot, rows = read(path)
    assert [row["title"] for row in rows] == ["A", "B"]
    assert snapshot.line_end == line_end


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_line_break_inside_quotes_belongs_to_its_field(write_titles, read, ending):
    _, rows = read(write_titles({"description": f"One{ending}two"}, {}, line_end=ending))
    assert [row["description"] for row in rows] == ["One two", "A ferry is late."]
    assert rows[0]["repaired"] == ["description"]
    assert rows[0]["raw"][-1] == f"One{ending}two"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_and_without_a_byte_order_mark(write_titles, read, encoding):
    snapshot, (row,) = read(write_titles({"title": "Señorita 愛"}, encoding=encoding))
    assert row["title"] == "Señorita 愛"
    assert (row["show_id"], row["repaired"]) == ("s1", [])
    assert snapshot.encoding == encoding


def test_blank_lines_are_no_records(write_titles, read):
    path = write_titles({}, {})
    path.write_text("\n\n" + path.read_text().replace("\n", "\n\n") + "  \n\n")
    snapshot, rows = read(path)
    assert snapshot.n_rows == 2
    assert [row["row"] for row in rows] == [1, 2]


def test_trailing_empty_fields_are_dropped(write_titles, read):
    path = write_titles({}, {})
    path.write_text(path.read_text().replace("\n", ",,,\n"))
    _, rows = read(path)
    assert [row["unreadable"] for row in rows] == [[], []]
    path.write_text(path.read_text().replace("description,,,", "description"))
    _, rows = read(path)
    assert [row["unreadable"] for row in rows] == [[], []]


def test_a_wrong_byte_is_named_with_its_line_and_position(write_titles, read):
    path = write_titles(*({"title": f"T{i}"} for i in range(9)))
    stored = path.read_bytes().replace(b"T4", b"T\xe9")
    path.write_bytes(stored)
    with pytest.raises(SourceError) as caught:
        read(path)
    position = stored.index(b"\xe9")
    assert f"{path} is not UTF-8: byte 0xE9 at line 6 (byte {position:,} of" in str(caught.value)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_wrong_byte_far_into_a_file_is_named_with_its_line(write_titles, read, ending):
    path = write_titles(*({} for _ in range(3_000)), line_end=ending)
    stored = path.read_bytes() + b"\xff"
    path.write_bytes(stored)
    with pytest.raises(SourceError, match=rf"0xFF at line 3002 \(byte {len(stored) - 1:,} of"):
        read(path)


def test_an_unclosed_quote_is_named_with_the_line_where_its_field_began(write_titles, read):
    path = write_titles(*({"cast": "x", "country": "x"} for _ in range(5)))
    lines = path.read_text().splitlines()
    lines[3] = lines[3].replace("Harbour", '"Harbour')
    path.write_text(
        "\n".join(lines)
        .replace('"August 14, 2020"', "2020-08-14")
        .replace('"Dramas, Comedies"', "Dramas")
    )
    with pytest.raises(SourceError, match=r"unbalanced quote: .* began at line 4,"):
        read(path)


def test_a_quote_that_swallows_the_next_rows_is_never_read_as_one_row(write_titles, read):
    path = write_titles(*({} for _ in range(5)))
    lines = path.read_text().splitlines()
    lines[3] = lines[3].replace("Harbour", '"Harbour')
    path.write_text("\n".join(lines))
    snapshot, rows = read(path)
    # The quote is closed by that of the next field of the same line: one row is lost, none merged.
    assert snapshot.n_rows == 5
    assert [bool(row["unreadable"]) for row in rows] == [False, False, True, False, False]


def test_a_huge_field_is_refused_before_it_fills_the_memory(write_titles, read):
    path = write_titles({}, {"description": "x" * 150_000})
    with pytest.raises(SourceError, match=r"a field longer than .* characters began at line 3"):
        read(path)
    path.write_text(path.read_text() + '"' + "a\n" * 150_000)
    with pytest.raises(SourceError, match="began at line"):
        read(path)


def test_a_nul_is_refused_with_its_line(write_titles, read):
    path = write_titles({"title": "a\0b"})
    with pytest.raises(SourceError, match="NUL character at line 2"):
        read(path)


def test_the_open_quote_is_looked_for_in_the_order_of_the_text():
    assert line_of_open_quote(['a,"b""c\n', 'd",e,"f\n', "g\n"], ",", 7) == 8
    assert line_of_open_quote(['"a"x,b\n'], ",", 3) == 3


cell = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(cell, min_size=5, max_size=5), min_size=1, max_size=12),
    ending=st.sampled_from(sorted(LINE_ENDS.values())),
    per_part=st.integers(1, 5),
)
def test_any_table_reads_back_to_the_same_rows(rows, ending, per_part):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(["title", "type", "listed_in", "description", "release_year"])
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.getvalue().encode())
        snapshot = read_titles(str(path), Path(folder) / "out", rows_per_partition=per_part)
        assert snapshot.n_rows == len(rows)
        assert len(snapshot.parts) == -(-len(rows) // per_part)
        assert raw_of(snapshot.parts) == rows


def raw_of(parts: tuple[Path, ...]) -> list[list[str]]:
    import pyarrow.parquet as pq

    return [raw for part in parts for raw in pq.read_table(str(part))["raw"].to_pylist()]
