from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.features.text import (
    clean_description,
    fold,
    genre_tokens,
    name_token,
    stop_words,
)


def test_words_are_lemmas_without_stop_words() -> None:
    assert clean_description("The detectives were chasing zombies") == [
        "detective",
        "chase",
        "zombie",
    ]


def test_accents_and_case_are_folded() -> None:
    assert fold("Béla ŁÓDŹ Ærø") == "bela lodz aero"


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_a_possessive_ending_is_dropped(apostrophe: str) -> None:
    assert clean_description(f"India{apostrophe}s monsoon") == ["india", "monsoon"]


def test_contractions_are_no_words() -> None:
    assert clean_description("He's late and she doesn’t know who's there") == ["late"]


@pytest.mark.parametrize("written", ["sci-fi", "Science Fiction", "sci fi"])
def test_spellings_of_science_fiction_are_one_token(written: str) -> None:
    assert clean_description(f"A {written} tale") == ["science_fiction", "tale"]


def test_phrases_are_found_in_the_plural() -> None:
    assert clean_description("Serial killers hate high schools") == [
        "serial_killer",
        "hate",
        "high_school",
    ]


def test_the_longest_phrase_wins() -> None:
    assert clean_description("World War II in New York City") == ["world_war_two", "new_york"]


def test_the_names_of_the_titles_own_people_are_joined() -> None:
    tokens = clean_description(
        "Filmmaker Kirsten Johnson’s father meets Béla Tarr", ["Kirsten Johnson", "Bela Tarr"]
    )
    assert tokens == ["filmmaker", "kirsten_johnson", "father", "meet", "bela_tarr"]


def test_a_name_inside_a_longer_word_is_not_joined() -> None:
    assert clean_description("Stan Leeds swims", ["Stan Lee"]) == ["stan", "leeds", "swim"]


def test_other_peoples_names_stay_apart() -> None:
    assert clean_description("Kirsten Johnson swims") == ["kirsten", "johnson", "swim"]


def test_decades_stay_and_small_numbers_go() -> None:
    assert clean_description("In 1984 and the 1990s, 12 cops") == ["1984", "1990s", "cop"]


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("Jean-Claude Van Damme", "jean_claude_van_damme"),
        ("Conan O’Brien", "conan_obrien"),
        ("D.L. Hughley", "d_l_hughley"),
        ("박찬욱", fold("박찬욱")),
        ("TV-Y7-FV", "tv_y7_fv"),
        ("", ""),
        (" – ", ""),
    ],
)
def test_a_name_is_one_token(name: str, token: str) -> None:
    assert name_token(name) == token


@pytest.mark.parametrize(
    ("label", "tokens"),
    [
        ("Dramas", ["drama"]),
        ("TV Dramas", ["drama"]),
        ("TV Sci-Fi & Fantasy", ["science_fiction", "fantasy"]),
        ("Stand-Up Comedy & Talk Shows", ["stand_up_comedy", "talk_show"]),
        ("Kids' TV", ["children"]),
        ("Children & Family Movies", ["children", "family"]),
        ("Classic & Cult TV", ["classic", "cult"]),
        ("Spanish-Language TV Shows", ["spanish_language"]),
        ("Docuseries", ["documentary"]),
        ("LGBTQ Movies", ["lgbtq"]),
        ("Movies", []),
        ("TV Shows", []),
        ("", []),
    ],
)
def test_a_genre_label_is_its_genres_without_the_medium(label: str, tokens: list[str]) -> None:
    assert genre_tokens(label) == tokens


@given(st.text(), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_gives_folded_word_tokens(text: str, people: list[str]) -> None:
    for token in clean_description(text, people):
        assert re.fullmatch(r"\w+", token)
        assert token not in stop_words()


@given(st.text(st.characters(codec="ascii")))
def test_ascii_text_gives_ascii_tokens(text: str) -> None:
    for token in clean_description(text) + genre_tokens(text) + [name_token(text) or "x"]:
        assert re.fullmatch("[a-z0-9_]+", token)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_number_with_thousands_separators_is_one_token() -> None:
    assert "100000" in clean_description("Contestants compete for 100,000 dollars")
    assert "000" not in clean_description("Contestants compete for 100,000 dollars")
