"""Who imports whom: packages of the checkout, read from the sources."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

#: Folders whose packages are looked at, the topmost layer first.
LAYERS = ("flows", "tasks", "reelhouse")

Imports = dict[str, set[str]]


def package_imports(root: Path) -> Imports:
    """Read which package imports which, wherever in a file.

    Packages are `flows`, `tasks` and the modules and subpackages of `reelhouse`, by their own name.

    Parameters
    ----------
    root
        The checkout.
    """
    found: Imports = defaultdict(set)
    for layer in LAYERS:
        for path in sorted((root / layer).rglob("*.py")):
            package = _package(".".join(path.relative_to(root).with_suffix("").parts))
            if package is None:
                continue
            modules = set(imported_modules(path.read_text(encoding="utf-8")))
            found[package] |= {other for one in modules if (other := _package(one))} - {package}
    return dict(found)


def imported_modules(source: str) -> Iterator[str]:
    """Full names of what a source imports, wherever in the file.

    >>> list(imported_modules("from reelhouse import schema"))
    ['reelhouse.schema']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            whole = node.module in LAYERS
            yield from (
                f"{node.module}.{alias.name}" if whole else node.module for alias in node.names
            )


def _package(module: str) -> str | None:
    layer, _, rest = module.partition(".")
    if layer not in LAYERS:
        return None
    if layer != "reelhouse":
        return layer
    name = rest.partition(".")[0]
    # The package itself: its version, and what runs the command.
    return None if name.startswith("__") or not name else name


def in_order(imports: Imports) -> list[str]:
    """Order packages so that each stands above what it imports, by how much lies below.

    Those of equal depth stand by name; packages that import each other, next to each other.
    """
    below = {package: reached(package, imports) for package in imports}
    return sorted(imports, key=lambda one: (-len(below[one] | {one}), one))


def reached(start: str, imports: Imports) -> set[str]:
    """Packages that one imports, by way of others too; itself only where it is in a circle."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for other in imports.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen
