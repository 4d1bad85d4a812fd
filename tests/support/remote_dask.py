"""A Dask scheduler and its workers as processes of their own, in an environment of their own."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

#: Longest that a process may take to come up on a busy machine.
_SECONDS = 60


class RemoteDask:
    """A scheduler and workers of one thread each, on free ports of the loopback interface.

    Parameters
    ----------
    python
        Interpreter and its options.
    folder
        Where they stand, and where their output goes.
    scheduler
        All environment variables that the scheduler has.
    workers
        The same of each worker.
    """

    def __init__(
        self,
        python: Sequence[str],
        folder: Path,
        scheduler: Mapping[str, str],
        workers: Sequence[Mapping[str, str]],
    ) -> None:
        self._python, self._folder = python, folder
        self._scheduler, self._workers = scheduler, workers
        self._processes: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def __enter__(self) -> RemoteDask:
        self._folder.mkdir(parents=True, exist_ok=True)
        found = self._folder / "scheduler.json"
        try:
            pages = ("--dashboard-address", "127.0.0.1:0")
            where = ("--scheduler-file", str(found))
            self._start(self._scheduler, "scheduler", "--port", "0", *pages, *where)
            self._wait_for("scheduler-0.log", "Scheduler at:")
            # The file is written after the line.
            self._wait_for(found.name, "address")
            for environment in self._workers:
                alone = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
                scratch = ("--local-directory", str(self._folder))
                self._start(environment, "worker", *where, *alone, *scratch)
            for number in range(1, len(self._processes)):
                self._wait_for(f"worker-{number}.log", "Registered to:")
            self.address = str(json.loads(found.read_text())["address"])
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def said(self) -> str:
        """What the processes have printed so far."""
        return "".join(path.read_text() for path in sorted(self._folder.glob("*.log")))

    def _start(self, environment: Mapping[str, str], kind: str, *options: str) -> None:
        command = [*self._python, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1"]
        with (self._folder / f"{kind}-{len(self._processes)}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    [*command, *options],
                    env=dict(environment),
                    cwd=self._folder,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    def _wait_for(self, log: str, line: str) -> None:
        end = time.monotonic() + _SECONDS
        path = self._folder / log
        while not path.exists() or line not in path.read_text():
            if time.monotonic() > end or any(one.poll() is not None for one in self._processes):
                raise RuntimeError(f"{log} does not say {line!r}: {self.said}")
            time.sleep(0.05)

    def _stop(self) -> None:
        # The scheduler last: a worker that leaves says so to it, and would wait for its answer.
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
