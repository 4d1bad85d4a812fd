"""What all explorer pages share: the frame with its tabs, and the files that it loads."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from reelhouse.storage.manifest import RunManifest

REPORT = "report"
INDEX = "index.html"
DATA = "data"
#: Scripts that every page loads before those of its collection.
_FIRST = ("colours", "charts", "lists")
#: And the one that draws the part that the address names; the page's last script starts it.
_ROUTER = "router"


@dataclass(frozen=True)
class Tab:
    """A part of a page that has a tab.

    Attributes
    ----------
    section : str
        What the scripts call it.
    name : str
        What readers call it.
    home : bool
        Whether the page begins with it.
    """

    section: str
    name: str
    home: bool = False

    @property
    def address(self) -> str:
        """What stands after the page's address."""
        return "#/" if self.home else f"#/{self.section}"


@dataclass(frozen=True)
class Shell:
    """The frame of a page.

    Attributes
    ----------
    tabs : sequence of Tab
    scripts : sequence of str
        Names of the scripts of the collection, in the order in which they run.
    search : str or None
        What the empty field of the search says; None for a page without one.
    without_scripts : str
        What a reader without JavaScript can do instead.
    """

    tabs: Sequence[Tab]
    scripts: Sequence[str]
    search: str | None
    without_scripts: str

    @property
    def all_scripts(self) -> list[str]:
        """Every script but the first, which the page loads before it is drawn."""
        return [*_FIRST, *(["search"] if self.search else []), _ROUTER, *self.scripts]


def fresh_report(folder: Path) -> Path:
    """Folder of the data of a staged run's page; what stood of an earlier page is removed."""
    shutil.rmtree(folder / REPORT, ignore_errors=True)
    return folder / REPORT / DATA


def write_shell(folder: Path, manifest: RunManifest, version: int, shell: Shell) -> Path:
    """Write `index.html` and what it loads beside the data; returns its path.

    Parameters
    ----------
    folder : Path
        The staged run.
    manifest : RunManifest
    version : int
        The number that the run will be published as.
    shell : Shell
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    with as_file(files("reelhouse.report") / "static") as static:
        shutil.copytree(static, folder / REPORT / "static", ignore=_left_out(shell))
    pages = Environment(
        loader=PackageLoader("reelhouse.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    index = folder / REPORT / INDEX
    content = pages.get_template("index.html.jinja").render(
        collection=manifest.collection,
        version=version,
        day=f"{manifest.created_at.day} {manifest.created_at:%B %Y}",
        shell=shell,
    )
    index.write_text(content, encoding="utf-8")
    return index


def _left_out(shell: Shell) -> Callable[[str, list[str]], list[str]]:
    """What not to copy: the scripts of other collections."""
    loaded = {f"{name}.js" for name in ("base", *shell.all_scripts)}

    def left_out(folder: str, names: list[str]) -> list[str]:
        if Path(folder).name != "static":
            return []
        return [name for name in names if name.endswith(".js") and name not in loaded]

    return left_out
