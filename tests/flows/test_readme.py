"""What the README shows is run, block after block, as a reader would."""

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
#: Run by whoever reads this, and by tests/live.
ELSEWHERE = ("make test", "make server", "make deploy", "make worker")


def steps() -> list[tuple[str, str]]:
    """Language and content: a command of a shell block, or a whole block of Python."""
    found: list[tuple[str, str]] = []
    for language, text in re.findall(r"^```(bash|python)\n(.*?)^```$", README, flags=re.M | re.S):
        if language == "python":
            found.append((language, text))
            continue
        lines = text.replace("\\\n", " ").splitlines()
        found += [("bash", line) for line in lines if line.strip() and not line.startswith("#")]
    return found


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


def test_every_block_of_the_readme_works_as_it_stands(folder: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PREFECT_API_URL": str(get_current_settings().api.url or ""),
    }
    shown = steps()
    assert sum(language == "bash" for language, _ in shown) >= 10
    assert sum(language == "python" for language, _ in shown) == 2
    for language, text in shown:
        if text.startswith(ELSEWHERE):
            continue
        command = [sys.executable, "-c", text] if language == "python" else runnable(text)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        assert done.stdout.strip() or language == "python", text
