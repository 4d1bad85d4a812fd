"""Text for the Prefect UI, which shows pages, descriptions and cells of tables as Markdown."""

from __future__ import annotations

import re
import string
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")


def one_line(text: str) -> str:
    """Text without line ends and control characters: every line end counts to Markdown."""
    return " ".join(_CONTROL.sub(" ", text).split())


def escaped(text: str) -> str:
    """Text as Markdown shows it, whatever it holds: no markup, no link, no cell of its own."""
    # Every ASCII sign of punctuation may be escaped.
    return _PUNCTUATION.sub(r"\\\g<0>", one_line(text))


def code(text: str) -> str:
    """Text as it is, in the type of code: for paths and commands that people copy."""
    line = one_line(text) or " "
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    space = " " if "`" in line else ""
    return f"{fence}{space}{line}{space}{fence}"


def cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a table artifact: its texts escaped, since the UI shows each cell as Markdown."""
    return {
        name: escaped(value) if isinstance(value, str) else value for name, value in row.items()
    }


def image(content: bytes, kind: str, text: str) -> str:
    """A picture that is part of the page.

    An image artifact would show the whole content once more, as the text of a link.
    """
    return f"![{escaped(text)}](data:image/{kind};base64,{b64encode(content).decode()})"
