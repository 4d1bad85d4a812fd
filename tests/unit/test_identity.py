from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelhouse.errors import ReelhouseError
from reelhouse.identity import (
    Keys,
    Match,
    edited_fields,
    join_keys,
    keys_of,
    match_titles,
    new_title_ids,
    normalized_title,
)
from reelhouse.schema import SOURCE_TITLES


def film(title: str | None, year: int | None = 2019, **changes: Any) -> dict[str, Any]:
    return {
        "show_id": "s1",
        "type": "Movie",
        "title": title,
        "director": ["Ann Lee"],
        "cast": ["Bo", "Cy"],
        "release_year": year,
        "duration_minutes": 90,
        "description": f"What happens in {title}.",
    } | changes


def show(title: str, year: int, **changes: Any) -> dict[str, Any]:
    seasons = {"duration_minutes": None, "seasons": 1, "director": None}
    return film(title, year, type="TV Show", **(seasons | changes))


def titles(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"row": at, **row} for at, row in enumerate(rows, start=1)], schema=SOURCE_TITLES
    )


def matched(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Match:
    return match_titles(keys_of(titles(*old)), keys_of(titles(*new)))


def pairs(match: Match) -> list[tuple[int, int]]:
    """(old row, step) of each new row."""
    return list(zip(match.old_index.tolist(), match.step.tolist(), strict=True))


def test_the_first_step_needs_title_type_year_and_director() -> None:
    match = matched([film("A"), film("B")], [film("B", show_id="s7"), film("A")])
    assert pairs(match) == [(1, 0), (0, 0)]
    assert match.removed.size == 0


def test_the_second_step_forgives_another_director() -> None:
    assert pairs(matched([film("A")], [film("A", director=["Someone Else"])])) == [(0, 1)]


def test_a_show_whose_year_moved_is_the_same_show() -> None:
    match = matched([show("A", 2019)], [show("A", 2021, seasons=2)])
    assert pairs(match) == [(0, 2)]


def test_a_renamed_title_is_known_by_type_description_and_duration() -> None:
    match = matched([film("A")], [film("A: The Movie", description="What happens in A.")])
    assert pairs(match) == [(0, 3)]


def test_a_title_that_is_still_there_was_not_renamed() -> None:
    match = matched([film("A")], [film("A 2", description="What happens in A."), film("A")])
    assert pairs(match) == [(-1, -1), (0, 0)]


def test_titles_without_description_are_not_renames_of_each_other() -> None:
    match = matched([film("A", description=None)], [film("B", description=None)])
    assert pairs(match) == [(-1, -1)]
    assert match.removed.tolist() == [0]


def test_a_film_and_a_show_of_one_name_are_two_titles() -> None:
    match = matched([film("A", 2019)], [show("A", 2019), film("A", 2019)])
    assert pairs(match) == [(-1, -1), (0, 0)]
    assert pairs(matched([film("A", 2019)], [show("A", 2019)])) == [(-1, -1)]


@pytest.mark.parametrize(
    "spelling",
    ["\u200bThe  Ring", "The\u00a0Ring", " the ring ", "Ｔｈｅ Ring", "The\u2028\tRing\ufeff"],
)
def test_spellings_that_look_the_same_are_the_same_title(spelling: str) -> None:
    assert normalized_title(pa.array([spelling])).to_pylist() == ["the ring"]
    description = {"description": "One."}
    assert pairs(matched([film("The Ring", **description)], [film(spelling, **description)])) == [
        (0, 0)
    ]


def test_two_candidates_are_paired_one_to_one_and_the_third_is_added() -> None:
    match = matched([film("A"), film("A")], [film("A"), film("A"), film("A")])
    assert pairs(match) == [(0, 0), (1, 0), (-1, -1)]


def test_among_candidates_identical_content_goes_first() -> None:
    old = [show("A", 2010, cast=["x"]), show("A", 2010, cast=["y"])]
    assert pairs(matched(old, [old[1], old[0]])) == [(1, 0), (0, 0)]


def test_among_candidates_of_which_all_changed_the_description_decides() -> None:
    old = [film("A", 2010, description="One."), film("A", 2015, description="Two.")]
    new = [film("A", 2016, description="Two."), film("A", 2011, description="One.")]
    assert pairs(matched(old, new)) == [(1, 2), (0, 2)]


def test_many_untold_titles_of_one_name_are_paired_without_a_table_of_all_pairs() -> None:
    # 20,000 x 20,000 candidates would need 6 GB.
    keys = keys_of(titles(film("A")))
    many = join_keys([keys] * 20_000)
    one_more = join_keys([keys] * 20_001)
    match = match_titles(many, one_more)
    assert (match.old_index == [*range(20_000), -1]).all()


def test_all_titles_may_be_new_or_gone() -> None:
    nothing = titles()
    assert len(keys_of(nothing)) == 0
    gone = match_titles(keys_of(titles(film("A"))), keys_of(nothing))
    assert gone.removed.tolist() == [0]
    fresh = match_titles(keys_of(nothing), keys_of(titles(film("A"))))
    assert pairs(fresh) == [(-1, -1)]


wild_titles = st.lists(
    st.builds(
        film,
        st.sampled_from(["A", "a", "B", None, "A\u200b"]),
        st.sampled_from([2019, 2020, None]),
        director=st.sampled_from([["x"], ["x", "y"], [], None]),
        description=st.sampled_from(["One.", "Two.", None]),
        duration_minutes=st.sampled_from([90, None]),
        type=st.sampled_from(["Movie", "TV Show", None]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(wild_titles, st.randoms(use_true_random=False))
def test_a_shuffled_snapshot_matched_with_itself_shows_no_change(
    rows: list[dict[str, Any]], random: Any
) -> None:
    shuffled = random.sample(rows, len(rows))
    match = matched(rows, shuffled)
    assert match.removed.size == 0
    assert sorted(match.old_index) == list(range(len(rows)))
    before = titles(*rows).take(pa.array(match.old_index))
    assert edited_fields(before, titles(*shuffled)) == [[]] * len(rows)


@settings(max_examples=60, deadline=None)
@given(wild_titles, wild_titles)
def test_every_old_title_continues_once_or_is_removed(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    match = matched(old, new)
    continued = match.old_index[match.old_index >= 0].tolist()
    assert sorted([*continued, *match.removed.tolist()]) == list(range(len(old)))
    assert ((match.old_index < 0) == (match.step < 0)).all()


def test_ids_follow_from_what_names_a_title_and_from_nothing_else() -> None:
    rows = [film("A"), film("B"), show("A", 2019)]
    ids = new_title_ids(titles(*rows))
    assert len(set(ids)) == 3
    assert all(len(one) == 17 and one.startswith("t") for one in ids)
    renumbered = [row | {"show_id": "s99", "cast": None} for row in reversed(rows)]
    assert new_title_ids(titles(*renumbered)) == ids[::-1]
    assert new_title_ids(titles(film("\u200bA "))) == ids[:1]
    assert new_title_ids(titles()) == []


def test_a_work_of_the_same_name_and_year_gets_another_id() -> None:
    first, second = new_title_ids(titles(film("A"), film("A")))
    assert first != second
    assert new_title_ids(titles(film("A")), taken=[first]) == [second]
    (third,) = new_title_ids(titles(film("A")), taken=[first, second])
    assert third not in (first, second)


def test_edited_fields_name_what_differs_in_the_order_of_the_schema() -> None:
    before = titles(film("A"), film("B", cast=None), film("C", None), film("D"))
    after = titles(
        film("A", 2020, cast=["Bo"]),
        film("B", cast=["Bo"]),
        film("C", None),
        film("D", director=["Ann Lee", "Bo"], description=None, show_id="s5"),
    )
    assert edited_fields(before, after) == [
        ["cast", "release_year"],
        ["cast"],
        [],
        ["director", "description"],
    ]


def test_the_order_of_names_in_a_list_counts() -> None:
    before, after = titles(film("A", cast=["x", "y"])), titles(film("A", cast=["y", "x"]))
    assert edited_fields(before, after) == [["cast"]]
    assert keys_of(before).content != keys_of(after).content


def test_tables_of_unequal_length_cannot_be_compared() -> None:
    with pytest.raises(ReelhouseError, match="2 old titles cannot be compared with 1"):
        edited_fields(titles(film("A"), film("B")), titles(film("A")))


def test_keys_of_partitions_are_the_keys_of_the_whole(tmp_path: Path) -> None:
    rows = [film("A"), show("B", 2020), film(None, None, director=None, description=None)]
    whole = keys_of(titles(*rows))
    joined = join_keys([keys_of(titles(*rows[:1])), keys_of(titles()), keys_of(titles(*rows[1:]))])
    whole.save(tmp_path / "keys.npz")
    loaded = Keys.load(tmp_path / "keys.npz")
    for name in Keys.__dataclass_fields__:
        assert np.array_equal(getattr(whole, name), getattr(joined, name))
        assert np.array_equal(getattr(whole, name), getattr(loaded, name))
    assert len(join_keys([])) == 0
