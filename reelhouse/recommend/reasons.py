"""What two titles share, said so that a person accepts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reelhouse.features.text import name_token
from reelhouse.recommend.terms import FIELD_WORDS, Weight, latent_words, readable

# People first: a shared director says more to a person than its small weight in the vectors.
_ORDER = ("director", "cast", "listed_in", "description", "country")
_MOST = {"director": 2, "cast": 3, "listed_in": 3, "description": 4, "country": 1}
# True of thousands of titles: said only when there is nothing else.
_WEAK = ("rating", "type")
#: Latent dimensions are named where they make at least this share of the likeness.
LATENT_SHARE = 0.1


def likeness_phrase(shared: Sequence[Weight], title: Mapping[str, Any], liked: str) -> str:
    """Say what makes a title like another.

    Parameters
    ----------
    shared
        From `terms.weights`, the weightiest first.
    title
        One of the two titles, for the spelling of names.
    liked
        Name of the other.

    Examples
    --------
    >>> drama, wording = Weight("listed_in", "drama", 0.3), Weight("description", "", 0.2)
    >>> likeness_phrase([drama, wording], {}, "Dark")
    'shares with Dark: genre drama; alike in the wording of the description'
    >>> likeness_phrase([wording], {}, "Dark")
    'like Dark in the wording of the description'
    """
    named = [one for one in shared if one.term]
    likeness = sum(one.weight for one in shared)
    latent = " and ".join(
        latent_words(one.field)
        for one in shared
        if not one.term and one.weight >= LATENT_SHARE * likeness
    )
    told = shared_phrase(named if not latent else _telling(named), title)
    if latent and not told:
        return f"like {liked} in {latent}"
    alike = f"; alike in {latent}" if latent else ""
    return f"shares with {liked}: {told or 'nothing'}{alike}"


def shared_phrase(shared: Sequence[Weight], title: Mapping[str, Any]) -> str:
    """List the terms that two titles share, by field; empty when they share none.

    Parameters
    ----------
    shared
        From `terms.weights`, the weightiest first.
    title
        One of the two titles, for the spelling of names.

    Examples
    --------
    >>> shared_phrase([Weight("listed_in", "science_fiction", 0.3)], {})
    'genre science fiction'
    """
    phrases = [_field_phrase(field, shared, title) for field in _ORDER]
    if not any(phrases):
        phrases = [_field_phrase(field, shared, title) for field in _WEAK]
    return "; ".join(phrase for phrase in phrases if phrase)


def shared_people(title: Mapping[str, Any], other: Mapping[str, Any]) -> list[Weight]:
    """Directors and cast of both titles, in the order of the first; without a weight.

    What brings latent features near cannot be named; people that both have can.

    >>> shared_people({"cast": ["Joe Pesci", "Béla Tarr"]}, {"cast": ["Bela Tarr"]})
    [Weight(field='cast', term='bela_tarr', weight=0.0)]
    """
    found = []
    for field in ("director", "cast"):
        others = {name_token(name) for name in other.get(field) or []}
        tokens = [name_token(name) for name in title.get(field) or []]
        found += [Weight(field, token, 0.0) for token in tokens if token in others]
    return found


def _field_phrase(field: str, shared: Sequence[Weight], title: Mapping[str, Any]) -> str:
    terms = [found.term for found in shared if found.field == field][: _MOST.get(field, 1)]
    if not terms:
        return ""
    word = FIELD_WORDS[field][len(terms) > 1]
    return f"{word} {', '.join(readable(field, term, title) for term in terms)}"


def _telling(named: Sequence[Weight]) -> list[Weight]:
    return [one for one in named if one.field not in _WEAK]
