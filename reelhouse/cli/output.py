"""Printing for people and for machines; what comes from data is shown as it stands."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from io import StringIO
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

# Control characters, and those that change the direction of text around them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_ESCAPED_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
# Wide enough that no line of a pipe is folded.
_PIPE_WIDTH = 10_000


def plain(value: Any) -> str:
    """Text of a value without control characters; line breaks become spaces."""
    return "" if value is None else _CONTROL.sub(" ", str(value)).strip()


def one_line(message: str) -> str:
    r"""Bring a message to one line.

    >>> one_line("a\n  b")
    'a b'
    """
    return " ".join(plain(message).split())


def width() -> int:
    """Columns to print on: those of the terminal, COLUMNS, or very many in a pipe."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):  # a pipe, a file, or what tests put in place
        return _PIPE_WIDTH


def print_text(*parts: RenderableType) -> None:
    """Print texts and tables one below the other; no colours and no padding in a pipe."""
    target = sys.stdout if sys.stdout.isatty() else StringIO()
    console = _console(target)
    for part in parts:
        console.print(part)
    if isinstance(target, StringIO):
        lines = (line.rstrip() for line in target.getvalue().splitlines())
        typer.echo("\n".join(lines))


def print_json(value: Any) -> None:
    """Print one JSON document; NaN and infinity become null."""
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False, default=str)
    typer.echo(_ESCAPED_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def working(text: str) -> AbstractContextManager[object]:
    """Show on a terminal's stderr that work goes on, until it is done."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(plain(text))


def heading(text: str) -> RenderableType:
    """Return a line in bold."""
    from rich.text import Text

    return Text(plain(text), style="bold")


def line(text: str) -> RenderableType:
    """Return a line that is folded at words; markup in it is shown, not obeyed."""
    from rich.text import Text

    return Text(plain(text))


def indented(text: str, by: int = 2) -> RenderableType:
    """Return a line with an indent that its folded rest keeps."""
    from rich.padding import Padding

    return Padding(line(text), (0, 0, 0, by), expand=False)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    indent: int = 0,
) -> RenderableType:
    """Lay out rows in columns; cells are folded, never cut.

    Parameters
    ----------
    columns
        Headers.
    rows
        Cells; numbers are grouped by thousands.
    right
        Columns that are flush right.
    whole
        Columns whose cells are never folded, such as numbers and names of runs.
    indent
        Spaces before each line.
    """
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    laid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        laid.add_column(
            Text(name),
            justify="right" if name in right else "left",
            no_wrap=name in whole or name in right,
            overflow="fold",
        )
    for row in rows:
        laid.add_row(*(Text(_cell(value)) for value in row))
    return Padding(laid, (0, 0, 0, indent), expand=False)


def when(moment: Any) -> str:
    """Minute of a UTC moment."""
    return f"{moment:%Y-%m-%d %H:%M}"


def work(title: Mapping[str, Any]) -> str:
    """Name a title so that it is not taken for another of the same name.

    >>> work({"title": "Dark", "type": "TV Show", "release_year": 2017})
    'Dark (TV Show, 2017)'
    """
    facts = [str(title[field]) for field in ("type", "release_year") if title[field] is not None]
    return f"{title['title']} ({', '.join(facts)})" if facts else str(title["title"])


def size(n_bytes: int) -> str:
    """Bytes for people.

    >>> size(512), size(1_422_475)
    ('512 B', '1.4 MB')
    """
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= power:
            return f"{n_bytes / power:.1f} {unit}"
    return f"{n_bytes} B"


def _console(target: Any) -> Console:
    from rich.console import Console

    return Console(file=target, width=width(), markup=False, emoji=False, highlight=False)


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else plain(value)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(held) for held in value]
    return None if isinstance(value, float) and value - value != 0 else value
