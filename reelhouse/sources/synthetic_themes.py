"""The planted themes of the synthetic catalogue, from `synthetic_themes.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from reelhouse.errors import SourceError


@dataclass(frozen=True)
class Theme:
    """One planted theme: what its titles are made of.

    Attributes
    ----------
    name
        What a person would call the theme.
    movie_share
        Share of movies, the rest are shows.
    movie_genres, show_genres
        Sets of `listed_in` labels, each as the file spells it.
    nouns
        Title words that no other theme has.
    hooks, who, does, where, twist
        Parts of a description.
    first_names, last_names
        Its people.
    """

    name: str
    movie_share: float
    countries: tuple[str, ...]
    ratings: tuple[str, ...]
    movie_genres: tuple[str, ...]
    show_genres: tuple[str, ...]
    nouns: tuple[str, ...]
    hooks: tuple[str, ...]
    who: tuple[str, ...]
    does: tuple[str, ...]
    where: tuple[str, ...]
    twist: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def theme_names(n_themes: int = 50) -> list[str]:
    """Names of the first themes.

    >>> theme_names(2)
    ['Korean romantic dramas', 'nature documentaries']
    """
    return [theme.name for theme in themes(n_themes)]


@cache
def themes(n_themes: int) -> tuple[Theme, ...]:
    """The first themes; beyond those of the file they are composed with its settings.

    Raises
    ------
    SourceError
        More themes are asked for than can be composed.
    """
    told = tomllib.loads(
        resources.files("reelhouse.sources")
        .joinpath("synthetic_themes.toml")
        .read_text(encoding="utf-8")
    )
    plain = [_theme(entry, told["names"][entry["names"]]) for entry in told["theme"]]
    composed = [_set_in(theme, setting) for setting in told["setting"] for theme in plain]
    every = (*plain, *composed)
    if not 1 <= n_themes <= len(every):
        raise SourceError(f"n_themes={n_themes} of the synthetic catalogue, expected 1 to"
                          f" {len(every)}")  # fmt: skip
    return every[:n_themes]


def _theme(entry: dict[str, Any], names: dict[str, str]) -> Theme:
    lists = (
        "countries", "ratings", "movie_genres", "show_genres",
        "hooks", "who", "does", "where", "twist",
    )  # fmt: skip
    return Theme(
        name=entry["name"],
        movie_share=entry["movies"],
        nouns=tuple(entry["nouns"].split()),
        first_names=tuple(names["first"].split()),
        last_names=tuple(names["last"].split()),
        **{key: tuple(entry[key]) for key in lists},
    )


def _set_in(theme: Theme, setting: dict[str, Any]) -> Theme:
    """The theme told in a setting of its own, which every description names."""
    word = setting["name"].capitalize()
    return replace(
        theme,
        name=f"{setting['name']} {theme.name}",
        nouns=tuple(f"{word} {noun}" for noun in theme.nouns),
        hooks=(f"In this {setting['name']} story", f"At the heart of a {setting['name']} tale"),
        where=tuple(setting["where"]),
    )
