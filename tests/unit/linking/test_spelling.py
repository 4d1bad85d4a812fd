from __future__ import annotations

import pyarrow as pa
import pytest

from reelhouse.linking.spelling import Spellings, spellings


def spelled(name: str | None) -> Spellings:
    return spellings(pa.array([name], pa.string()))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Matrix", "Matrix, The"),
        ("Y Tu Mamá También", "Y TU MAMA TAMBIEN"),
        ("Fun with Dick & Jane", "Fun with Dick and Jane"),
        ("Spider-Man", "Spiderman"),
        ("Power Rangers S.P.D.", "Power Rangers SPD"),
        ("Ken Burns: The West", "Ken Burns' The West"),
        ("Rocky II", "Rocky 2"),
        ("The Karate Kid Part II", "Karate Kid, Part Two, The"),
        ("Kill Bill: Vol. 1", "Kill Bill: Volume One"),
        ("Selfless", "Self/less"),
    ],
)
def test_two_ways_of_writing_one_name_have_the_same_key(one: str, other: str) -> None:
    assert spelled(one).key == spelled(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rocky", "Rocky II"),
        ("Rocky II", "Rocky III"),
        ("Malcolm X", "Malcolm 10"),
        ("Emma", "Emma (Miniseries)"),
        ("The Lower Depths (Part 1)", "The Lower Depths (Part 2)"),
    ],
)
def test_other_works_have_other_keys(one: str, other: str) -> None:
    assert spelled(one).key != spelled(other).key


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Seven (a.k.a. Se7en)", "Se7en"),
        ("Léon: The Professional (a.k.a. The Professional) (Léon)", "Léon"),
        ("Léon: The Professional (a.k.a. The Professional) (Léon)", "The Professional"),
        ("Hate (Haine, La)", "La Haine"),
        ("The School of Rock", "School of Rock"),
    ],
)
def test_another_name_of_a_work_is_among_the_others(name: str, other: str) -> None:
    assert spelled(other).key in spelled(name).others


def test_parentheses_at_the_start_belong_to_the_name() -> None:
    assert spelled("(500) Days of Summer").key == "500daysofsummer"


def test_a_season_is_known_by_its_series_and_a_name_with_the_word_is_none() -> None:
    assert spelled("Friends: Season 1").season_of == "friends"
    assert spelled("Twin Peaks: The Complete First Season").season_of == "twinpeaks"
    assert spelled("Open Season").season_of == ""
    assert spelled("The Four Seasons").season_of == ""


def test_the_numbers_of_a_name_are_told_apart_from_its_words() -> None:
    assert spelled("The Naked Gun 2 1/2").numbers == ("1", "2", "2")
    assert spelled("Se7en").numbers == ()


def test_a_name_without_letters_is_its_own_key_and_no_name_has_none() -> None:
    assert spelled("!!!").key == "!!!"
    assert spelled(None) == Spellings("", frozenset(), "", ())
