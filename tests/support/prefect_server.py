"""A real Prefect server on loopback, workers for it, and waiting for what they do.

They are started by the project's own make targets and stopped by their process ids. The server's
database is its own; nothing of the machine's Prefect is read or written.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import psutil
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from tests.support.gateway import free_port

T = TypeVar("T")

#: Long enough for a busy machine; a test that succeeds never waits as long.
PATIENCE = 600.0
_LINES_SHOWN = 40

#: What would be waited for minutes by default.
_BRISK = {
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "2",
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_SCHEDULER_DEPLOYMENT_BATCH_SIZE": "100",
    "PREFECT_WORKER_QUERY_SECONDS": "2",
}


class Make:
    """`make TARGET` in a checkout, with the Python of these tests in place of .venv.

    Parameters
    ----------
    checkout
        Where it runs. Modules are taken from there, wherever the environment has them installed.
    home
        Folder of Prefect's own files; logs stand beside it.
    """

    def __init__(self, checkout: Path, home: Path, port: int) -> None:
        self.checkout = checkout
        self.home = home
        self.port = port

    def command(self, target: str, **variables: str) -> list[str]:
        """The command; `--old-file` keeps make from installing into the tests' environment."""
        given = [f"{name}={value}" for name, value in variables.items()]
        stamp = f"{sys.prefix}/.installed"
        return [
            *("make", "--no-print-directory", f"--old-file={stamp}", f"VENV={sys.prefix}"),
            *(target, f"PORT={self.port}", *given),
        ]

    def environment(self) -> dict[str, str]:
        """This process's, without what the tests have told Prefect."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "REELHOUSE_"))}
        mine = {"PREFECT_HOME": str(self.home), "PYTHONPATH": str(self.checkout)}
        # Also where a deployment is made: it must not end up in there.
        mine["REELHOUSE_CHECKOUT"] = str(self.checkout)
        return kept | _BRISK | mine

    def run(self, target: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            self.command(target, **variables),
            cwd=self.checkout,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def start(self, target: str, log: Path) -> Running:
        """Run in the background."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                self.command(target),
                cwd=self.checkout,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return Running(process, log)


class Running:
    """A command in the background and all the processes that it has started."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self.log = log

    def kill(self) -> None:
        """kill -9 of all of them."""
        for process in self._all():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask them to stop, as Ctrl-C would; kill what stays."""
        everyone = self._all()
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        _, alive = psutil.wait_procs(everyone, timeout=20)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()

    def tail(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LINES_SHOWN:])

    def _all(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            mine = psutil.Process(self._process.pid)
            return [mine, *mine.children(recursive=True)]
        return []


class Platform:
    """Server and worker of one checkout; use as a context.

    Attributes
    ----------
    make
        Runs the make targets.
    client
        Speaks to the server.
    """

    def __init__(self, checkout: Path, folder: Path) -> None:
        port = free_port()
        self.make = Make(checkout, folder / "prefect-home", port)
        self.address = f"http://127.0.0.1:{port}/api"
        self._folder = folder
        self._server: Running | None = None
        self._worker: Running | None = None

    def __enter__(self) -> Platform:
        self._server = self.make.start("server", self._folder / "server.log")
        try:
            self.wait("the server answers", self._answers)
        except BaseException:
            self._server.stop()
            raise
        # Not by the settings: those of this process may belong to another server.
        self.client = SyncPrefectClient(self.address)
        self.client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.__exit__(None, None, None)
        for running in (self._worker, self._server):
            if running is not None:
                running.stop()

    def deploy(self, **variables: str) -> None:
        """`make deploy`."""
        done = self.make.run("deploy", **variables)
        assert done.returncode == 0, done.stdout + done.stderr

    def start_worker(self) -> None:
        """`make worker`."""
        self._worker = self.make.start("worker", self._folder / "worker.log")

    def kill_worker(self) -> None:
        """kill -9 of the worker and of the runs that it has started."""
        assert self._worker is not None
        self._worker.kill()

    def start_run(self, deployment: str, **settings: Any) -> UUID:
        """Start a run; settings take the place of those of the deployment."""
        found = self.client.read_deployment_by_name(deployment)
        parameters = {"settings": found.parameters["settings"] | settings}
        return self.client.create_flow_run_from_deployment(found.id, parameters=parameters).id

    def schedule(self, deployment: str, cron: str, **settings: Any) -> None:
        """Change the only schedule of a deployment, as one does in the UI, and its settings."""
        found = self.client.read_deployment_by_name(deployment)
        (schedule,) = found.schedules
        own = {"settings": found.parameters["settings"] | settings} if settings else {}
        self.client.request(
            "PATCH",
            "/deployments/{id}/schedules/{schedule_id}",
            path_params={"id": found.id, "schedule_id": schedule.id},
            json={"schedule": {"cron": cron, "timezone": "UTC"}, "parameters": own},
        )

    def runs(self, deployment: str) -> list[FlowRun]:
        """All runs of a deployment, the newest first."""
        name = DeploymentFilterName(any_=[deployment.partition("/")[2]])
        return self.client.read_flow_runs(
            deployment_filter=DeploymentFilter(name=name),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        )

    def state_names(self, run: UUID) -> list[str]:
        """Names of all the states that a run has been in, the oldest first."""
        states = self.client.read_flow_run_states(run)
        return [str(state.name) for state in sorted(states, key=lambda s: s.timestamp)]

    def await_tasks(self, run: UUID) -> None:
        """Wait until a run has begun a task."""
        of_run = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[run]))
        self.wait("a task is begun", lambda: self.client.read_task_runs(task_run_filter=of_run))

    def await_end(self, *runs: UUID) -> list[FlowRun]:
        """Wait until the runs have completed or failed; a crashed one may be run again."""

        def over() -> list[FlowRun] | None:
            found = [self.client.read_flow_run(run) for run in runs]
            settled = ("COMPLETED", "FAILED", "CANCELLED")
            ended = [run.state and run.state.type.value in settled for run in found]
            return found if all(ended) else None

        return self.wait("the runs end", over, runs)

    def await_completed(self, run: UUID) -> FlowRun:
        """Wait until a run has completed."""
        (ended,) = self.await_end(run)
        assert ended.state is not None
        assert ended.state.is_completed(), f"{ended.state!r}\n{self._account((run,))}"
        return ended

    def wait(self, what: str, look: Callable[[], T | None], runs: tuple[UUID, ...] = ()) -> T:
        """Look again and again until there is something; fail with the logs after the deadline."""
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not in {PATIENCE:.0f} s: {what}\n{self._account(runs)}")
            time.sleep(0.2)
        return found

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.address}/health", timeout=5).is_success
        return False

    def _account(self, runs: tuple[UUID, ...]) -> str:
        parts = [f"states of {run}: {self.state_names(run)}" for run in runs]
        for running in (self._server, self._worker):
            if running is not None:
                parts += [f"--- {running.log.name}", running.tail()]
        return "\n".join(parts)


def overlap(runs: list[FlowRun]) -> bool:
    """Whether two of the runs were under way at the same moment."""
    spans = sorted((run.start_time, run.end_time) for run in runs if run.start_time)
    assert len(spans) == len(runs)
    return any(end is None or end > start for (_, end), (start, _) in itertools.pairwise(spans))
