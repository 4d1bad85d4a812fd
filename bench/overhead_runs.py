"""What `bench overhead` runs in processes of their own, each with a time line.

    python -m bench.overhead_runs library TITLES STORE
    python -m bench.overhead_runs command [--no-heartbeat] nightly --titles TITLES --store STORE ...
    python -m bench.overhead_runs server

Each prints one JSON object: the seconds of each step, and when the first began and the last ended,
from which whoever started the process counts the start of Python and the exit.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelhouse.catalogue.check import CheckedRows
    from reelhouse.catalogue.identify import Identified
    from reelhouse.catalogue.night import Night
    from reelhouse.catalogue.settings import NightlySettings
    from reelhouse.catalogue.workspace import Workspace
    from reelhouse.runs.base import Base
    from reelhouse.runs.record import Run
    from reelhouse.sources import TitlesSnapshot
    from tasks.suites import SuiteRun

#: Suites that a night is judged by.
_SUITES = ("titles", "titles_snapshot", "assignments", "assignments_version")


class TimeLine:
    """Seconds of each step."""

    def __init__(self) -> None:
        self._began = self._last = time.time()
        self._seconds: dict[str, float] = {}

    def mark(self, step: str) -> None:
        """End a step here."""
        now = time.time()
        self._seconds[step] = now - self._last
        self._last = now

    def write(self) -> None:
        """Print the steps, their beginning and their end."""
        line = {"steps": self._seconds, "began": self._began, "ended": self._last}
        sys.stdout.write(json.dumps(line) + "\n")


def run_command(line: TimeLine, arguments: list[str], *, heartbeat: bool) -> None:
    """Run `python -m flows ARGUMENTS` with marks around what it imports and what it waits for."""
    from flows import __main__ as command

    run_flow = vars(command)["run_flow"]

    def timed(load: Callable[[], Callable[[], Any]], **named: Any) -> Any:
        line.mark("command line")

        def timed_load() -> Callable[[], Any]:
            line.mark("import prefect")
            call = load()
            line.mark("import the flow")
            return lambda: timed_call(call)

        def timed_call(call: Callable[[], Any]) -> Any:
            from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

            line.mark("wait for the server")
            off = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
            with nullcontext() if heartbeat else off:
                outcome = call()
            line.mark("flow")
            return outcome

        return run_flow(timed_load, **named)

    vars(command)["run_flow"] = timed
    command.app(arguments, standalone_mode=False)
    line.mark("print the outcome")
    line.write()


def run_library(line: TimeLine, titles: str, store: str) -> None:
    """The work of the flow `nightly` by functions of the library, without Prefect.

    Expectations are judged and documented as in the flow; that layer needs no Prefect for it.
    """
    from reelhouse.catalogue.base import COLLECTION
    from reelhouse.catalogue.record import start_run
    from reelhouse.catalogue.settings import NightlySettings, outcome_settings
    from reelhouse.catalogue.workspace import workspace
    from reelhouse.runs.base import open_base
    from reelhouse.sources import read_titles
    from tasks.code import run_code
    from tasks.suites import suite_digests

    line.mark("import")
    settings = NightlySettings(titles=titles, store=store)
    base = open_base(store, COLLECTION, create=False)
    line.mark("find the last version")
    with workspace() as work:
        snapshot = read_titles(
            titles, work.source, rows_per_partition=settings.partitions.rows_per_partition
        )
        line.mark("read and hash the snapshot")
        run = start_run(
            "nightly",
            outcome_settings(settings),
            snapshot,
            seed=base.required().manifest.seed,
            rules=suite_digests(_SUITES),
            code=run_code(),
            fitted_key=base.fitted_key,
        )
        line.mark("digest of the code")
        if run.key != base.key:
            suites, checked, found = _identify(work, snapshot, base, settings)
            night = _place(work, base, found, settings, suites[2:])
            _publish(work, run, base, suites, snapshot, checked, found, night)
            line.mark("check, place, publish")
    line.write()


def _suites() -> tuple[SuiteRun, ...]:
    from tasks.suites import EXPECTATIONS, SuiteRun

    return tuple(SuiteRun(EXPECTATIONS / f"{name}.json") for name in _SUITES)


def _identify(
    work: Workspace, snapshot: TitlesSnapshot, base: Base, settings: NightlySettings
) -> tuple[tuple[SuiteRun, ...], CheckedRows, Identified]:
    """Judge the rows and the snapshot, and give every title its id."""
    import pandas as pd

    from reelhouse.catalogue.check import check_rows
    from reelhouse.catalogue.identify import identify, old_titles
    from reelhouse.catalogue.stage import stage_titles
    from reelhouse.compute import dask_scheduler
    from reelhouse.identity import Keys

    suites = _suites()
    with dask_scheduler("threads", settings.partitions.n_workers, len(snapshot.parts)):
        base.required().fetch("titles.parquet", work.old)
        old = old_titles(work.parts(work.old))
        checked = check_rows(work, snapshot.parts, snapshot.uri, suites[0].judge, old)
        suites[1].judge(pd.DataFrame([checked.facts]))
        found = identify(
            work.parts(work.good),
            old,
            Keys.load(work.keys),
            work.titles,
            work.staged / "changes.parquet",
            doubtful=Keys.load(work.bad_keys).title,
        )
        stage_titles(work)
    return suites, checked, found


def _place(
    work: Workspace,
    base: Base,
    found: Identified,
    settings: NightlySettings,
    suites: tuple[SuiteRun, ...],
) -> Night:
    """Place the added titles, and judge the assignments."""
    import pandas as pd
    import pyarrow.parquet as pq

    from reelhouse.catalogue.night import place_added
    from reelhouse.catalogue.tables import assignment_facts

    base.required().fetch("model", work.staged)
    night = place_added(
        work,
        base.assignments(),
        base.clusters(),
        found.added_index,
        settings.drift,
        version=base.next_number,
    )
    table = pq.read_table(work.staged / "assignments.parquet")
    clusters = pq.read_table(work.staged / "clusters.parquet")
    suites[0].judge(table.to_pandas())
    facts = assignment_facts(table, clusters, n_titles=found.titles, moved=night.moved)
    suites[1].judge(pd.DataFrame([facts]))
    return night


def _publish(
    work: Workspace,
    run: Run,
    base: Base,
    suites: tuple[SuiteRun, ...],
    snapshot: TitlesSnapshot,
    checked: CheckedRows,
    found: Identified,
    night: Night,
) -> None:
    """Write the pages of the checks, and publish."""
    from reelhouse.catalogue.record import build_manifest
    from reelhouse.storage.publish import commit_run, upload_run
    from reelhouse.storage.store import open_store
    from tasks.data_docs import write_data_docs

    write_data_docs(suites, work.quality / "docs")
    manifest = build_manifest(
        run,
        base,
        checked,
        found,
        [],
        model_version=base.fitted_in,
        repairs=snapshot.repairs,
        results={"drift": night.drift, "model_key": base.fitted_key},
    )
    store = open_store(base.store)
    commit_run(store, upload_run(store, base.collection, work.staged, manifest), base.number)


def run_server(line: TimeLine) -> None:
    """Start and stop the temporary server of a command, with nothing beside it."""
    from flows.environment import prepare
    from flows.temporary_server import TemporaryServer

    prepare()
    line.mark("import")
    server = TemporaryServer()
    server.wait(120)
    line.mark("start the temporary server")
    server.stop()
    line.mark("stop it")
    line.write()


def main(what: str, *arguments: str) -> None:
    """Run one of the three."""
    line = TimeLine()
    if what == "library":
        run_library(line, *arguments)
    elif what == "server":
        run_server(line)
    else:
        given = [argument for argument in arguments if argument != "--no-heartbeat"]
        run_command(line, given, heartbeat=len(given) == len(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
