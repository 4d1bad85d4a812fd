from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reelhouse.runs.code import code_digest
from reelhouse.runs.record import Run, name_run
from reelhouse.storage.manifest import InputEntry


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "here" / "tasks"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("x = 1\n")
    (folder / "data.toml").write_text("y = 2\n")
    return folder


def fresh(package: Path) -> str:
    code_digest.cache_clear()
    return code_digest(package)


@pytest.mark.parametrize(
    "edit",
    [
        lambda folder: (folder / "a.py").write_text("x = 2\n"),
        lambda folder: (folder / "data.toml").write_text("y = 3\n"),
        lambda folder: (folder / "a.py").rename(folder / "b.py"),
        lambda folder: (folder / "new.py").touch(),
    ],
    ids=["changed", "data", "renamed", "added"],
)
def test_a_change_of_the_code_changes_its_digest(
    package: Path, edit: Callable[[Path], object]
) -> None:
    before = fresh(package)
    edit(package)
    assert fresh(package) != before


def test_what_is_no_source_does_not_count_nor_does_the_place(package: Path, tmp_path: Path) -> None:
    before = fresh(package)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "a.py").touch()
    (package / "a.py~").touch()
    assert fresh(package) == before
    moved = shutil.copytree(package, tmp_path / "there" / "tasks")
    assert fresh(moved) == before


def test_the_digest_is_taken_once(package: Path) -> None:
    before = fresh(package)
    (package / "a.py").write_text("x = 2\n")
    assert code_digest(package) == before


def named(**other: object) -> Run:
    entry = InputEntry(name="titles", uri="x", sha256="0" * 64, size=1, rows=1)
    arguments = {"seed": 0, "rules": {"titles": "r"}, "code": "c", "fitted_key": "f"} | other
    return name_run("nightly", {"k": 1}, [entry], **arguments)


def test_the_same_inputs_settings_rules_and_code_have_the_same_key() -> None:
    assert named().key == named().key
    assert named().run_id != named().run_id


@pytest.mark.parametrize("other", [{"code": "d"}, {"rules": {"titles": "s"}}, {"fitted_key": None}])
def test_other_code_rules_or_model_have_another_key(other: dict[str, object]) -> None:
    assert named(**other).key != named().key
