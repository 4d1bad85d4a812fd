from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from reelhouse.identity import keys_of
from reelhouse.quality import (
    RowFacts,
    RowFailure,
    places,
    read_rows,
    row_facts,
    rule_frame,
    snapshot_facts,
    split_rows,
)
from reelhouse.schema import QUARANTINE, SOURCE_TITLES


def row(title: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "type": "Movie",
        "title": title,
        "release_year": 2019,
        "description": f"About {title}.",
        "listed_in": ["Dramas"],
        "repaired": [],
        "unreadable": [],
        "raw": ["s1", title],
    } | changes


def source(*rows: dict[str, Any], first: int = 1) -> pa.Table:
    numbered = [{"row": at, **one} for at, one in enumerate(rows, start=first)]
    return pa.Table.from_pylist(numbered, schema=SOURCE_TITLES)


def facts_of(titles: pa.Table, mended: list[int] | None = None) -> RowFacts:
    n = titles.num_rows
    return row_facts(
        keys_of(titles),
        titles["row"].to_numpy(),
        titles["title"].is_valid().to_numpy(),
        np.array(mended or [0] * n, dtype=np.uint64),
    )


def test_a_repeat_names_the_first_row_of_its_kind() -> None:
    facts = facts_of(source(row("A"), row("B"), row("a", rating="PG"), row("A\u200b", rating="R")))
    assert facts.repeats.tolist() == [0, 0, 1, 1]
    assert facts.identical_to.tolist() == [0, 0, 0, 0]


def test_another_year_or_director_is_no_repeat() -> None:
    facts = facts_of(source(row("A"), row("A", release_year=2020), row("A", director=["x"])))
    assert facts.repeats.tolist() == [0, 0, 0]


def test_a_row_that_is_the_same_in_every_field_is_identical() -> None:
    assert facts_of(source(row("A"), row("B"), row("A"))).identical_to.tolist() == [0, 0, 1]


def test_rows_that_are_the_same_only_after_repair_are_not_identical() -> None:
    facts = facts_of(source(row("A"), row("A")), mended=[0, 7])
    assert facts.identical_to.tolist() == [0, 0]
    assert facts.repeats.tolist() == [0, 1]


def test_one_story_under_two_types_is_a_conflict() -> None:
    facts = facts_of(source(row("A"), row("A", type="TV Show"), row("A", release_year=2020)))
    assert facts.other_type.tolist() == [0, 1, 0]


def test_a_film_and_a_show_with_their_own_stories_do_not_conflict() -> None:
    facts = facts_of(source(row("A"), row("A", type="TV Show", description="Another.")))
    assert facts.other_type.tolist() == [0, 0]


def test_rows_without_title_repeat_nothing() -> None:
    facts = facts_of(source(row(None), row(None), row(None, type="TV Show")))
    for name in ("repeats", "identical_to", "other_type"):
        assert getattr(facts, name).tolist() == [0, 0, 0]


def test_missing_descriptions_do_not_conflict() -> None:
    untold = {"description": None}
    assert facts_of(
        source(row("A", **untold), row("A", type="TV Show", **untold))
    ).other_type.tolist() == [0, 0]


def test_an_empty_snapshot_has_no_facts() -> None:
    assert facts_of(source()).repeats.tolist() == []


def test_the_rules_see_plain_and_derived_columns() -> None:
    cell = {"column": "duration", "value": "long", "required": "93 min"}
    titles = source(
        row("A", release_year=None, unreadable=None, listed_in=None),
        row("A", release_year=None, unreadable=[cell], listed_in=["Dramas", "Comedies"]),
    )
    frame = rule_frame(titles, facts_of(titles))
    assert frame["n_genres"].tolist() == [0, 2]
    assert frame["unreadable"].isna().tolist() == [True, False]
    assert frame["unreadable"][1] == "duration is 'long', required: 93 min"
    assert frame["repeats"].isna().tolist() == [True, False]
    assert frame["repeats"][1] == "row 1"
    assert frame["other_type"].isna().all()
    assert str(frame["release_year"].dtype) == "Int64"
    assert len(rule_frame(source(), facts_of(source()))) == 0


