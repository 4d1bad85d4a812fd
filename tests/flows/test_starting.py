"""A command starts fast: what it imports, and the server that it brings along."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from flows.nightly import nightly
from flows.temporary_server import TemporaryServer
from reelhouse.catalogue.settings import NightlySettings
from reelhouse.errors import ReelhouseError

ROOT = Path(__file__).resolve().parents[2]

#: What takes long to import, and what a run that finds nothing new has no use for. The last is
#: Prefect's server, which belongs into a process of its own.
NOT_NEEDED = {
    "great_expectations", "matplotlib", "dask", "distributed", "numba", "llvmlite", "sklearn",
    "scipy", "prefect.server.api.server",
}  # fmt: skip

#: Runs `python -m flows ARGUMENTS`, then writes what was imported.
COMMAND = """
import json, sys
from flows.__main__ import app
try:
    app()
finally:
    json.dump(sorted(sys.modules), sys.stderr)
"""


def without_a_server(home: Path) -> dict[str, str]:
    """An environment that names no server; its database is below `home`."""
    kept = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    return kept | {"PREFECT_HOME": str(home)}


@pytest.fixture(scope="module")
def nothing_new(
    published: Path, night: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A night over the snapshot of the night before, without a server; and Prefect's home."""
    folder = tmp_path_factory.mktemp("nothing-new")
    store = str(shutil.copytree(published, folder / "store"))
    assert nightly(NightlySettings(titles=str(night), store=store)).published
    arguments = ["nightly", "--titles", str(night), "--store", store, "--json", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=ROOT,
        env=without_a_server(folder / "home"),
        capture_output=True,
        text=True,
        check=True,
    )
    return done, folder / "home"


def test_a_night_with_nothing_to_do_imports_nothing_that_computes(
    nothing_new: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = nothing_new
    outcome = json.loads(done.stdout)
    assert (outcome["version"], outcome["published"]) == (2, False)
    assert NOT_NEEDED & set(json.loads(done.stderr)) == set()


def test_a_run_without_a_server_is_in_the_database_afterwards(
    nothing_new: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, home = nothing_new
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        flow_runs = database.execute("SELECT state_type FROM flow_run").fetchall()
        task_runs = database.execute("SELECT state_type FROM task_run").fetchall()
    assert flow_runs == [("COMPLETED",)]
    # Finding the last version and reading the snapshot.
    assert task_runs == [("COMPLETED",)] * 2


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_temporary_server_answers_and_is_gone_when_it_is_stopped(home: Path) -> None:
    known = set(psutil.Process().children())
    server = TemporaryServer()
    (process,) = set(psutil.Process().children()) - known
    try:
        server.wait(120)
    finally:
        server.stop()
    assert not process.is_running()
    with pytest.raises(ReelhouseError, match="did not come up"):
        server.wait(1)


def test_the_temporary_server_goes_with_a_killed_command(home: Path) -> None:
    command = (
        "import psutil, sys, time\n"
        "from flows.temporary_server import TemporaryServer\n"
        "TemporaryServer().wait(120)\n"
        "print(*[child.pid for child in psutil.Process().children()], flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        server = psutil.Process(int(process.stdout.readline()))
        process.send_signal(signal.SIGKILL)
    # Five seconds at most, and time to spare for a busy machine.
    server.wait(60)


def test_a_server_that_cannot_start_is_said_in_one_line(home: Path, tmp_path: Path) -> None:
    nowhere = f"sqlite+aiosqlite:///{tmp_path}/no-folder/prefect.db"
    done = subprocess.run(
        [sys.executable, "-m", "flows", "housekeeping", "--store", str(tmp_path)],
        cwd=ROOT,
        env=without_a_server(home) | {"PREFECT_SERVER_DATABASE_CONNECTION_URL": nowhere},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: the temporary Prefect server did not come up")


def test_an_interrupted_run_is_recorded_as_crashed(
    nothing_new: tuple[subprocess.CompletedProcess[str], Path], evening: Path, tmp_path: Path
) -> None:
    home = shutil.copytree(nothing_new[1], tmp_path / "home")

    def refits() -> list[tuple[str]]:
        with closing(sqlite3.connect(home / "prefect.db")) as database:
            return database.execute(
                "SELECT flow_run.state_type FROM flow_run JOIN flow ON flow.id = flow_id "
                "WHERE flow.name = 'catalogue'"
            ).fetchall()

    given = ["--titles", str(evening), "--store", str(tmp_path / "store"), "--quiet"]
    # As from a terminal: the signal is not ignored, as below a script that runs in the background,
    # and goes to the whole group of the command.
    start = ["env", "--default-signal=INT", sys.executable]
    command = [*start, "-m", "flows", "catalogue", *given]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=without_a_server(home),
        process_group=0,
    ) as process:
        while refits() != [("RUNNING",)]:
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
    assert process.returncode == 130
    assert refits() == [("CRASHED",)]
