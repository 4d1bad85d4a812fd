from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.recommend.reasons import likeness_phrase, shared_people, shared_phrase
from reelhouse.recommend.terms import Weight, contributions, weights

TITLE = {"director": ["Béla Tarr"], "cast": ["Mihály Víg"], "rating": "TV-MA", "type": "Movie"}


def test_people_come_first_and_are_spelt_as_in_the_title() -> None:
    shared = [
        Weight("listed_in", "drama", 0.4),
        Weight("cast", "mihaly_vig", 0.05),
        Weight("director", "bela_tarr", 0.04),
        Weight("description", "serial_killer", 0.03),
    ]
    assert shared_phrase(shared, TITLE) == (
        "director Béla Tarr; cast Mihály Víg; genre drama; word serial killer"
    )


def test_type_and_certificate_are_told_only_where_there_is_nothing_else() -> None:
    weak = [Weight("type", "movie", 0.3), Weight("rating", "tv_ma", 0.1)]
    assert shared_phrase(weak, TITLE) == "rated TV-MA; type Movie"
    assert shared_phrase([*weak, Weight("listed_in", "drama", 0.01)], TITLE) == "genre drama"


def test_nothing_shared_is_an_empty_phrase() -> None:
    assert shared_phrase([], TITLE) == ""


def test_weights_are_products_and_the_largest_comes_first() -> None:
    row = sparse.csr_matrix(np.array([[0.5, 0.0, 0.25]], np.float32))
    terms = [("type", "movie"), ("cast", "a"), ("cast", "b")]
    found = weights(row, np.array([0.2, 9.0, 0.8], np.float32), terms)
    assert [(one.field, one.term) for one in found] == [("cast", "b"), ("type", "movie")]
    assert [one.weight for one in found] == pytest.approx([0.2, 0.1])


def test_latent_dimensions_of_a_field_are_one_and_may_take_away() -> None:
    row = sparse.csr_matrix(np.array([[0.5, 0.5, 0.25, 1.0]], np.float32))
    terms = [("description", ""), ("description", ""), ("people", ""), ("type", "movie")]
    other = np.array([0.8, -0.2, -0.4, 0.5], np.float32)
    found = contributions(row, other, terms)
    assert [(one.field, one.term) for one in found] == [
        ("type", "movie"),
        ("description", ""),
        ("people", ""),
    ]
    # 0.5 * 0.8 - 0.5 * 0.2 of the description; the people speak against it.
    assert [one.weight for one in found] == pytest.approx([0.5, 0.3, -0.1])
    assert [one.field for one in weights(row, other, terms)] == ["type", "description"]


WORDING, PEOPLE = Weight("description", "", 0.4), Weight("people", "", 0.2)


def test_latent_likeness_is_said_beside_the_terms_that_are_shared() -> None:
    shared = [WORDING, PEOPLE, Weight("listed_in", "drama", 0.1), Weight("type", "movie", 0.1)]
    assert likeness_phrase(shared, TITLE, "Dark") == (
        "shares with Dark: genre drama; alike in the wording of the description and the people"
    )


def test_latent_likeness_alone_is_enough() -> None:
    shared = [WORDING, Weight("type", "movie", 0.3)]
    assert likeness_phrase(shared, TITLE, "Dark") == "like Dark in the wording of the description"


def test_a_trace_of_latent_likeness_is_not_said() -> None:
    shared = [Weight("listed_in", "drama", 0.5), Weight("description", "", 0.05)]
    assert likeness_phrase(shared, TITLE, "Dark") == "shares with Dark: genre drama"
    assert likeness_phrase([], TITLE, "Dark") == "shares with Dark: nothing"


def test_people_of_both_titles_are_found_whatever_their_accents() -> None:
    title = {"director": ["Martin Scorsese"], "cast": ["Joe Pesci", "Robert De Niro", "Ray Liotta"]}
    other = {"director": ["MARTIN SCORSESE"], "cast": ["Robert de Niro", "Joe Pesci"]}
    found = shared_people(title, other)
    assert [(one.field, one.term) for one in found] == [
        ("director", "martin_scorsese"),
        ("cast", "joe_pesci"),
        ("cast", "robert_de_niro"),
    ]
    assert shared_people(title, {"director": None, "cast": None}) == []


def test_shared_people_are_named_beside_latent_likeness() -> None:
    title = {"director": ["Martin Scorsese"]}
    shared = [Weight("words", "", 0.4), Weight("director", "martin_scorsese", 0.0)]
    assert likeness_phrase(shared, title, "The Irishman") == (
        "shares with The Irishman: director Martin Scorsese; alike in related words and names"
    )
