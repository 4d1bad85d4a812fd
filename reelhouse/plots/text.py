"""Text from data, made fit to be drawn: one line, no surprises, short enough."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

Weight: TypeAlias = Literal["normal", "bold"]

#: Ships with matplotlib, so that a picture looks the same everywhere.
FONT = "DejaVu Sans"
#: Stands for a character that the font lacks.
MISSING = "□"
#: Size at which widths are measured, in points.
_EM = 100
#: Drawn letters stand on whole pixels, which can add up.
_HINTED = 1.03


def clean(text: str) -> str:
    """Take out what cannot be drawn in one line.

    Control and format characters become spaces (a zero-width one nothing), runs of white space one
    space, and a character that the font lacks becomes a box.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        if kind in ("Cf", "Mn", "Me", "Cs"):
            continue
        if kind.startswith(("C", "Z")):
            kept.append(" ")
        else:
            kept.append(character if ord(character) in _glyphs() else MISSING)
    return " ".join("".join(kept).split())


def width(text: str, points: float, weight: Weight = "normal") -> float:
    """Width of a cleaned text in inches."""
    return sum(_advance(character, weight) for character in text) * _HINTED * points / 72


def longest(texts: Iterable[str], points: float) -> float:
    """Width of the widest of some cleaned texts in inches."""
    return max((width(text, points) for text in texts), default=0.0)


def wrap(text: str, inches: float, points: float) -> list[str]:
    """Clean a text and break it into lines, between words, that are at most so wide."""
    lines: list[str] = []
    for word in clean(text).split():
        if lines and width(f"{lines[-1]} {word}", points) <= inches:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def fit(text: str, inches: float, points: float, weight: Weight = "normal") -> str:
    """Clean a text and cut it to a width, an ellipsis for what is gone."""
    cleaned = clean(text)
    if width(cleaned, points, weight) <= inches:
        return cleaned
    while cleaned and width(cleaned + "…", points, weight) > inches:
        cleaned = cleaned[:-1]
    return cleaned.rstrip(" ,.:;-(") + "…"


@lru_cache(maxsize=2)
def _font(weight: Weight) -> FT2Font:
    """A font of our own: matplotlib's is shared and has the size of the last text drawn."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    font = FT2Font(findfont(FontProperties(family=[FONT], weight=weight)))
    font.set_size(_EM, 72)
    return font


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    """Code points that the font can draw, in both weights."""
    return frozenset(_font("normal").get_charmap()) & frozenset(_font("bold").get_charmap())


@lru_cache(maxsize=4096)
def _advance(character: str, weight: Weight) -> float:
    """Width of a character over the font's size."""
    from matplotlib.ft2font import LoadFlags

    glyph = _font(weight).load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / _EM
