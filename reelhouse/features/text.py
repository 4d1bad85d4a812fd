"""From the text of a title to tokens.

A token is lower case, its accents are folded (`Béla` and `Bela` are one person to a reader who
types without accents), and holds letters, digits and underscores only; for text in the Latin
script that is ``[a-z0-9_]+``. Letters of other scripts are kept. Names of several words are one
token: ``kirsten_johnson``, ``science_fiction``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from reelhouse.features.phrases import PHRASES
from reelhouse.features.stop_words import ENGLISH_STOP_WORDS

# Letters that Unicode does not decompose into a base letter and an accent.
_UNDECOMPOSED = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe",
        "ı": "i", "ħ": "h", "’": "'", "‘": "'", "ʻ": "'", "´": "'", "`": "'", "‐": "-", "‑": "-",
    }
)  # fmt: skip
_WORD = re.compile(r"\w+(?:'\w+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_GENRE_SEPARATOR = re.compile(r"\s*(?:&|,|/|\band\b)\s*")

# scikit-learn's list holds words that are a story's subject.
_NOT_STOPPED = {"fire", "system", "mine", "bill", "cry", "computer", "mill", "found", "sincere"}
# Words of blurbs that name no subject.
_STOPPED_TOO = {
    "year", "old", "day", "th", "st", "nd", "rd", "dont", "let", "come", "make", "take", "want",
    "way", "try", "begin", "start", "just", "like", "know", "soon", "set", "help", "leave",
    "turn", "become", "bring", "time", "include", "feature", "look", "need", "follow", "thing",
    "two", "three", "four", "five", "six", "use", "base", "new",
}  # fmt: skip
# Where the dictionary's first choice is the wrong one for blurbs.
_LEMMAS = {"lives": "life", "aging": "age"}

# The medium is a field of its own (type): "TV Dramas" and "Dramas" are one genre.
_MEDIUM = {"tv", "show", "shows", "movie", "movies", "series", "feature", "features"}
_GENRES = {
    "sci-fi": "science_fiction",
    "talk shows": "talk_show",
    "kids' tv": "children",
    "children": "children",
    "docuseries": "documentary",
}


def fold(text: str) -> str:
    """Lower case, compatibility forms and accents folded, typographic quotes made plain."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_UNDECOMPOSED))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    # Compatibility forms (as in 𝐀) can decompose into capitals.
    return bare.lower()


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing about a title; tested on words and on lemmas."""
    return frozenset((set(ENGLISH_STOP_WORDS) - _NOT_STOPPED) | _STOPPED_TOO)


class _Lemmas(dict[str, str]):
    """Memo of word -> lemma; the empty string for what is dropped before phrases are joined."""

    def __init__(self) -> None:
        from simplemma import lemmatize

        self._lemmatize: Callable[..., str] = lemmatize

    def __missing__(self, word: str) -> str:
        lemma = self[word] = self._lemma(word)
        return lemma

    def _lemma(self, word: str) -> str:
        stem, _, ending = word.rpartition("'")
        if stem and ending in ("s", "ve", "ll", "re", "d", "m", "t"):
            word = stem
        word = word.replace("'", "").strip("_")
        # Joined names have no lemma, and "1990s" would be spelled out. Stop words are looked up
        # before lemmas: "us" is no "u".
        if not word.isalpha() or word in stop_words():
            return "" if word.isdecimal() and len(word) < 3 else word
        if word in _LEMMAS:
            return _LEMMAS[word]
        # A lemma can come with a capital or an apostrophe, which no token has.
        return re.sub(r"\W", "", fold(self._lemmatize(word, lang="en")))


class _Cleaner:
    """What cleaning needs, built once per process on first use."""

    def __init__(self) -> None:
        self.lemmas = _Lemmas()
        self.stopped = stop_words() | {""}
        # first lemma -> [(the lemmas of the phrase, its token)], longest first
        self.phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for phrase, token in PHRASES.items():
            lemmas = tuple(self.lemmas[word] for word in phrase.split())
            self.phrases.setdefault(lemmas[0], []).append((lemmas, token))
        for candidates in self.phrases.values():
            candidates.sort(key=lambda candidate: -len(candidate[0]))
        self.firsts = frozenset(self.phrases)

    def clean(self, folded: str) -> list[str]:
        # "a prize of 100,000" holds one number, not 100 and 000.
        words = _WORD.findall(_THOUSANDS.sub("", folded))
        lemmas = list(map(self.lemmas.__getitem__, words))
        if not self.firsts.isdisjoint(lemmas):
            lemmas = self._join_phrases(lemmas)
        stopped = self.stopped
        return [lemma for lemma in lemmas if lemma not in stopped and len(lemma) > 1]

    def _join_phrases(self, lemmas: list[str]) -> list[str]:
        joined = []
        position = 0
        while position < len(lemmas):
            step, token = 1, lemmas[position]
            for phrase, name in self.phrases.get(token, ()):
                if tuple(lemmas[position : position + len(phrase)]) == phrase:
                    step, token = len(phrase), name
                    break
            joined.append(token)
            position += step
        return joined


@cache
def _cleaner() -> _Cleaner:
    return _Cleaner()


def join_people(folded: str, names: Iterable[str]) -> str:
    """Text with every one of the folded names that stands in it joined by underscores.

    >>> join_people("filmmaker kirsten johnson stages", ["kirsten johnson"])
    'filmmaker kirsten_johnson stages'
    """
    for name in names:
        if name in folded and " " in name:
            pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
            folded = re.sub(pattern, name_token(name), folded)
    return folded


def clean_description(text: str, people: Sequence[str] = ()) -> list[str]:
    """Tokens of a description, in its order.

    Parameters
    ----------
    text
        The description.
    people
        The title's own directors and cast: their names become one token each.

    Examples
    --------
    >>> clean_description("Filmmaker Kirsten Johnson stages sci-fi deaths", ["Kirsten Johnson"])
    ['filmmaker', 'kirsten_johnson', 'stage', 'science_fiction', 'death']
    """
    return clean_folded(join_people(fold(text), map(fold, people)))


def clean_folded(folded: str) -> list[str]:
    """Tokens of a text that went through `fold` (and `join_people`) already."""
    return _cleaner().clean(folded)


def name_token(name: str) -> str:
    """One token for a name of any number of words; empty when no letter or digit is in it.

    >>> name_token("Conan O'Brien"), name_token("TV-MA"), name_token("Béla Tarr")
    ('conan_obrien', 'tv_ma', 'bela_tarr')
    """
    return "_".join(re.findall(r"[^\W_]+", fold(name).replace("'", "")))


def genre_tokens(label: str) -> list[str]:
    """Tokens of one `listed_in` label: one per genre it names, without the medium.

    >>> genre_tokens("TV Sci-Fi & Fantasy"), genre_tokens("Stand-Up Comedy & Talk Shows")
    (['science_fiction', 'fantasy'], ['stand_up_comedy', 'talk_show'])
    >>> genre_tokens("International TV Shows"), genre_tokens("International Movies")
    (['international'], ['international'])
    """
    tokens = (_genre_token(part) for part in _GENRE_SEPARATOR.split(fold(label)))
    return [token for token in tokens if token]


def _genre_token(part: str) -> str:
    if part in _GENRES:
        return _GENRES[part]
    words = [word for word in part.split() if word not in _MEDIUM]
    if not words:  # "Movies" and "TV Shows" name no genre
        return ""
    named = _GENRES.get(" ".join(words))
    if named:
        return named
    singular = _cleaner().lemmas[words[-1]] if words[-1].isalpha() else words[-1]
    return name_token(" ".join([*words[:-1], singular]))
