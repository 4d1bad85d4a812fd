"""An environment that holds the wheel and what it requires, and nothing else of this one."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
#: Nothing but the standard library and PYTHONPATH: no site-packages, no current folder.
ISOLATED = (sys.executable, "-S", "-P")


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built without a package index."""
    command = ["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([sys.executable, *command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("reelhouse-*.whl")
    return wheel


def wheel_environment(wheel: Path, folder: Path) -> dict[str, str]:
    """Environment variables for an interpreter that finds the wheel and its requirements alone.

    The requirements are links to the distributions of the environment that runs this.
    """
    unpacked, linked = folder / "wheel", folder / "required"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    _link_required(unpacked, linked)
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": f"{unpacked}{os.pathsep}{linked}", "HOME": str(folder)}


def install_wheel(wheel: Path, folder: Path) -> Path:
    """Install the wheel in a new environment that holds what it requires and nothing else.

    Returns
    -------
    Path
        Folder of the environment's programs. The requirements are links, as above.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    install = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True)
    (installed,) = folder.glob("lib/python*/site-packages")
    _link_required(installed, folder / "required")
    (installed / "required.pth").write_text(f"{folder / 'required'}\n", encoding="utf-8")
    return python.parent


def _link_required(holder: Path, linked: Path) -> None:
    """Link what a distribution requires; its metadata lie in the folder `holder`."""
    linked.mkdir()
    (metadata,) = holder.glob("reelhouse-*.dist-info")
    for required in _closure(PathDistribution(metadata)):
        _link(required, linked)


def _closure(start: Distribution) -> Iterator[Distribution]:
    """What a distribution requires, and what that requires; extras only where one is named."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting: list[tuple[Distribution, frozenset[str]]] = [(start, frozenset())]
    while waiting:
        holder, extras = waiting.pop()
        for text in holder.requires or ():
            wanted = Requirement(text)
            named = frozenset(wanted.extras)
            if (wanted.name, named) in seen or not _applies(wanted, extras):
                continue
            seen.add((wanted.name, named))
            found = distribution(wanted.name)
            waiting.append((found, named))
            yield found


def _applies(wanted: Requirement, extras: frozenset[str]) -> bool:
    marker = wanted.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def _link(required: Distribution, folder: Path) -> None:
    for name in {file.parts[0] for file in required.files or ()} - {"..", "__pycache__"}:
        if not (folder / name).exists():
            (folder / name).symlink_to(Path(str(required.locate_file(name))))
