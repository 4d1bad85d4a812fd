"""What Prefect adds to a night: whole commands, with and without a server, and the library alone.

Every measurement is of whole processes, from their start to their end: `python -m flows nightly`
with nothing to do and with new titles, and the same work by functions of the library
(`bench.overhead_runs`). They take turns, so that a busy moment meets all of them. Then a command's
time line, and what else is worth knowing: imports, the temporary server, heartbeats.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bench.inputs import ROOT, real_titles
from bench.processes import measure
from flows.environment import DEFAULTS
from reelhouse.errors import ReelhouseError
from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue, write_night

#: Seconds that a night with nothing to do may take, and that a flow may add to the library.
AT_MOST = {"running": 6, "none": 15}
ADDED_AT_MOST = 5
WORKS = ("nothing new", "new titles")
#: The size of the real files, where these are absent.
_SYNTHETIC, _SYNTHETIC_NEW = SyntheticSettings(n_titles=7_787), 1_032
_START_SECONDS = 120
_SHOWN_PACKAGES = 12


def run(repeats: int) -> Iterator[dict[str, Any]]:
    """Measure each way, `repeats` times after one run that does not count."""
    with tempfile.TemporaryDirectory() as name, _server(Path(name) / "server") as url:
        folder = Path(name)
        running, none = _environment(folder / "client", url), _environment(folder / "alone")
        bench = _Bench(folder, _files(folder), {"running": running, "none": none})
        first = bench.command("nothing new", "none")
        for work in WORKS:
            yield from bench.compared(work, repeats)
        yield {"name": "first run of all, which makes the database", "seconds": round(first, 2)}
        for server in AT_MOST:
            yield bench.time_line(server, repeats)
        yield bench.steps_of_library(repeats)
        yield bench.heartbeat(repeats)
        yield bench.temporary_server(repeats)
        yield bench.imports()


class _Bench:
    """Runs commands on copies of two prepared stores."""

    def __init__(
        self, folder: Path, files: tuple[str, str], environments: Mapping[str, dict[str, str]]
    ) -> None:
        evening, self._night = files
        self._environments = environments
        self._store = folder / "store"
        self._prepared = {work: folder / work for work in WORKS}
        fresh, settled = self._prepared["new titles"], self._prepared["nothing new"]
        self._flow("catalogue", evening, fresh)
        shutil.copytree(fresh, settled)
        self._flow("nightly", self._night, settled)

    def compared(self, work: str, repeats: int) -> Iterator[dict[str, Any]]:
        """Commands with and without a server, the library alone, and the differences."""
        found: dict[str, list[float]] = {"running": [], "none": [], "library": []}
        for _ in range(repeats):
            for server in AT_MOST:
                found[server].append(self.command(work, server))
            found["library"].append(self._timed(work, "library")[0])
        library = _figures(found["library"])
        yield {"name": f"{work}: the library alone", **library}
        for server in AT_MOST:
            figures = _figures(found[server])
            limit = {"at_most": AT_MOST[server]} if work == "nothing new" else {}
            yield {"name": f"{work}: nightly", "server": server, **figures, **limit}
            yield {
                "name": f"{work}: a flow adds",
                "server": server,
                "seconds": round(figures["seconds"] - library["seconds"], 2),
                "at_most": ADDED_AT_MOST,
            }

    def command(self, work: str, server: str) -> float:
        """Seconds of the whole command, as a user runs it."""
        self._reset(work)
        command = [sys.executable, "-m", "flows", *self._nightly()]
        measured = measure(command, cwd=ROOT, env=self._environments[server])
        published = json.loads(measured.stdout)["published"]
        if published != (work == "new titles"):
            raise ReelhouseError(f"{work}: the night says published={published}")
        return measured.seconds

    def time_line(self, server: str, repeats: int) -> dict[str, Any]:
        """Where a command with nothing to do spends its time."""
        runs = [self._timed("nothing new", "command", server=server)[1] for _ in range(repeats)]
        return {"name": "nothing new: where it goes", "server": server, "steps": _middle(runs)}

    def steps_of_library(self, repeats: int) -> dict[str, Any]:
        """The same for the library alone: reading, hashing, the digest of the code."""
        runs = [self._timed("nothing new", "library")[1] for _ in range(repeats)]
        return {"name": "nothing new: where the library's goes", "steps": _middle(runs)}

    def heartbeat(self, repeats: int) -> dict[str, Any]:
        """What waiting for the heartbeat's thread adds to a flow, which it does with a server."""
        ways: dict[tuple[str, ...], list[float]] = {(): [], ("--no-heartbeat",): []}
        for _ in range(repeats):
            for options, found in ways.items():
                steps = self._timed("nothing new", "command", *options, server="running")[1]
                found.append(steps["flow"])
        with_it, without = (float(np.median(found)) for found in ways.values())
        return {"name": "heartbeats add", "seconds": round(with_it - without, 2)}

    def temporary_server(self, repeats: int) -> dict[str, Any]:
        """A temporary server alone: a command starts it first and imports meanwhile."""
        runs = [self._timed("nothing new", "server")[1] for _ in range(repeats)]
        return {"name": "temporary server alone", "steps": _middle(runs)}

    def imports(self) -> dict[str, Any]:
        """Milliseconds of imports by top-level package, as Python counts them; one run."""
        self._reset("nothing new")
        command = [sys.executable, "-X", "importtime", "-m", "flows", *self._nightly()]
        lines = measure(command, cwd=ROOT, env=self._environments["running"]).stderr
        found: Counter[str] = Counter()
        for own, module in re.findall(r"(?m)^import time: +(\d+) \| +\d+ \| +(\S+)$", lines):
            found[module.partition(".")[0]] += int(own)
        shown = {name: round(own / 1000) for name, own in found.most_common(_SHOWN_PACKAGES)}
        return {
            "name": "nothing new: imports",
            "milliseconds": shown | {"others": round(found.total() / 1000) - sum(shown.values())},
        }

    def _timed(
        self, work: str, what: str, *options: str, server: str = "none"
    ) -> tuple[float, dict[str, float]]:
        """Seconds of a process of `bench.overhead_runs`, and of its steps."""
        arguments = {"library": [self._night, str(self._store)], "command": self._nightly()}
        given = [*options, *arguments.get(what, [])]
        self._reset(work)
        began = time.time()
        command = [sys.executable, "-m", "bench.overhead_runs", what, *given]
        measured = measure(command, cwd=ROOT, env=self._environments[server])
        line = json.loads(measured.stdout.splitlines()[-1])
        ended = began + measured.seconds
        steps = {"start Python": line["began"] - began} | line["steps"]
        return measured.seconds, steps | {"exit": ended - line["ended"]}

    def _reset(self, work: str) -> None:
        shutil.rmtree(self._store, ignore_errors=True)
        shutil.copytree(self._prepared[work], self._store)

    def _nightly(self) -> list[str]:
        files = ["--titles", self._night, "--store", str(self._store)]
        return ["nightly", *files, "--json", "--quiet"]

    def _flow(self, name: str, titles: str, store: Path) -> None:
        command = [sys.executable, "-m", "flows", name, "--titles", titles, "--store", str(store)]
        measure([*command, "--quiet"], cwd=ROOT, env=self._environments["running"])


