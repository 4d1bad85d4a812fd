"""The table of words that names are made of."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Noun:
    """What titles of a genre are called.

    Attributes
    ----------
    any, film, show : str
        Of both kinds, of films only, of shows only.
    before : dict from another genre to what it puts in front
    instead : dict from an adjective to what it is in front of this noun
    """

    any: str
    film: str
    show: str
    before: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Words:
    """What stands in `words.toml`; every mapping keeps the order of the file.

    Attributes
    ----------
    places : country -> adjective
    regions : adjective -> its countries
    genre_places : genre -> adjective of a place
    adjectives : genre -> adjective
    nouns : genre -> Noun
    nothing : what titles without a genre are called: any, film, show, both
    together : adjective -> genres that it says at once
    audiences : phrase -> certificates
    """

    places: Mapping[str, str]
    regions: Mapping[str, frozenset[str]]
    genre_places: Mapping[str, str]
    adjectives: Mapping[str, str]
    nouns: Mapping[str, Noun]
    nothing: Mapping[str, str]
    together: Mapping[str, frozenset[str]]
    audiences: Mapping[str, frozenset[str]]


@cache
def naming_words() -> Words:
    """The table, read once per process."""
    text = files("reelhouse.naming").joinpath("words.toml").read_text(encoding="utf-8")
    held: dict[str, Any] = tomllib.loads(text)
    return Words(
        places=held["places"],
        regions=_sets(held["regions"]),
        genre_places=held["genre_places"],
        adjectives=held["adjectives"],
        nouns={genre: _noun(about) for genre, about in held["nouns"].items()},
        nothing=held["nothing"],
        together=_sets(held["together"]),
        audiences=_sets(held["audiences"]),
    )


def regions_of(country: str) -> list[str]:
    """Adjectives of the regions that a country lies in.

    >>> regions_of("sweden"), regions_of("united_states")
    (['European', 'Nordic'], [])
    """
    return [name for name, countries in naming_words().regions.items() if country in countries]


def audience_of(certificate: str) -> str:
    """Whom a certificate is for; empty where the table does not say.

    >>> audience_of("tv_ma"), audience_of("nr")
    ('for adults', '')
    """
    found = (who for who, held in naming_words().audiences.items() if certificate in held)
    return next(found, "")


def _noun(about: Mapping[str, Any]) -> Noun:
    said = about["any"]
    return Noun(
        any=said,
        film=about.get("film", said),
        show=about.get("show", said),
        before=about.get("before", {}),
        instead=about.get("instead", {}),
    )


def _sets(listed: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(values) for name, values in listed.items()}
