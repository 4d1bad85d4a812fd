"""Names of flow runs and task runs: short, and without what may be secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from reelhouse.uris import public_uri
from tasks.markdown import one_line

_MOST = 80


def short_name(uri: str) -> str:
    """The last part of a path or URI."""
    shown = public_uri(uri).partition("::")[0]
    name = one_line(PurePosixPath(shown.partition("://")[2] or shown).name) or "/"
    return name if len(name) <= _MOST else name[: _MOST - 3] + "..."


def named(name: Callable[[Mapping[str, Any]], str]) -> Any:
    """Let a function of a task's parameters name its runs.

    Prefect asks for a protocol with a method that no function has.
    """
    return lambda parameters: name(parameters)


def counted(number: int, one: str) -> str:
    """A number and its noun."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def ranges(n: int, most: int) -> list[range]:
    """Cut 0 to n into at most so many ranges, all of one length but for the last."""
    step = max(1, -(-n // most))
    return [range(start, min(start + step, n)) for start in range(0, n, step)]


def numbered(one: str, some: range, n: int) -> str:
    """Say which of n things a range is."""
    if len(some) == 1:
        return f"{one} {some.start + 1:,} of {n:,}"
    return f"{one}s {some.start + 1:,} to {some.stop:,} of {n:,}"
