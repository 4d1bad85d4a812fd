from __future__ import annotations

from typing import Any

import pytest

from reelhouse.naming.phrases import phrase_of
from reelhouse.naming.words import naming_words

#: The rest of the catalogue, against which things are over-represented.
OTHERS = {"type": "Movie", "listed_in": ["Westerns"], "country": ["Canada"]}


@pytest.fixture
def name(terms):
    def of(**title: Any) -> str:
        return str(phrase_of(terms([(10, title), (30, OTHERS)]), 0))

    return of


@pytest.mark.parametrize(
    ("kind", "genres", "countries", "said"),
    [
        ("TV Show", "Korean TV Shows, Romantic TV Shows, TV Dramas", ["South Korea"],
         "Korean romantic TV dramas"),
        ("Movie", "Dramas, Romantic Movies", ["South Korea"], "Korean romantic dramas"),
        ("Movie", "Stand-Up Comedy", [], "Stand-up comedy"),
        ("TV Show", "Stand-Up Comedy & Talk Shows", [], "Stand-up comedy and talk shows"),
        ("TV Show", "British TV Shows, Docuseries, Science & Nature TV", ["United Kingdom"],
         "British science and nature docuseries"),
        ("Movie", "Action & Adventure, Sci-Fi & Fantasy", [], "Action sci-fi and fantasy films"),
        ("Movie", "Children & Family Movies, Comedies", [], "Family comedies"),
        ("TV Show", "Kids' TV", [], "Children's series"),
        ("Movie", "Dramas, Thrillers", ["Spain"], "Spanish dramatic thrillers"),
        ("Movie", "Dramas, Comedies", [], "Comedy dramas"),
        ("Movie", "Documentaries, Music & Musicals", [], "Music documentaries"),
        ("Movie", "Music & Musicals, Comedies", ["India"], "Indian musical comedies"),
        ("TV Show", "Crime TV Shows, Spanish-Language TV Shows", ["Spain", "Chile"],
         "Spanish-language crime series"),
        ("TV Show", "Spanish-Language TV Shows", [], "Spanish-language series"),
        ("TV Show", "Anime Series", ["Japan"], "Japanese anime series"),
        ("Movie", "Horror Movies", ["Atlantis"], "Atlantis horror films"),
        ("Movie", "Slow Westerns", [], "Slow western films"),
        (None, "Dramas", [], "Dramas"),
        (None, "Horror Movies", [], "Horror titles"),
    ],
)  # fmt: skip
def test_a_name_has_place_then_adjectives_then_a_noun(
    name, kind: str | None, genres: str, countries: list[str], said: str
) -> None:
    assert name(type=kind, listed_in=genres.split(", "), country=countries) == said


def test_what_half_the_titles_are_not_is_not_said(terms) -> None:
    # 5 of 12 are comedies; the two parts are one cluster.
    counts = terms(
        [
            (5, {"type": "Movie", "listed_in": ["Dramas", "Comedies"], "country": ["India"]}),
            (7, {"type": "Movie", "listed_in": ["Dramas"], "country": ["Japan"]}),
            (40, OTHERS),
        ]
    ).grouped([[0, 1]])
    # Neither country has six of ten titles, nor has a region.
    assert str(phrase_of(counts, 0)) == "Dramas"


def test_a_region_is_said_where_no_country_is(terms) -> None:
    counts = terms(
        [
            (5, {"type": "Movie", "listed_in": ["Dramas"], "country": ["Sweden"]}),
            (5, {"type": "Movie", "listed_in": ["Dramas"], "country": ["Norway"]}),
            (5, {"type": "Movie", "listed_in": ["Westerns"], "country": ["France"]}),
            (40, OTHERS),
        ]
    ).grouped([[0, 1]])
    # European too, but that says less.
    assert str(phrase_of(counts, 0)) == "Nordic dramas"


def test_what_all_titles_are_is_not_said(terms) -> None:
    drama = {"type": "Movie", "listed_in": ["Dramas", "International Movies"], "country": ["India"]}
    comedy = drama | {"listed_in": ["Dramas", "International Movies", "Comedies"]}
    counts = terms([(5, drama), (5, comedy)])
    assert str(phrase_of(counts, 1)) == "Comedies"


def test_many_countries_are_international_where_the_genre_says_so(terms) -> None:
    abroad = {"type": "Movie", "listed_in": ["Dramas", "International Movies"]}
    counts = terms([(5, abroad), (20, OTHERS)])
    assert str(phrase_of(counts, 0)) == "International dramas"


def test_two_genres_that_share_the_titles_stand_side_by_side(terms) -> None:
    counts = terms(
        [
            (4, {"type": "Movie", "listed_in": ["Dramas"]}),
            (4, {"type": "Movie", "listed_in": ["Comedies"]}),
            (1, {"type": "Movie", "listed_in": ["Horror Movies"]}),
            (30, OTHERS),
        ]
    ).grouped([[0, 1, 2]])
    assert str(phrase_of(counts, 0)) == "Comedies and dramas"


def test_films_and_shows_together_are_called_both(terms) -> None:
    counts = terms(
        [
            (5, {"type": "Movie", "listed_in": ["Horror Movies"]}),
            (5, {"type": "TV Show", "listed_in": ["TV Horror"]}),
            (30, OTHERS),
        ]
    ).grouped([[0, 1]])
    assert str(phrase_of(counts, 0)) == "Horror films and series"


def test_titles_of_which_nothing_is_known_are_titles(terms) -> None:
    phrase = phrase_of(terms([(3, {}), (5, OTHERS)]), 0)
    assert (str(phrase), phrase.bare) == ("Titles", True)
    # A cluster without a title, too.
    assert str(phrase_of(terms([(3, OTHERS)]).grouped([[]]), 0)) == "Titles"


def test_every_noun_and_adjective_belongs_to_one_genre() -> None:
    words = naming_words()
    assert not set(words.nouns) & set(words.adjectives)
    assert not set(words.nouns) & set(words.genre_places)
    for genres in words.together.values():
        assert len(genres) == 2
    assert {"film", "show", "both", "any"} == set(words.nothing)