def test_a_row_that_breaks_several_rules_is_quarantined_once() -> None:
    titles = source(row("A"), row("B", type="Book"), row("C"), first=11)
    good, bad = split_rows(
        titles,
        [
            RowFailure(1, "type", "expect_set(type)", "the type is Book"),
            RowFailure(1, "release_year", "expect_between(release_year)", "the year is 2019"),
            RowFailure(1, "type", "expect_set(type)", "the type is Book"),
        ],
        "file.csv",
    )
    assert good["title"].to_pylist() == ["A", "C"]
    assert bad.to_pylist() == [
        {
            "source": "file.csv",
            "row": 12,
            "title": "B",
            "column": "type",
            "value": "Book",
            "expectation": "expect_set(type); expect_between(release_year)",
            "reason": "the type is Book; the year is 2019",
            "raw": json.dumps(["s1", "B"]),
        }
    ]


def test_quarantine_shows_the_column_of_the_file_not_the_derived_one() -> None:
    cell = {"column": "duration", "value": "long", "required": "93 min"}
    titles = source(row("A", unreadable=[cell], listed_in=["x", "y"]))

    def shown(column: str) -> tuple[str, str | None]:
        bad = split_rows(titles, [RowFailure(0, column, "e", "r")], "f")[1].to_pylist()[0]
        return bad["column"], bad["value"]

    assert shown("repeats") == ("title", "A")
    assert shown("other_type") == ("type", "Movie")
    assert shown("n_genres") == ("listed_in", "x, y")
    assert shown("unreadable") == ("duration", "long")
    assert shown("release_year") == ("release_year", "2019")
    assert shown("rating") == ("rating", None)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["title", "type", "repeats"]))))
def test_good_and_quarantined_rows_add_up(broken: list[tuple[int, str]]) -> None:
    titles = source(*[row(name) for name in "ABCDEF"])
    failures = [RowFailure(at, column, f"e({column})", "r") for at, column in broken]
    good, bad = split_rows(titles, failures, "f")
    assert sorted(good["row"].to_pylist() + bad["row"].to_pylist()) == [1, 2, 3, 4, 5, 6]
    assert good.schema.equals(SOURCE_TITLES)
    assert bad.schema.equals(QUARANTINE)


def test_the_facts_of_a_snapshot_are_counted_over_all_parts(tmp_path: Path) -> None:
    parts = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    pq.write_table(source(row("A", description=None), row("B")), parts[0])
    pq.write_table(source(row("C", cast=["x"]), row("D"), first=3), parts[1])
    none = np.zeros(5, dtype=np.int64)
    facts = snapshot_facts(
        parts,
        rows_in=5,
        quarantined=1,
        facts=RowFacts(none, np.array([0, 0, 1, 0, 2]), np.array([0, 0, 0, 0, 4])),
        known_before=8,
        disappeared=2,
    )
    assert facts == {
        "rows_in": 5,
        "good_rows": 4,
        "quarantined_rows": 1,
        "quarantined_share": 0.2,
        "identical_rows": 2,
        "type_conflicts": 1,
        "known_before": 8,
        "disappeared_titles": 2,
        "disappeared_share": 0.25,
        "null_share_description": 0.25,
        "null_share_listed_in": 0.0,
        "null_share_cast": 0.75,
        "null_share_country": 1.0,
    }


def test_shares_of_nothing_are_zero() -> None:
    none = np.zeros(0, dtype=np.int64)
    facts = snapshot_facts(
        [],
        rows_in=0,
        quarantined=0,
        facts=RowFacts(none, none, none),
        known_before=0,
        disappeared=0,
    )
    assert set(facts.values()) == {0}


def test_places_name_two_rows_and_say_when_there_are_more() -> None:
    rows = np.array([1, 2, 5, 8])
    facts = RowFacts(np.zeros(4), np.array([0, 1, 1, 2]), np.array([0, 0, 0, 5]))
    bad = pa.Table.from_pylist(
        [{"source": "f", "row": n, "expectation": "e", "reason": f"r{n}"} for n in (3, 4, 6)],
        schema=QUARANTINE,
    )
    assert places(facts, rows, bad) == {
        "identical_rows": "row 2 repeats row 1, row 5 repeats row 1, ...",
        "type_conflicts": "row 8 contradicts row 5",
        "quarantined_share": "row 3: r3; row 4: r4",
    }


def test_the_parts_of_a_snapshot_are_read_as_one(tmp_path: Path) -> None:
    parts = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    pq.write_table(source(row("A", repaired=["rating"]), row(None, repaired=None)), parts[0])
    pq.write_table(
        source(row("B", repaired=["rating"]), row("C", repaired=["title"]), first=3), parts[1]
    )
    rows, named, mended = read_rows(parts)
    assert rows.tolist() == [1, 2, 3, 4]
    assert named.tolist() == [True, False, True, True]
    assert mended[0] == mended[2] != mended[3]
    assert mended[1] == 0
    assert [len(found) for found in read_rows([])] == [0, 0, 0]
