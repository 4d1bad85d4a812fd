"""A cluster's name as a phrase: place, adjectives, noun; "Korean romantic TV dramas".

The rule, in words, is in docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelhouse.naming.counts import ClusterTerms
from reelhouse.naming.shares import Share, over_represented, shares_of
from reelhouse.naming.words import Noun, naming_words

#: A genre is named when it holds this share of the titles, and this much more than elsewhere.
GENRE_SHARE, GENRE_LIFT = 0.5, 1.2
#: Where none does, the genres of this share are named side by side.
SIDE_SHARE = 0.25
#: A place is named from this share and lift on.
PLACE_SHARE, PLACE_LIFT = 0.6, 1.6
#: Titles are called films, or shows, when this share of them is.
MEDIUM_SHARE = 0.75
#: Most adjectives of a name, the place not counted.
N_ADJECTIVES = 2

_MEDIA = {"movie": "film", "tv_show": "show"}
_INTERNATIONAL = "international"


@dataclass(frozen=True)
class Phrase:
    """The parts of a name, each may be empty.

    Attributes
    ----------
    place : str
        Adjective of a country, region or language.
    adjectives : tuple of str
    noun : str
    bare : bool
        No genre is in it.
    """

    place: str
    adjectives: tuple[str, ...]
    noun: str
    bare: bool = False

    def __str__(self) -> str:
        words = " ".join(part for part in (self.place, *self.adjectives, self.noun) if part)
        return words[:1].upper() + words[1:]


def phrase_of(terms: ClusterTerms, cluster: int) -> Phrase:
    """What the titles of a cluster are.

    Parameters
    ----------
    terms : ClusterTerms
    cluster : int
        Number of the cluster.
    """
    genres = shares_of(terms, cluster, "listed_in")
    medium = _medium(shares_of(terms, cluster, "type"))
    named = dict(over_represented(genres, share=GENRE_SHARE, lift=GENRE_LIFT))
    place = _place(terms, cluster, named)
    for genre in (*naming_words().genre_places, _INTERNATIONAL):
        named.pop(genre, None)
    nouns = [genre for genre in naming_words().nouns if genre in named]
    if not named:
        both = _side_by_side(genres, medium)
        return Phrase(place, (), both or _bare_noun(medium), bare=not (both or place))
    adjectives = _adjectives({g: s for g, s in named.items() if g not in nouns})
    if not nouns:
        return Phrase(place, adjectives, _bare_noun(medium))
    head = naming_words().nouns[nouns[0]]
    adjectives = tuple(head.instead.get(adjective, adjective) for adjective in adjectives)
    before = [head.before[genre] for genre in nouns[1:] if genre in head.before]
    return Phrase(place, (*adjectives, *before), _said(head, medium))


def _medium(types: dict[str, Share]) -> str:
    """Film, show, both, or any where the titles have no type that is known."""
    known = [medium for kind, medium in _MEDIA.items() if kind in types]
    most = [
        medium
        for kind, medium in _MEDIA.items()
        if kind in types and types[kind].share >= MEDIUM_SHARE
    ]
    if most:
        return most[0]
    return "both" if len(known) == len(_MEDIA) else "any"


def _place(terms: ClusterTerms, cluster: int, named: dict[str, Share]) -> str:
    words = naming_words()
    found: dict[str, Share] = {}
    for genre, adjective in words.genre_places.items():
        if genre in named and named[genre].share >= PLACE_SHARE:
            found[adjective] = named[genre]
    countries = shares_of(terms, cluster, "country")
    for country, share in over_represented(countries, share=PLACE_SHARE, lift=PLACE_LIFT):
        adjective = words.places.get(country, country.replace("_", " ").title())
        found.setdefault(adjective, share)
    if not found:
        regions = shares_of(terms, cluster, "region")
        found = dict(over_represented(regions, share=PLACE_SHARE, lift=PLACE_LIFT))
    if found:
        # Of a region and a country in it the rarer one tells more.
        return max(found, key=lambda adjective: (found[adjective].weight, adjective))
    abroad = named.get(_INTERNATIONAL)
    return _INTERNATIONAL if abroad and abroad.share >= PLACE_SHARE else ""


def _adjectives(named: dict[str, Share]) -> tuple[str, ...]:
    """The adjectives that tell most, in the order of the table; unknown genres as they are."""
    words = naming_words()
    said: dict[str, float] = {}
    left = dict(named)
    for adjective, genres in words.together.items():
        if genres <= set(left):
            said[adjective] = max(left.pop(genre).weight for genre in genres)
    for genre, share in left.items():
        said[words.adjectives.get(genre, genre.replace("_", " "))] = share.weight
    chosen = sorted(said, key=lambda adjective: (-said[adjective], adjective))[:N_ADJECTIVES]
    return tuple(sorted(chosen, key=lambda adjective: (_place_in_order(adjective), adjective)))


def _place_in_order(adjective: str) -> int:
    """Rank in the table; one for two genres stands where the first of them does, others last."""
    words = naming_words()
    genres = words.together.get(adjective, frozenset())
    for rank, (genre, said) in enumerate(words.adjectives.items()):
        if genre in genres or said == adjective:
            return rank
    return len(words.adjectives)


def _said(noun: Noun, medium: str) -> str:
    return {"film": noun.film, "show": noun.show}.get(medium, noun.any)


def _bare_noun(medium: str) -> str:
    return naming_words().nothing[medium]


def _side_by_side(genres: dict[str, Share], medium: str) -> str:
    """Two genres that make up the titles together, "thrillers and dramas"; else nothing."""
    nouns = naming_words().nouns
    some = dict(over_represented(genres, share=SIDE_SHARE, lift=1.0))
    found = sorted((genre for genre in some if genre in nouns), key=lambda g: -some[g].weight)[:2]
    if len(found) < 2 or sum(some[genre].share for genre in found) < PLACE_SHARE:
        return ""
    return " and ".join(_said(nouns[genre], medium) for genre in found)
