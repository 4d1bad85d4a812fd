"""The wheel, installed alone: the command works, and programs find the types."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PathDistribution
from importlib.util import find_spec
from pathlib import Path

import pytest

import reelhouse
from tests.conftest import PublishRun
from tests.support.wheel import ROOT, install_wheel

PROGRAM = """\
from reelhouse.clustering import MiniBatchKMeans
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store

version = CommitLog(open_store("store"), "catalogue").head()
reveal_type(version)
reveal_type(MiniBatchKMeans(n_clusters=3))
open_store(3)
"""


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_wheel(wheel, tmp_path_factory.mktemp("alone") / "env")


def ran(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run without the paths that this process was given."""
    environment = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_the_library_and_says_that_it_is_typed(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    metadata = f"reelhouse-{reelhouse.__version__}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"reelhouse", metadata}
    assert "reelhouse/py.typed" in names


def test_the_version_stands_in_one_place(programs: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"] == {"path": "reelhouse/__init__.py"}
    (metadata,) = programs.parent.glob("lib/python*/site-packages/reelhouse-*.dist-info")
    assert PathDistribution(metadata).version == reelhouse.__version__


def test_the_installed_command_reads_a_store(
    programs: Path, publish_run: PublishRun, tmp_path: Path
) -> None:
    from reelhouse.storage.store import open_store

    publish_run(open_store(tmp_path / "store", create=True), "a")
    command = str(programs / "reelhouse")
    listed = ran([command, "versions", "--store", "store"], tmp_path)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert re.search(r"(?m)^\W*1\b", listed.stdout)
    shown = ran([command, "show", "--store", "store", "--json"], tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert '"flow": "test"' in shown.stdout


def test_nothing_of_the_flows_is_there(programs: Path, tmp_path: Path) -> None:
    code = (
        "from importlib.util import find_spec\n"
        "names = ('flows', 'tasks', 'prefect', 'great_expectations', 'torch')\n"
        "print([name for name in names if find_spec(name)])"
    )
    assert ran([str(programs / "python"), "-c", code], tmp_path).stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_a_program_finds_the_types(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--python-executable", str(programs / "python")]
    checked = ran([*command, "program.py"], tmp_path)
    assert 'Revealed type is "reelhouse.storage.version.Version | None"' in checked.stdout
    assert "reelhouse.clustering.minibatch.MiniBatchKMeans" in checked.stdout
    errors = [line for line in checked.stdout.splitlines() if ": error: " in line]
    assert len(errors) == 1, checked.stdout
    assert 'program.py:8: error: Argument 1 to "open_store"' in errors[0]
