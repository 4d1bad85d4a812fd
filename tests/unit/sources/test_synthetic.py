from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from reelhouse.errors import SourceError
from reelhouse.sources import read_titles
from reelhouse.sources.synthetic import (
    SyntheticSettings,
    theme_names,
    write_catalogue,
    write_night,
)
from reelhouse.sources.synthetic_names import People, TitleNames
from reelhouse.sources.synthetic_themes import themes

Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(path: Path, settings: SyntheticSettings) -> Rows:
    assert write_catalogue(path, settings) == settings.n_titles
    return read(path)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return written(
        tmp_path_factory.mktemp("synthetic") / "titles.csv", SyntheticSettings(n_titles=12_345)
    )


def test_the_columns_are_those_of_the_kaggle_file(rows: Rows) -> None:
    assert list(rows[0]) == [
        "show_id", "type", "title", "director", "cast", "country", "date_added", "release_year",
        "rating", "duration", "listed_in", "description",
    ]  # fmt: skip
    assert [row["show_id"] for row in rows] == [f"s{number}" for number in range(1, 12_346)]


def test_null_shares_are_those_of_the_real_file(rows: Rows) -> None:
    nulls = {column: sum(not row[column] for row in rows) / len(rows) for column in rows[0]}
    assert nulls["director"] == pytest.approx(2634 / 8807, abs=0.02)
    assert nulls["cast"] == pytest.approx(825 / 8807, abs=0.01)
    assert nulls["country"] == pytest.approx(831 / 8807, abs=0.01)
    assert 0 < nulls["date_added"] < 0.003
    assert max(nulls["rating"], nulls["duration"]) < 0.002
    never = ("show_id", "type", "title", "release_year", "listed_in", "description")
    assert all(nulls[column] == 0 for column in never)


def test_titles_are_unique_whatever_the_case(rows: Rows) -> None:
    assert len({row["title"].casefold() for row in rows}) == len(rows)


def test_some_titles_are_awkward(rows: Rows) -> None:
    titles = [row["title"] for row in rows]
    assert any("," in title for title in titles)
    assert any('"' in title for title in titles)
    assert any(not title.isascii() for title in titles)
    assert any(title.isdecimal() for title in titles)


def test_descriptions_are_sentences_of_15_to_30_words(rows: Rows) -> None:
    assert all(row["description"][0].isupper() for row in rows)
    assert all(row["description"].endswith(".") for row in rows)
    lengths = [len(row["description"].split()) for row in rows]
    assert sum(13 <= length <= 32 for length in lengths) / len(lengths) > 0.99


def test_names_stay_unique_past_every_combination() -> None:
    theme = themes(12)[0]
    names = TitleNames(theme, start=5)
    given_out = {names.name(serial, serial).casefold() for serial in range(180_000)}
    assert len(given_out) == 180_000


def test_no_two_themes_share_a_title_or_a_person() -> None:
    planted = [theme for theme in themes(60) if theme.first_names == themes(2)[1].first_names]
    titles = Counter(
        names.name(serial, 1)
        for names in (TitleNames(theme, start=0) for theme in planted)
        for serial in range(3000)
    )
    people = Counter(
        People(theme, rank, len(planted)).name(number)
        for rank, theme in enumerate(planted)
        for number in range(500)
    )
    assert max(titles.values()) == max(people.values()) == 1


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_catalogue(tmp_path / name, SyntheticSettings(n_titles=300, seed=4))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    other = written(tmp_path / "c", SyntheticSettings(n_titles=300, seed=5))
    assert other != read(tmp_path / "a")


