from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Imports run one way: deployments -> flows -> tasks -> reelhouse.
FORBIDDEN = {
    "reelhouse": {
        "prefect",
        "prefect_dask",
        "great_expectations",
        "tasks",
        "flows",
        "deployments",
        "pickle",
    },
    "tasks": {"flows", "deployments"},
    "flows": {"deployments"},
}


def imported(source: str) -> Iterator[str]:
    """Top-level names of all modules that a source imports, wherever in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("import_module", "importlib.import_module", "__import__")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value).partition(".")[0]


@pytest.mark.parametrize(
    "source",
    [
        "import prefect",
        "def f():\n    from prefect.tasks import Task",
        "import os, prefect.flows as p",
        "from importlib import import_module\nimport_module('prefect')",
    ],
)
def test_every_form_of_import_is_seen(source: str) -> None:
    assert "prefect" in set(imported(source))


@pytest.mark.parametrize("layer", sorted(FORBIDDEN))
def test_a_layer_imports_nothing_from_above_it(layer: str) -> None:
    files = sorted((ROOT / layer).rglob("*.py"))
    assert files
    for path in files:
        found = FORBIDDEN[layer] & set(imported(path.read_text(encoding="utf-8")))
        assert not found, f"{path.relative_to(ROOT)} imports {', '.join(sorted(found))}"


@pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is not installed")
@pytest.mark.parametrize("module", ["prefect", "great_expectations", "tasks", "flows", "pickle"])
def test_the_linter_refuses_the_import_inside_the_library_only(module: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for folder in ("reelhouse", "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file.py").write_text(f"import {module}\n\nprint({module})\n")

    def refused(folder: str) -> bool:
        command = [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--no-cache",
            "--select",
            "TID251",
            folder,
        ]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return "TID251" in found.stdout

    assert refused("reelhouse")
    assert not refused("tests")


def test_importing_the_library_does_not_import_what_only_the_flows_need() -> None:
    code = (
        "import pkgutil, importlib, sys, reelhouse\n"
        "for m in pkgutil.walk_packages(reelhouse.__path__, 'reelhouse.'):\n"
        "    if not m.name.endswith('__main__'):\n"
        "        try:\n"
        "            importlib.import_module(m.name)\n"
        "        except ModuleNotFoundError as error:\n"
        # The models on an extra that may be missing.
        "            if error.name not in ('torch', 'torch_geometric'):\n"
        "                raise\n"
        "print(sorted({'prefect', 'great_expectations', 'tasks', 'flows'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("module", ["reelhouse.models.registry", "reelhouse.models.training"])
def test_torch_is_imported_by_the_models_on_it_alone(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'torch_geometric'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
