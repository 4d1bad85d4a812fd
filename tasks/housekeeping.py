"""What is kept and what goes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.storage import leftovers
from reelhouse.storage.housekeeping import (
    HousekeepingReport,
    HousekeepingSettings,
    LeavingRun,
    carried_out,
    planned,
    report,
)
from reelhouse.storage.leftovers import Leftovers, remove_leftovers
from reelhouse.storage.retention import Plan
from reelhouse.storage.retire import Retirement
from reelhouse.storage.store import open_store
from tasks.credentials import use_store_block
from tasks.markdown import cells
from tasks.names import counted, named
from tasks.retrying import RETRIED
from tasks.server import forgiving

logger = logging.getLogger(__name__)


@task(name="plan housekeeping", task_run_name="plan housekeeping", **RETRIED)
def plan_housekeeping(settings: HousekeepingSettings) -> Plan:
    """List what may go; nothing is changed."""
    use_store_block()
    plan = planned(settings)
    kept = sum(map(len, plan.kept.values()))
    logger.info("versions kept: %d, runs that may go: %d", kept, len(plan.leaving))
    return plan


@task(name="find leftovers", task_run_name="find leftovers", **RETRIED)
def find_leftovers(settings: HousekeepingSettings) -> Leftovers:
    """List what killed processes left; nothing is changed."""
    store = open_store(settings.store)
    return leftovers.find_leftovers(store, settings.grace_days, datetime.now(UTC))


@task(
    name="retire runs",
    task_run_name=named(lambda given: f"retire {counted(len(given['plan'].leaving), 'run')}"),
    **RETRIED,
)
def retire_runs(settings: HousekeepingSettings, plan: Plan) -> Retirement:
    """Remove the runs of the plan that nobody needs meanwhile; may be tried again."""
    done = carried_out(settings, plan)
    logger.info("%d runs retired, %s bytes freed", len(done.runs), f"{done.size:,}")
    return done


@task(name="sweep leftovers", task_run_name="sweep leftovers", **RETRIED)
def sweep_leftovers(settings: HousekeepingSettings, found: Leftovers) -> None:
    """Remove what killed processes left."""
    remove_leftovers(open_store(settings.store), found)


@task(name="show housekeeping", task_run_name="show housekeeping", cache_policy=NO_CACHE)
def show_housekeeping(
    settings: HousekeepingSettings, plan: Plan, done: Retirement | None, left: Leftovers
) -> HousekeepingReport:
    """Put what may go, or is gone, into the UI as a table."""
    found = report(settings, plan, done, left)
    for note in found.notes:
        logger.warning("%s", note)
    with forgiving("what housekeeping did is not shown"):
        create_table_artifact(
            key="housekeeping",
            table=[_row(one) for one in found.runs],
            description="Runs that are gone" if found.deleted else "Runs that may go",
        )
    return found


def _row(run: LeavingRun) -> dict[str, Any]:
    return cells(
        {
            "collection": run.collection,
            "versions": ", ".join(map(str, run.versions)) or "none",
            "run": run.run_id,
            "files": run.files,
            "bytes": run.size,
        }
    )