def test_the_truth_stands_beside_every_row(tmp_path: Path) -> None:
    settings = SyntheticSettings(n_titles=10_500, n_themes=5)
    write_catalogue(tmp_path / "titles.csv", settings, truth=tmp_path / "truth.parquet")
    truth = pq.read_table(tmp_path / "truth.parquet").to_pylist()
    for row, planted in zip(read(tmp_path / "titles.csv"), truth, strict=True):
        assert (row["title"], row["type"]) == (planted["title"], planted["type"])
        assert int(row["release_year"]) == planted["release_year"]
    sizes = Counter(planted["theme"] for planted in truth)
    assert set(sizes) == set(theme_names(5))
    assert max(sizes.values()) / min(sizes.values()) == pytest.approx(3, abs=0.5)


def test_the_catalogue_reader_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "titles.csv", SyntheticSettings(n_titles=500))
    snapshot = read_titles(str(tmp_path / "titles.csv"), tmp_path / "parts", rows_per_partition=200)
    titles = pq.read_table([str(part) for part in snapshot.parts])
    assert titles.num_rows == 500
    assert not any(titles["unreadable"].to_pylist())
    assert not any(titles["repaired"].to_pylist())


def test_a_night_shifts_every_id_and_changes_what_it_says(tmp_path: Path) -> None:
    settings = SyntheticSettings(n_titles=1_000, null_duration=0.0)
    before = {row["title"]: row for row in written(tmp_path / "before.csv", settings)}
    n_rows = write_night(
        tmp_path / "after.csv", settings, n_new=50, n_edited=20, n_removed=7,
        truth=tmp_path / "truth.parquet",
    )  # fmt: skip
    after = {row["title"]: row for row in read(tmp_path / "after.csv")}
    assert n_rows == len(after) == 1_043
    assert pq.read_metadata(tmp_path / "truth.parquet").num_rows == 1_043
    assert len(before.keys() - after.keys()) == 7
    assert len(after.keys() - before.keys()) == 50
    kept = [(before[title], after[title]) for title in before.keys() & after.keys()]
    assert all(old["show_id"] != new["show_id"] for old, new in kept)
    changed = [(old, new) for old, new in kept if {**old, "show_id": ""} != {**new, "show_id": ""}]
    assert len(changed) == 20
    for old, new in changed:
        assert new["type"] == "TV Show"
        assert int(new["release_year"]) == int(old["release_year"]) + 1
        assert int(new["duration"].split()[0]) == int(old["duration"].split()[0]) + 1
        assert {column for column in old if old[column] != new[column]} == {
            "show_id", "release_year", "duration",
        }  # fmt: skip


def test_a_night_of_nothing_is_the_same_catalogue(tmp_path: Path) -> None:
    settings = SyntheticSettings(n_titles=100)
    write_catalogue(tmp_path / "before.csv", settings)
    write_night(tmp_path / "after.csv", settings, n_new=0)
    assert (tmp_path / "before.csv").read_bytes() == (tmp_path / "after.csv").read_bytes()


def test_new_titles_are_of_the_planted_themes(tmp_path: Path) -> None:
    settings = SyntheticSettings(n_titles=100, n_themes=3)
    write_night(tmp_path / "titles.csv", settings, n_new=60, truth=tmp_path / "truth.parquet")
    truth = pq.read_table(tmp_path / "truth.parquet")["theme"].to_pylist()
    assert set(truth[:60]) == set(theme_names(3))


def test_more_edits_than_shows_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="n_edited=101 of the synthetic night, expected at most"):
        write_night(tmp_path / "x", SyntheticSettings(n_titles=100), n_new=0, n_edited=101)


def test_themes_beyond_the_named_ones_are_composed() -> None:
    names = theme_names(100)
    assert names[:50] == theme_names()
    assert len(set(names)) == 100
    assert names[50] == "lighthouse Korean romantic dramas"


@pytest.mark.parametrize("n_themes", [0, 100_000])
def test_an_impossible_number_of_themes_is_an_error(n_themes: int) -> None:
    with pytest.raises(SourceError, match=f"n_themes={n_themes} .* expected 1 to 550"):
        themes(n_themes)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError):
        SyntheticSettings(n_titels=5)  # type: ignore[call-arg]
