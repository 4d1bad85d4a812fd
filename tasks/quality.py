"""The quality gate: suites decide what is quarantined and what stops the flow."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.workspace import Workspace
from reelhouse.errors import QualityError
from reelhouse.sources import TitlesSnapshot
from reelhouse.storage.manifest import CheckSummary
from tasks.data_docs import write_data_docs
from tasks.suites import EXPECTATIONS, SuiteRun

# Imported by the tasks that need it: a run that finds nothing new judges nothing.
if TYPE_CHECKING:
    from reelhouse.catalogue.check import CheckedRows
    from reelhouse.catalogue.identify import OldTitles

logger = logging.getLogger(__name__)

#: Suites that decide what a catalogue or nightly run publishes.
TITLE_SUITES = ("titles", "titles_snapshot", "assignments", "assignments_version")


@dataclass(frozen=True)
class Checked:
    """Rows that passed, and the suites that judged them."""

    rows: CheckedRows
    suites: tuple[SuiteRun, ...]


@task(name="check titles", cache_policy=NO_CACHE)
def check_titles(snapshot: TitlesSnapshot, work: Workspace, old: OldTitles | None) -> Checked:
    """Quarantine bad rows; stop when the snapshot as a whole breaks a rule."""
    from reelhouse.catalogue.check import check_rows

    rows_suite = SuiteRun(EXPECTATIONS / "titles.json")
    whole_suite = SuiteRun(EXPECTATIONS / "titles_snapshot.json")
    rows = check_rows(work, snapshot.parts, snapshot.uri, rows_suite.judge, old)
    whole_suite.judge(pd.DataFrame([rows.facts]))
    stop_if_broken(snapshot.uri, whole_suite, rows.facts, rows.places)
    logger.info("%s rows are good, %s quarantined", f"{rows.good:,}", f"{rows.quarantined:,}")
    return Checked(rows, (rows_suite, whole_suite))


@task(name="check assignments", cache_policy=NO_CACHE)
def check_assignments(work: Workspace, n_titles: int, moved: int) -> tuple[SuiteRun, ...]:
    """Stop before anything is published when the assignments contradict themselves."""
    from reelhouse.catalogue.tables import assignment_facts

    rows_suite = SuiteRun(EXPECTATIONS / "assignments.json")
    whole_suite = SuiteRun(EXPECTATIONS / "assignments_version.json")
    assignments = pq.read_table(work.staged / "assignments.parquet")
    clusters = pq.read_table(work.staged / "clusters.parquet")
    for batch in assignments.to_batches(max_chunksize=50_000):
        rows_suite.judge(batch.to_pandas())
    facts = assignment_facts(assignments, clusters, n_titles=n_titles, moved=moved)
    whole_suite.judge(pd.DataFrame([facts]))
    stop_if_broken("assignments", rows_suite, {}, {})
    stop_if_broken("assignments", whole_suite, facts, {})
    return rows_suite, whole_suite


@task(name="write quality results", cache_policy=NO_CACHE)
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


def stop_if_broken(
    where: str, run: SuiteRun, facts: dict[str, float | int], places: dict[str, str]
) -> None:
    """Raise one line that names the input, what is, what was required, and where to look."""
    broken = run.broken()
    if not broken:
        return
    first = broken[0]
    words = {name: _number(name, value) for name, value in facts.items()}
    words["value"] = words.get(first.column, first.values[0] if first.values else "")
    words["examples"] = places.get(first.column, "")
    message = first.reason
    for name, word in words.items():
        message = message.replace("{" + name + "}", word)
    more = f" (and {len(broken) - 1} more broken rules)" if len(broken) > 1 else ""
    raise QualityError(f"{where}: {message}{more}; nothing was published")


def _number(name: str, value: float | int) -> str:
    return f"{100 * value:.1f} %" if "share" in name else f"{value:,}"
