"""The real catalogues: every row is read, and each known quirk is met."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from reelhouse.sources import TitlesSnapshot, read_titles

pytestmark = pytest.mark.realdata


class Edition(NamedTuple):
    snapshot: TitlesSnapshot
    table: pa.Table


@pytest.fixture(scope="module")
def editions(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Edition]]:
    read = {}
    for month in ("2021-01", "2021-09"):
        source = real_data / "netflix_titles" / month / "netflix_titles.csv"
        if not source.is_file():
            pytest.skip(f"no file {source}")
        snapshot = read_titles(str(source), tmp_path_factory.mktemp(month), rows_per_partition=5000)
        read[month] = Edition(snapshot, pq.read_table([str(part) for part in snapshot.parts]))
    return read


@pytest.mark.parametrize(
    ("month", "n_rows", "line_end", "nulls"),
    [
        (
            "2021-01",
            7787,
            "CRLF",
            {"director": 2389, "cast": 718, "country": 507, "date_added": 10, "rating": 7},
        ),
        (
            # Four empty ratings, and three that held a duration.
            "2021-09",
            8807,
            "LF",
            {"director": 2634, "cast": 825, "country": 831, "date_added": 10, "rating": 7},
        ),
    ],
)
def test_every_row_is_read_with_the_known_gaps(editions, month, n_rows, line_end, nulls):
    snapshot, table = editions[month]
    assert (snapshot.n_rows, table.num_rows, snapshot.line_end) == (n_rows, n_rows, line_end)
    assert {name: table[name].null_count for name in nulls} == nulls
    for name in ("show_id", "type", "title", "release_year", "listed_in", "description"):
        assert table[name].null_count == 0
    assert pc.sum(pc.list_value_length(table["unreadable"])).as_py() == 0


def test_durations_are_complete_and_three_were_brought_back(editions):
    assert "duration" not in editions["2021-01"].snapshot.repairs
    snapshot, table = editions["2021-09"]
    assert (snapshot.repairs["duration"], snapshot.repairs["rating"]) == (3, 3)
    mended = [row for row in table.to_pylist() if "duration" in row["repaired"]]
    assert [(row["title"], row["duration_minutes"], row["rating"]) for row in mended] == [
        ("Louis C.K. 2017", 74, None),
        ("Louis C.K.: Hilarious", 84, None),
        ("Louis C.K.: Live at the Comedy Store", 66, None),
    ]
    for _, each in editions.values():
        has_one = pc.xor(each["duration_minutes"].is_valid(), each["seasons"].is_valid())
        assert pc.all(has_one).as_py()


@pytest.mark.parametrize("month", ["2021-01", "2021-09"])
def test_dates_with_a_leading_space_are_mended(editions, month):
    assert editions[month].snapshot.repairs["date_added"] == 88


def test_titles_that_look_like_numbers_times_and_dates_stay_text(editions):
    titles = set(editions["2021-01"].table["title"].to_pylist())
    titles |= set(editions["2021-09"].table["title"].to_pylist())
    assert {"9", "21", "1920", "2,215", "7:19", "23:59", "Oct-01", "22-Jul"} <= titles


@pytest.mark.parametrize("month", ["2021-01", "2021-09"])
def test_no_text_keeps_an_invisible_character_or_a_stray_space(editions, month):
    for name in ("title", "description", "rating"):
        column = editions[month].table[name]
        stray = pc.match_substring_regex(column, r"^ | $|  |[\x{200b}\x{a0}\x{feff}\n\r]")
        assert not pc.any(stray).as_py()


def test_a_suffix_stays_with_its_name_and_empty_countries_are_dropped(editions):
    table = editions["2021-09"].table
    assert "Tremaine Brown, Jr." in pc.list_flatten(table["cast"]).to_pylist()
    assert "" not in pc.list_flatten(table["country"]).to_pylist()
    assert editions["2021-09"].snapshot.repairs["country"] == 7
