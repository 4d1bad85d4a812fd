"""What the README shows is run: its shell blocks in order, then its Python."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.M | re.S)


def commands() -> list[str]:
    lines = "\n".join(blocks("bash")).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def runnable(command: str) -> list[str]:
    """The command with this test's Python in place of .venv and make."""
    command = command.replace("make demo", ".venv/bin/python -m flows demo --store demo-store")
    words = shlex.split(command)
    if words[0] == ".venv/bin/reelhouse":
        return [sys.executable, "-m", "reelhouse", *words[1:]]
    assert words[0] == ".venv/bin/python", command
    return [sys.executable, *words[1:]]


@pytest.fixture(scope="module")
def folder(evening: Path, night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run: with the files that the README speaks of."""
    place = tmp_path_factory.mktemp("readme")
    (place / "netflix_titles.csv").write_bytes(evening.read_bytes())
    (place / "tonight.csv").write_bytes(night.read_bytes())
    return place


def test_every_command_of_the_readme_works_as_it_stands(folder: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PREFECT_API_URL": str(get_current_settings().api.url or ""),
    }
    shown = commands()
    assert len(shown) >= 10
    for command in shown:
        if command.startswith("make test"):
            continue
        done = subprocess.run(
            runnable(command), cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout.strip(), command


def test_the_python_of_the_readme_works_as_it_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    assert "cluster_id" in capsys.readouterr().out
