"""docs/images/packages.svg: a matrix of which package imports which."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from docs.imports import in_order, package_imports

_CELL = 20
_LEFT, _TOP, _EDGE = 116, 150, 12
# Its own background and both sets of colours: legible wherever it is shown.
_STYLE = """\
<style>
  .back { fill: #ffffff } .line { stroke: #dfe3e8 } .self { fill: #c4cbd3 }
  .down { fill: #1f6feb } .back-up { fill: #c2410c } text { fill: #1f2328 } .note { fill: #57606a }
  text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } .line { stroke: #2a313a } .self { fill: #4a525c }
    .down { fill: #58a6ff } .back-up { fill: #f0883e }
    text { fill: #e6edf3 } .note { fill: #9aa4af }
  }
</style>"""
_TITLE = "Which package imports which"
_NOTE = (
    "A square: the package of the row imports that of the column.",
    "Blue: from above to below. Orange: back up.",
)


def package_picture(root: Path) -> str:
    """Draw the imports between the packages of a checkout.

    Rows and columns are the packages, each above what it imports, so that a square left of the
    diagonal is an import that runs back up. A square's `data-edge` says "importer imported".
    """
    imports = package_imports(root)
    order = in_order(imports)
    size = _CELL * len(order)
    width, height = _LEFT + size + _EDGE, _TOP + size + _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{_TITLE}">',
        _STYLE,
        f'<rect class="back" width="{width}" height="{height}"/>',
        *_notes(),
        *_labels(order),
        *_grid(len(order)),
    ]
    at = {package: place for place, package in enumerate(order)}
    for row, importer in enumerate(order):
        below = sorted(imports[importer], key=at.__getitem__)
        parts += [_square(importer, imported, row, at[imported]) for imported in below]
    return "\n".join([*parts, "</svg>", ""])


def _notes() -> Iterator[str]:
    for line, text in enumerate(_NOTE):
        yield f'<text class="note" x="{_EDGE}" y="{24 + 16 * line}">{escape(text)}</text>'


def _labels(order: list[str]) -> Iterator[str]:
    for place, package in enumerate(order):
        middle = place * _CELL + _CELL // 2 + 4
        yield f'<text x="{_LEFT - 8}" y="{_TOP + middle}" text-anchor="end">{package}</text>'
        x, y = _LEFT + middle, _TOP - 8
        yield f'<text x="{x}" y="{y}" transform="rotate(-90 {x} {y})">{package}</text>'


def _grid(n: int) -> Iterator[str]:
    for place in range(n + 1):
        at = place * _CELL
        right, bottom = _LEFT + n * _CELL, _TOP + n * _CELL
        yield f'<line class="line" x1="{_LEFT}" y1="{_TOP + at}" x2="{right}" y2="{_TOP + at}"/>'
        yield f'<line class="line" x1="{_LEFT + at}" y1="{_TOP}" x2="{_LEFT + at}" y2="{bottom}"/>'
    for place in range(n):
        yield _rectangle("self", place, place, "/>")


def _square(importer: str, imported: str, row: int, column: int) -> str:
    kind = "down" if column > row else "back-up"
    told = f' data-edge="{importer} {imported}"><title>{importer} imports {imported}</title></rect>'
    return _rectangle(kind, row, column, told)


def _rectangle(kind: str, row: int, column: int, rest: str) -> str:
    x, y, side = _LEFT + column * _CELL + 3, _TOP + row * _CELL + 3, _CELL - 6
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{side}" height="{side}" rx="3"{rest}'
