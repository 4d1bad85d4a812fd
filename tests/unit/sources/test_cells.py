"""Cells: cleaning, names, dates, durations, years, types and ids."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.sources.cells import clean, clean_text, join_names, split_names
from reelhouse.sources.dates import day_orders, parse_date
from reelhouse.sources.scalars import (
    parse_minutes,
    parse_seasons,
    parse_show_id,
    parse_type,
    parse_year,
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\u200bAkbar Birbal", "Akbar Birbal"),
        ("\ufeffUp", "Up"),
        ("A\u00a0Second Chance", "A Second Chance"),
        (" two  spaces ", "two spaces"),
        ("line\r\nbreak", "line break"),
        ("bell\x07", "bell"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("2,215", "2,215"),
        ("7:19", "7:19"),
    ],
)
def test_text_is_cleaned_and_a_change_is_noticed(text, cleaned):
    values, changed = clean_text(pa.array([text]))
    assert values.to_pylist() == [cleaned]
    assert changed.tolist() == [text != cleaned]


def test_empty_text_becomes_null_and_is_no_repair():
    values, changed = clean_text(pa.array(["", "a"]))
    assert values.to_pylist() == [None, "a"]
    assert not changed.any()


def test_text_of_invisible_characters_becomes_null_and_is_a_repair():
    values, changed = clean_text(pa.array([" \u200b ", "a"]))
    assert values.to_pylist() == [None, "a"]
    assert changed.tolist() == [True, False]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)))))
def test_the_column_is_cleaned_as_each_cell_is(texts):
    values, changed = clean_text(pa.array(texts, pa.string()))
    assert values.to_pylist() == [clean(text) or None for text in texts]
    assert changed.tolist() == [clean(text) != text for text in texts]


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "names", "changed"),
    [
        ("Bo Ek", ["Bo Ek"], False),
        ("Bo Ek,Cy Dahl , Di", ["Bo Ek", "Cy Dahl", "Di"], False),
        (", France, Algeria", ["France", "Algeria"], True),
        ("Poland,", ["Poland"], True),
        ("Tremaine Brown, Jr., Ed", ["Tremaine Brown, Jr.", "Ed"], False),
        ("Jack Lee, JR", ["Jack Lee, JR"], False),
        ("A, Sr., B, III", ["A, Sr.", "B, III"], False),
        ("Jr., B", ["Jr.", "B"], False),
        (",,", None, True),
        (None, None, False),
    ],
)
def test_names_are_split_at_commas_that_separate_names(text, names, changed):
    values, dropped = split_names(pa.array([text, "Z"], pa.string()))
    assert values.to_pylist() == [names, ["Z"]]
    assert dropped.tolist() == [changed, False]


@given(st.lists(st.none() | st.text("aIJr., ", min_size=1)))
def test_the_column_of_names_is_split_as_each_cell_is(texts):
    texts = [text and (clean(text) or None) for text in texts]
    values, _ = split_names(pa.array(texts, pa.string()))
    expected = [
        None if text is None else join_names([part.strip() for part in text.split(",")])[0] or None
        for text in texts
    ]
    assert values.to_pylist() == expected


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("August 14, 2020", False),
        ("2020-08-14", False),
        ("2020-08-14 00:00:00", False),
        ("14-Aug-20", True),
        ("14-Aug-2020", True),
        ("8/14/2020", True),
        ("8/14/20 0:00", True),
        ("14/08/2020", True),
        ("44057", True),
        ("44057.0", True),
    ],
)
def test_a_date_is_read_in_each_form_that_spreadsheets_write(text, mended):
    assert parse_date(text, frozenset()) == (date(2020, 8, 14), mended)


@pytest.mark.parametrize("text", ["8/9/2020", "Aug-20", "soon", "2020", "February 30, 2020", "1"])
def test_what_is_no_certain_date_is_unreadable(text):
    assert parse_date(text, frozenset()) is None


def test_the_other_dates_of_the_column_decide_which_number_is_the_month():
    assert day_orders(["8/14/2020", "8/9/2020", "x"]) == {False}
    assert day_orders(["14/8/2020", "8/14/2020"]) == {True, False}
    assert parse_date("8/9/2020", frozenset({False})).value == date(2020, 8, 9)
    assert parse_date("8/9/2020", frozenset({True})).value == date(2020, 9, 8)
    assert parse_date("8/9/2020", frozenset({True, False})) is None
    assert parse_date("8/8/2020", frozenset()).value == date(2020, 8, 8)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_reads_back_from_the_original_form(day):
    assert parse_date(f"{day:%B} {day.day}, {day.year}", frozenset()) == (day, False)


@given(st.text())
def test_no_text_breaks_the_parsing_of_dates(text):
    parse_date(text, frozenset())


def test_durations_are_minutes_or_seasons():
    assert parse_minutes("93 min").value == 93
    assert parse_seasons("1 Season").value == 1
    assert parse_seasons("4 seasons").value == 4
    assert parse_minutes("4 Seasons") is None
    assert parse_seasons("TV-14") is None


def test_years_types_and_ids_take_their_exact_form():
    assert parse_year("2020") == (2020, False)
    assert parse_year("2020.0") == (2020, True)
    assert parse_year("2020.5") is None
    assert parse_type("TV Show") == ("TV Show", False)
    assert parse_type("tvshow") == ("TV Show", True)
    assert parse_type("Podcast") == ("Podcast", False)
    assert [parse_show_id(text).value for text in ("5", "s5", "S5", "5.0", "tt5")] == [
        "s5",
        "s5",
        "s5",
        "s5",
        "tt5",
    ]
    assert not parse_show_id("5").mended
