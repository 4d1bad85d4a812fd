"""The picture of the packages shows the imports, all of them and no other."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docs.imports import in_order, package_imports, reached
from docs.package_picture import package_picture

ROOT = Path(__file__).resolve().parents[3]
#: Packages that reach each other: a third such group is a mistake.
CIRCLES = [{"features", "matrix"}, {"compute", "runs", "settings", "storage", "workers"}]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A checkout of four packages: flows -> tasks -> high -> low."""
    files = {
        "flows/night.py": "from tasks.step import run",
        "tasks/step.py": "def run():\n    import reelhouse.high.part",
        "reelhouse/high/part.py": "from reelhouse import __version__, low\nimport os",
        "reelhouse/low.py": "",
    }
    for name, source in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    return tmp_path


def edges(picture: str) -> list[str]:
    return re.findall(r'data-edge="([^"]+)"', picture)


def square_of(picture: str, edge: str) -> str:
    (line,) = [line for line in picture.splitlines() if f'data-edge="{edge}"' in line]
    return line


def test_packages_are_found_with_what_they_import_wherever_in_a_file(small: Path) -> None:
    imports = package_imports(small)
    assert imports == {"flows": {"tasks"}, "tasks": {"high"}, "high": {"low"}, "low": set()}


def test_a_package_stands_above_what_it_imports(small: Path) -> None:
    assert in_order(package_imports(small)) == ["flows", "tasks", "high", "low"]


def test_a_square_stands_in_the_row_of_the_importer_and_the_column_of_the_imported(
    small: Path,
) -> None:
    picture = package_picture(small)
    assert edges(picture) == ["flows tasks", "tasks high", "high low"]
    # Of four packages `high` is the third and `low` the fourth; 3 is the space around a square.
    left, top, cell = 116, 150, 20
    assert f'x="{left + 3 * cell + 3}" y="{top + 2 * cell + 3}"' in square_of(picture, "high low")


def test_the_picture_shows_exactly_the_imports_of_this_checkout() -> None:
    held = (ROOT / "docs/images/packages.svg").read_text(encoding="utf-8")
    imports = package_imports(ROOT)
    assert len(imports) > 25
    assert sorted(edges(held)) == sorted(f"{a} {b}" for a, found in imports.items() for b in found)
    assert ET.fromstring(held).tag.endswith("svg")


def test_only_the_packages_that_are_named_import_in_a_circle() -> None:
    imports = package_imports(ROOT)
    below = {one: reached(one, imports) for one in imports}
    circles = [{b for b in imports if b in below[a] and a in below[b]} for a in sorted(imports)]
    found = {frozenset(circle) for circle in circles if circle}
    assert found == {frozenset(circle) for circle in CIRCLES}