def _files(folder: Path) -> tuple[str, str]:
    """The snapshots of the evening and of the night."""
    real = real_titles()
    if real is not None:
        first, second = (real / month / "netflix_titles.csv" for month in ("2021-01", "2021-09"))
        return str(first), str(second)
    first, second = folder / "evening.csv", folder / "night.csv"
    write_catalogue(first, _SYNTHETIC)
    write_night(second, _SYNTHETIC, n_new=_SYNTHETIC_NEW)
    return str(first), str(second)


def _figures(seconds: Sequence[float]) -> dict[str, Any]:
    return {
        "seconds": round(float(np.median(seconds)), 2),
        "all_seconds": [round(one, 2) for one in seconds],
    }


def _middle(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each step."""
    return {step: round(float(np.median([one[step] for one in runs])), 2) for step in runs[0]}


def _environment(home: Path, url: str | None = None) -> dict[str, str]:
    """The environment of a command: Prefect's folder, and a server or none."""
    kept = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    named = {} if url is None else {"PREFECT_API_URL": url}
    return DEFAULTS | kept | named | {"PREFECT_HOME": str(home)}


@contextmanager
def _server(home: Path) -> Iterator[str]:
    """A Prefect server on a free port of the loopback interface, with a database of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    url = f"http://127.0.0.1:{port}/api"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--port", port],
        env=_environment(home, url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{url}/health", process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise ReelhouseError(f"no Prefect server answers at {url} within {_START_SECONDS} s")
