"""The quality gate: suites decide what is quarantined and what stops the flow."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.workspace import Workspace
from reelhouse.errors import QualityError
from reelhouse.sources import TitlesSnapshot
from reelhouse.storage.manifest import CheckSummary
from tasks.data_docs import write_data_docs
from tasks.names import numbered, ranges
from tasks.progress import progress
from tasks.quality_page import reason_of, rows_line, show_quality
from tasks.suites import EXPECTATIONS, SuiteRun

# Imported by the tasks that need it: a run that finds nothing new judges nothing.
if TYPE_CHECKING:
    from reelhouse.catalogue.check import CheckedRows
    from reelhouse.catalogue.identify import OldTitles

logger = logging.getLogger(__name__)

#: Suites that decide what a catalogue or nightly run publishes.
TITLE_SUITES = ("titles", "titles_snapshot", "assignments", "assignments_version")
#: Task runs of one step at most: each costs some milliseconds, and a row in the UI.
MOST_RUNS = 100
#: Rows that are judged at a time, unless that would make too many task runs.
SLICE = 50_000


@dataclass(frozen=True)
class Checked:
    """Rows that passed, and the suites that judged them."""

    rows: CheckedRows
    suites: tuple[SuiteRun, ...]


@task(
    name="check titles",
    task_run_name="check titles: {snapshot.n_rows:,} rows",
    cache_policy=NO_CACHE,
)
def check_titles(snapshot: TitlesSnapshot, work: Workspace, old: OldTitles | None) -> Checked:
    """Quarantine bad rows; stop when the snapshot as a whole breaks a rule."""
    from reelhouse.catalogue.check import check_rows

    rows_suite = SuiteRun(EXPECTATIONS / "titles.json")
    whole_suite = SuiteRun(EXPECTATIONS / "titles_snapshot.json")
    rows = check_rows(
        work, snapshot.parts, snapshot.uri, rows_suite.judge, old, go_through=_in_task_runs
    )
    whole_suite.judge(pd.DataFrame([rows.facts]))
    read = rows_line(rows.rows_in, rows.good, rows.repaired, rows.quarantined)
    stop_if_broken(Judged(snapshot.uri, (rows_suite, whole_suite), read), rows.facts, rows.places)
    logger.info("%s rows are good, %s quarantined", f"{rows.good:,}", f"{rows.quarantined:,}")
    return Checked(rows, (rows_suite, whole_suite))


def _in_task_runs(check: Callable[[range], None], n_parts: int) -> None:
    with progress("checking-titles", "Checking the titles") as tell:
        for some in ranges(n_parts, MOST_RUNS):
            check_partitions(check, some, numbered("partition", some, n_parts))
            tell(some.stop, n_parts)


@task(name="check partitions", task_run_name="check titles: {shown}", cache_policy=NO_CACHE)
def check_partitions(check: Callable[[range], None], some: range, shown: str) -> None:
    """Judge the rows of some partitions; `shown` says which."""
    check(some)


@task(
    name="check assignments",
    task_run_name="check assignments: {n_titles:,} titles",
    cache_policy=NO_CACHE,
)
def check_assignments(work: Workspace, n_titles: int, moved: int) -> tuple[SuiteRun, ...]:
    """Stop before anything is published when the assignments contradict themselves."""
    from reelhouse.catalogue.tables import assignment_facts

    rows_suite = SuiteRun(EXPECTATIONS / "assignments.json")
    whole_suite = SuiteRun(EXPECTATIONS / "assignments_version.json")
    assignments = pq.read_table(work.staged / "assignments.parquet")
    clusters = pq.read_table(work.staged / "clusters.parquet")
    judge_slices(rows_suite, assignments, "check assignments: title")
    facts = assignment_facts(assignments, clusters, n_titles=n_titles, moved=moved)
    whole_suite.judge(pd.DataFrame([facts]))
    judged = Judged("assignments", (rows_suite, whole_suite), f"{n_titles:,} titles")
    stop_if_broken(judged, facts, {})
    return rows_suite, whole_suite


def judge_slices(suite: SuiteRun, table: pa.Table, shown: str) -> None:
    """Judge a table slice by slice, each in a task run of its own.

    Parameters
    ----------
    suite : SuiteRun
    table : Table
    shown : str
        What its rows are, after the name of the step.
    """
    for some in ranges(table.num_rows, min(MOST_RUNS, -(-table.num_rows // SLICE))):
        rows = table.slice(some.start, len(some))
        judge_slice(suite, rows, numbered(shown, some, table.num_rows))


@task(name="check slice", task_run_name="{shown}", cache_policy=NO_CACHE)
def judge_slice(suite: SuiteRun, rows: pa.Table, shown: str) -> None:
    """Judge some rows; `shown` says which."""
    suite.judge(rows.to_pandas())


@task(name="write quality results", task_run_name="write quality results", cache_policy=NO_CACHE)
def write_quality(folder: Path, runs: Sequence[SuiteRun], facts: Mapping[str, float | int]) -> None:
    """Write validation results as JSON and the Data Docs beside the run."""
    for run in runs:
        text = json.dumps(run.to_json(), indent=1, ensure_ascii=False)
        (folder / f"{run.name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / "snapshot.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    write_data_docs(runs, folder / "docs")


def summaries(runs: Sequence[SuiteRun], quarantined: int) -> list[CheckSummary]:
    """How each suite went, for the manifest."""
    return [
        CheckSummary(
            suite=run.name,
            level="row" if any(rule.level == "row" for rule in run.rules) else "dataset",
            success=all(rule.success for rule in run.rules),
            evaluated=len(run.rules),
            quarantined=quarantined if run.name in ("titles", "ratings") else 0,
            failed=[rule.name for rule in run.rules if not rule.success],
        )
        for run in runs
    ]


@dataclass(frozen=True)
class Judged:
    """What was judged, for messages and for the UI.

    Attributes
    ----------
    where : str
        The input.
    suites : tuple of SuiteRun
    rows : str
        What was read, in words.
    artifact : str
        Key under which the UI shows how the suites went.
    """

    where: str
    suites: tuple[SuiteRun, ...]
    rows: str
    artifact: str = "quality"


def stop_if_broken(judged: Judged, facts: dict[str, float | int], places: dict[str, str]) -> None:
    """Raise one line that names the input, what is, what was required, and where to look.

    Before that the failed expectations are shown: a run that stops here shows nothing else.
    """
    broken = [rule for run in judged.suites for rule in run.broken()]
    if not broken:
        return
    show_quality(judged.rows, judged.suites, facts, places, key=judged.artifact)
    message = reason_of(broken[0], facts, places)
    more = f" (and {len(broken) - 1} more broken rules)" if len(broken) > 1 else ""
    raise QualityError(f"{judged.where}: {message}{more}; nothing was published")
