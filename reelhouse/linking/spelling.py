"""The ways in which one name is written, and what of it counts when names are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from reelhouse.identity import normalized_title

_ARTICLES = (
    "the|a|an|le|la|les|l'|un|une|il|lo|i|gli|el|los|las|una|der|die|das|ein|eine|den|det|de|het|"
    "o|os|as"
)
_ARTICLE_LAST = re.compile(rf"(.+), ({_ARTICLES})")
_ARTICLE_FIRST = re.compile(rf"(?:{_ARTICLES.replace('|i|', '|').replace('|o|', '|')})\s*\b(.+)")
_PARENTHESES = re.compile(r"\s*\(([^()]*)\)")
_KNOWN_AS = re.compile(r"(?:a\.?k\.?a\.?|or|formerly)\s+")
#: Parentheses that say which cut or kind of a work it is: that is another work, not another name.
_NOTE = re.compile(
    r"\b(?:screen|widescreen|fullscreen|edition|version|cut|unrated|uncut|uncensored|feature|"
    r"miniseries|series|season|tv|animated|silent|theatre|live|part|vol|volume|ep|episode|imax|3d|"
    r"short|documentary|collection|disc|bonus)\b"
)
_SEASON = re.compile(
    # Set apart by punctuation: "Open Season" is a name.
    r"(?P<series>.+?)\s*[^\w\s]\W*(?:(?:the|complete|entire|first|second|third|fourth|fifth|sixth|seventh|"
    r"eighth|ninth|tenth|final|last|tv)\s+)*(?:seasons?|series)\b.*"
)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_COUNTED = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "i": "1", "v": "5"}
_SHORT = {"vol": "volume", "pt": "part", "vs": "versus", "dr": "doctor"}
_PARTS = ("part", "chapter", "volume")


@dataclass(frozen=True)
class Spellings:
    """What a name is compared by.

    Attributes
    ----------
    key : str
        Its letters and digits.
    others : frozenset of str
        Keys of other names of the work: in parentheses, or without the article.
    season_of : str
        Key of the series of which the name is a season; empty for anything else.
    numbers : tuple of str
        Numbers in it, so that a part is not taken for its sequel.
    """

    key: str
    others: frozenset[str]
    season_of: str
    numbers: tuple[str, ...]


def spellings(names: pa.Array | pa.ChunkedArray) -> list[Spellings]:
    """Spellings of names, nulls as empty ones.

    Examples
    --------
    >>> seven, matrix = spellings(pa.array(["Seven (a.k.a. Se7en)", "Matrix, The"]))
    >>> seven.key, sorted(seven.others)
    ('seven', ['se7en', 'sevenakase7en'])
    >>> matrix.key, sorted(matrix.others)
    ('thematrix', ['matrix'])
    """
    return [_spelled(name or "") for name in normalized_title(names).to_pylist()]


def _spelled(name: str) -> Spellings:
    """Spellings of one normalized name."""
    bare, inside = _without_parentheses(name)
    main = _words(_article_first(bare))
    found = {_key(main), _without_article(bare), _key(_words(_article_first(name)))}
    for other in inside:
        found |= {_key(_words(_article_first(other))), _without_article(other)}
    key = _key(main) or name
    season = _SEASON.fullmatch(bare)
    return Spellings(
        key=key,
        others=frozenset(found - {key, ""}),
        season_of=_key(_words(season["series"])) if season else "",
        numbers=tuple(sorted(word for word in main if word.isdecimal())),
    )


def _without_parentheses(name: str) -> tuple[str, list[str]]:
    """A name without the parentheses that hold other names, and these."""
    inside: list[str] = []

    def take(found: re.Match[str]) -> str:
        text = found[1].strip()
        if not found.start() or _NOTE.search(text) or not any(map(str.isalpha, text)):
            return found[0]
        inside.append(_KNOWN_AS.sub("", text, count=1) if _KNOWN_AS.match(text) else text)
        return ""

    return _PARENTHESES.sub(take, name).strip(), inside


def _article_first(name: str) -> str:
    found = _ARTICLE_LAST.fullmatch(name)
    return f"{found[2]} {found[1]}" if found else name


def _without_article(name: str) -> str:
    found = _ARTICLE_FIRST.fullmatch(_article_first(name))
    return _key(_words(found[1])) if found else ""


def _words(name: str) -> list[str]:
    """Words without accents and punctuation; numbers of parts in digits."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    plain = re.sub(r"['’‘`´]", "", plain).replace("&", " and ")
    words = [_SHORT.get(word, word) for word in re.split(r"[\W_]+", plain) if word]
    return [_number(word, words[at - 1] if at else "") for at, word in enumerate(words)]


def _number(word: str, before: str) -> str:
    if before in _PARTS and word in _COUNTED:
        return _COUNTED[word]
    return _ROMAN.get(word, word) if before else word


def _key(words: Sequence[str]) -> str:
    # Without spaces: Spider-Man, Spiderman and Spider Man are one.
    return "".join(words)
