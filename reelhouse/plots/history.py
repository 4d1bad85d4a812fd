"""Figures of the last versions as small lines, one panel for each, as SVG.

A run draws them on its way out: matplotlib would take a second to import for four lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 420, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 34, 30
_COLUMNS = 2
_INK, _PALE, _LINE, _LIMIT = "#222222", "#d9d9d9", "#0072b2", "#d55e00"
#: Most numbers of versions below a panel: more would run into each other.
_MOST_TICKS = 8


@dataclass(frozen=True)
class Series:
    """One figure over the versions.

    Attributes
    ----------
    title : str
    values : sequence of float or None
        One for each version; None where there is none, which breaks the line.
    limit : float or None
        Drawn as a dashed line; points above it are filled in its colour.
    """

    title: str
    values: Sequence[float | None]
    limit: float | None


def history_svg(versions: Sequence[int], series: Sequence[Series]) -> str:
    """Draw one panel for each series, two in a row.

    Parameters
    ----------
    versions : sequence of int
        What the values belong to, from left to right.
    series : sequence of Series

    Returns
    -------
    str
        An SVG document that loads nothing.
    """
    rows = -(-len(series) // _COLUMNS)
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT
    panels = [
        f'<g transform="translate({number % _COLUMNS * _WIDTH},{number // _COLUMNS * _HEIGHT})">'
        f"{_panel(versions, one)}</g>"
        for number, one in enumerate(series)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="{_INK}">'
        f'<rect width="{width}" height="{height}" fill="white"/>{"".join(panels)}</svg>'
    )


def _panel(versions: Sequence[int], one: Series) -> str:
    known = [value for value in one.values if value is not None]
    top = round_above(1.1 * max([*known, one.limit or 0.0, 1e-3]))
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(versions) - 1, 1)
    points = [
        None if value is None else (_LEFT + step * at, _at(value, top))
        for at, value in enumerate(one.values)
    ]
    return "".join(
        [
            f'<text x="{_LEFT}" y="20" font-weight="bold">{escape(one.title)}</text>',
            _grid(top),
            _ticks(versions, step),
            *_lines(points),
            *(
                _point(*point, above=one.limit is not None and value > one.limit)
                for point, value in zip(points, one.values, strict=True)
                if point is not None and value is not None
            ),
            _limit(one.limit, top),
        ]
    )


def round_above(value: float) -> float:
    """Give the next number above a positive one that half of it is easily read of, too.

    >>> [round_above(value) for value in (0.17, 0.4, 1.1, 30.0)]
    [0.2, 0.4, 1.2, 30.0]
    """
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)
    return next(round(step * power, 12) for step in steps if step * power >= value * (1 - 1e-9))


def _at(value: float, top: float) -> float:
    """Height of a value in the panel; the growth of a cluster may be less than nothing."""
    inside = min(max(value / top, 0.0), 1.0)
    return _HEIGHT - _BOTTOM - inside * (_HEIGHT - _TOP - _BOTTOM)


def _grid(top: float) -> str:
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = _at(share * top, top)
        lines.append(
            f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{_PALE}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share * top:.2g}</text>'
        )
    return "".join(lines)


def _ticks(versions: Sequence[int], step: float) -> str:
    every = -(-len(versions) // _MOST_TICKS)
    # Counted from the last version, which people look for.
    shown = range(len(versions) - 1, -1, -every) if versions else range(0)
    return f'<text x="4" y="{_HEIGHT - 10}">version</text>' + "".join(
        f'<text x="{_LEFT + step * at:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">'
        f"{versions[at]}</text>"
        for at in shown
    )


def _limit(limit: float | None, top: float) -> str:
    if limit is None:
        return ""
    y = _at(limit, top)
    return (
        f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{_LIMIT}" stroke-dasharray="5 4"/>'
        f'<text x="{_WIDTH - _RIGHT}" y="{y - 4:.1f}" text-anchor="end" fill="{_LIMIT}" '
        # A rim of white keeps it readable where a line passes.
        f'stroke="white" stroke-width="3" paint-order="stroke">'
        f"limit {limit:g}</text>"
    )


def _lines(points: Sequence[tuple[float, float] | None]) -> list[str]:
    return [
        f'<path d="M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" '
        f'stroke="{_LINE}" stroke-width="2"/>'
        for a, b in pairwise(points)
        if a is not None and b is not None
    ]


def _point(x: float, y: float, *, above: bool) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_LIMIT if above else _LINE}"/>'
