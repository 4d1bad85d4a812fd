"""What docs/extending.md adds is added to a copy of the checkout, and works there."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from tests.support.documents import apply_blocks, code_blocks

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
COPIED = ("reelhouse", "tasks", "flows", "expectations", "tests/contracts", "tests/support")

Run = Callable[..., str]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with all that the document adds."""
    place = tmp_path_factory.mktemp("checkout")
    # With the compiled kernels beside them: those are found by the files' times.
    for name in COPIED:
        shutil.copytree(ROOT / name, place / name)
    for name in ("pyproject.toml", "conftest.py", "tests/conftest.py"):
        shutil.copy2(ROOT / name, place / name)
    assert len(apply_blocks(DOCUMENT, place)) == len(code_blocks(DOCUMENT)) > 10
    return place


@pytest.fixture(scope="module")
def run(checkout: Path) -> Run:
    """Run a module in the copy; returns what it printed."""
    environment = os.environ | {
        "PYTHONPATH": str(checkout),
        "PREFECT_API_URL": str(get_current_settings().api.url or ""),
    }

    def module(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=checkout, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return module


@pytest.fixture(scope="module")
def store(run: Run, evening: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A catalogue of the new source, kind of feature and expectation, with two bad rows."""
    folder = tmp_path_factory.mktemp("json")
    with evening.open(encoding="utf-8", newline="") as file:
        lines = [json.dumps(row) for row in csv.DictReader(file)]
    lines[3:3] = ['{"title": ', json.dumps(json.loads(lines[0]) | {"title": "#REF!"})]
    (folder / "titles.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ("--clusters", "4", "--features", "words", "--quiet")
    run("flows", "catalogue", "--titles", str(folder / "titles.jsonl"),
        "--store", str(folder / "store"), *options)  # fmt: skip
    return str(folder / "store")


def test_what_is_added_follows_the_rules_of_the_house(run: Run) -> None:
    first_lines = [text.partition("\n")[0] for _, text in code_blocks(DOCUMENT)]
    python = [line.removeprefix("# ").removeprefix("--- ") for line in first_lines]
    files = [name for name in python if name.endswith(".py")]
    run("ruff", "check", "--no-cache", *files)
    run("ruff", "format", "--check", "--no-cache", *files)


@pytest.mark.parametrize(
    ("suite", "added"),
    [
        ("feature", "TestWords"),
        ("recommender", "TestBorder"),
        ("rating_model", "damped-means"),
        ("registry", "damped-means"),
    ],
)
def test_the_contract_suite_passes_what_is_added(run: Run, suite: str, added: str) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", added)
    shown = run("pytest", *options, f"tests/contracts/test_{suite}_contract.py")
    (passed,) = re.findall(r"(\d+) passed", shown)
    assert int(passed) >= 3


def test_a_catalogue_is_read_from_the_new_source_and_clustered_by_the_new_features(
    store: str,
) -> None:
    version = CommitLog(open_store(store), "catalogue").head()
    assert version is not None
    assert version.read_table("titles").num_rows == 240
    fields = set(version.read_table("features")["field"].to_pylist())
    assert fields == {"description"}


def test_bad_rows_are_quarantined_by_the_new_source_and_the_new_expectation(store: str) -> None:
    version = CommitLog(open_store(store), "catalogue").head()
    assert version is not None
    found = {row["row"]: row["reason"] for row in version.read_table("quarantine").to_pylist()}
    assert set(found) == {4, 5}
    assert "a JSON object" in found[4]
    assert found[5] == "#REF! is an error of a spreadsheet, required: a title"


def test_the_new_recommender_is_a_strategy_of_the_command(run: Run, store: str) -> None:
    version = CommitLog(open_store(store), "catalogue").head()
    assert version is not None
    title_id = version.read_table("titles")["title_id"][0].as_py()
    asked = ("recommend", "--liked", title_id, "--strategy", "border", "--json", "--store", store)
    found = json.loads(run("reelhouse", *asked))
    assert found["strategy"] == "border"
    assert {one["source"] for one in found["recommendations"]} == {"border"}
