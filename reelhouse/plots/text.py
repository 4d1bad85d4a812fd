"""Text from data, made fit to be drawn: one line, no surprises, short enough."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: Ships with matplotlib, so that a picture looks the same everywhere.
FONT = "DejaVu Sans"
#: Stands for a character that the font lacks.
MISSING = "□"


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


def shorten(text: str, most: int) -> str:
    """Clean a text and cut it to at most `most` characters, an ellipsis for what is gone."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= most else cleaned[: most - 1].rstrip(" ,.:;-") + "…"


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    """Code points that the font can draw."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont(FONT)).get_charmap())
