from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelhouse.errors import UnknownTitleError
from reelhouse.recommend.names import TitleNames

NAMES = ["Naruto", "Pokémon the Movie", "Narcos", "Narcos: Mexico", "IT", "naruto ", None, "¿Qué?"]


@pytest.fixture
def names() -> TitleNames:
    return TitleNames(pa.array([f"t{n}" for n in range(len(NAMES))]), pa.array(NAMES, pa.string()))


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("NARUTO", [0, 5]),
        ("  naru\u200bto", [0, 5]),
        ("Ｎarcos", [2]),
        ("t3", [3]),
        ("it", [4]),
        ("Naru", []),
        ("", []),
    ],
)
def test_names_are_found_as_they_are_compared(
    names: TitleNames, name: str, rows: list[int]
) -> None:
    assert names.rows(name) == rows


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("Narutoo", "Naruto"), ("pokemon", "Pokémon the Movie"), ("Mexico", "Narcos: Mexico")],
)
def test_the_nearest_name_comes_first(names: TitleNames, name: str, nearest: str) -> None:
    assert names.near(name)[0] == nearest


def test_an_unknown_name_is_an_error_of_one_line(names: TitleNames) -> None:
    with pytest.raises(UnknownTitleError) as caught:
        names.required("Narcoz")
    assert str(caught.value).startswith('no title is named "Narcoz", near are "Narcos"')


def test_a_name_like_nothing_has_no_near_names(names: TitleNames) -> None:
    with pytest.raises(UnknownTitleError, match='"zzzz", and none is near'):
        names.required("zzzz")


def test_a_title_without_a_name_goes_by_its_id(names: TitleNames) -> None:
    assert names.title(6) == "t6"


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_text_can_be_asked_for(name: str) -> None:
    found = TitleNames(pa.array(["a", "b"]), pa.array(["Naruto", "Narcos"]))
    assert len(found.near(name)) <= 2
    assert found.rows(name) in ([], [0], [1])
