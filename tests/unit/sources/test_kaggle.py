"""Whole files become canonical partitions."""

from __future__ import annotations

import hashlib
from datetime import date

import pyarrow.parquet as pq
import pytest

from reelhouse.errors import SourceError
from reelhouse.schema import SOURCE_TITLES
from reelhouse.sources import read_titles


def test_a_title_without_a_fault_becomes_one_canonical_row(write_titles, read, good, header):
    snapshot, rows = read(write_titles({}))
    assert rows == [
        {
            "row": 1,
            "show_id": "s1",
            "type": "Movie",
            "title": "Harbour Lights",
            "director": ["Ana Lima"],
            "cast": ["Bo Ek", "Cy Dahl"],
            "country": ["Chile", "Peru"],
            "date_added": date(2020, 8, 14),
            "release_year": 2020,
            "rating": "PG-13",
            "duration_minutes": 93,
            "seasons": None,
            "listed_in": ["Dramas", "Comedies"],
            "description": "A ferry is late.",
            "repaired": [],
            "unreadable": [],
            "raw": [good[name] for name in header],
        }
    ]
    assert snapshot.repairs == {}


def test_the_snapshot_says_what_the_file_was(write_titles, read, header):
    path = write_titles({}, {}, line_end="\r\n")
    snapshot, _ = read(path)
    stored = path.read_bytes()
    assert snapshot.uri == str(path)
    assert snapshot.sha256 == hashlib.sha256(stored).hexdigest()
    assert snapshot.n_bytes == len(stored)
    assert snapshot.n_rows == 2
    assert (snapshot.encoding, snapshot.line_end) == ("utf-8", "CRLF")
    assert snapshot.columns == {name: name for name in header}
    assert snapshot.ignored_columns == ()


def test_partitions_hold_the_rows_in_order_and_have_the_schema(write_titles, tmp_path):
    path = write_titles(*({"title": f"Part {i}"} for i in range(7)))
    counted: list[int] = []
    snapshot = read_titles(
        str(path), tmp_path / "parts", rows_per_partition=3, on_rows=counted.append
    )
    tables = [pq.read_table(str(part)) for part in snapshot.parts]
    assert [table.num_rows for table in tables] == [3, 3, 1]
    assert counted == [3, 6, 7]
    assert all(table.schema.equals(SOURCE_TITLES) for table in tables)
    assert [row for table in tables for row in table["row"].to_pylist()] == list(range(1, 8))
    assert tables[2]["title"].to_pylist() == ["Part 6"]


def test_a_duration_that_slid_into_rating_is_moved_back_and_recorded(write_titles, read):
    snapshot, rows = read(
        write_titles(
            {"rating": "74 min", "duration": ""},
            {"rating": "2 Seasons", "duration": "", "type": "TV Show"},
            {"rating": "74 min", "duration": "75 min"},
        )
    )
    assert [(row["rating"], row["duration_minutes"], row["seasons"]) for row in rows] == [
        (None, 74, None),
        (None, None, 2),
        ("74 min", 75, None),
    ]
    assert [row["repaired"] for row in rows] == [["rating", "duration"]] * 2 + [[]]
    assert snapshot.repairs == {"duration": 2, "rating": 2}


def test_what_cannot_be_converted_is_null_and_listed_with_its_text(write_titles, read):
    _, (row,) = read(
        write_titles({"date_added": "soon", "release_year": "MMXX", "duration": "long"})
    )
    assert (row["date_added"], row["release_year"], row["duration_minutes"]) == (None, None, None)
    assert [(cell["column"], cell["value"]) for cell in row["unreadable"]] == [
        ("date_added", "soon"),
        ("release_year", "MMXX"),
        ("duration", "long"),
    ]
    assert row["unreadable"][1]["required"] == "a year such as 2020"
    assert row["title"] == "Harbour Lights"


def test_a_record_of_the_wrong_width_keeps_its_place_and_its_text(write_titles, read):
    path = write_titles({}, {"title": "Last"})
    header, first, last = path.read_text().splitlines()
    path.write_text("\n".join([header, first, first + ",more", last.rpartition(",")[0], last]))
    _, rows = read(path)
    assert [row["title"] for row in rows] == ["Harbour Lights", None, None, "Last"]
    assert [row["row"] for row in rows] == [1, 2, 3, 4]
    assert rows[1]["unreadable"] == [{"column": "*", "value": "13 fields", "required": "12 fields"}]
    assert rows[2]["unreadable"][0]["value"] == "11 fields"
    assert rows[1]["raw"][-1] == "more"
    assert len(rows[2]["raw"]) == 11
    assert {key for key, value in rows[1].items() if value not in (None, [])} == {
        "row",
        "unreadable",
        "raw",
    }


def test_a_quote_inside_a_quoted_field_costs_one_row_only(write_titles, read):
    path = write_titles({}, {"title": "Last"})
    header, first, last = path.read_text().splitlines()
    broken = first.replace("Harbour Lights", '"The "Late" Ferry"')
    path.write_text("\n".join([header, broken, last]))
    _, rows = read(path)
    assert [row["title"] for row in rows] == [None, "Last"]
    assert rows[0]["unreadable"][0]["value"] == "a quote inside a quoted field"
    assert "s1" in rows[0]["raw"]


def test_one_certain_date_decides_the_doubtful_ones_of_its_file(write_titles, read):
    dates = [{"date_added": text} for text in ("8/14/2020", "8/9/2020", "9/8/2020")]
    snapshot, rows = read(write_titles(*dates), rows_per_partition=2)
    assert [row["date_added"] for row in rows] == [
        date(2020, 8, 14),
        date(2020, 8, 9),
        date(2020, 9, 8),
    ]
    assert snapshot.repairs == {"date_added": 3}
    _, rows = read(write_titles(*dates[1:]))
    assert [row["date_added"] for row in rows] == [None, None]
    assert rows[0]["unreadable"][0]["value"] == "8/9/2020"


def test_a_second_reading_replaces_the_partitions_of_the_first(write_titles, tmp_path):
    for n_rows, n_parts in ((5, 3), (2, 1)):
        path = write_titles(*({} for _ in range(n_rows)))
        snapshot = read_titles(str(path), tmp_path / "parts", rows_per_partition=2)
        assert sorted((tmp_path / "parts").iterdir()) == sorted(snapshot.parts)
        assert len(snapshot.parts) == n_parts


def test_columns_may_be_reordered_renamed_and_extra(tmp_path, read):
    path = tmp_path / "other.csv"
    path.write_text(
        "Release Year,NAME,Type,Genres,Summary,Imdb,Show ID,\n"
        "2020,Harbour Lights,Movie,Dramas,A ferry is late.,7.1,5,\n"
    )
    snapshot, (row,) = read(path)
    assert (row["title"], row["release_year"], row["listed_in"]) == (
        "Harbour Lights",
        2020,
        ["Dramas"],
    )
    assert (row["show_id"], row["cast"], row["date_added"]) == ("s5", None, None)
    assert row["repaired"] == []
    assert snapshot.ignored_columns == ("Imdb",)
    assert snapshot.columns["Genres"] == "listed_in"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_from_the_header(write_titles, read, delimiter, good):
    path = write_titles({"cast": "", "country": "", "listed_in": "Dramas", "date_added": ""})
    path.write_text(path.read_text().replace(",", delimiter))
    _, (row,) = read(path)
    assert (row["title"], row["description"]) == (good["title"], good["description"])


def test_a_failed_reading_leaves_no_partition_behind(write_titles, tmp_path):
    path = write_titles(*({} for _ in range(5)))
    path.write_bytes(path.read_bytes() + b"s9,Movie,caf\xe9\n")
    with pytest.raises(SourceError):
        read_titles(str(path), tmp_path / "parts", rows_per_partition=2)
    assert list((tmp_path / "parts").iterdir()) == []
