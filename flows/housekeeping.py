"""Housekeeping: keep the last versions and those of the last days; retire the rest, sweep up."""

from __future__ import annotations

from prefect import flow

from flows.endings import HOUR, Ending, ends_as, named_after
from reelhouse.storage.housekeeping import HousekeepingReport, HousekeepingSettings
from tasks.housekeeping import (
    find_leftovers,
    plan_housekeeping,
    retire_runs,
    show_housekeeping,
    sweep_leftovers,
)
from tasks.names import counted


def _ending(store: str, found: HousekeepingReport) -> Ending:
    n_runs = counted(len(found.runs), "run")
    verb = "gone" if found.deleted else "may go"
    n_kept = sum(map(len, found.kept.values()))
    return Ending(
        f"{store}: {n_runs} {verb}",
        f"{n_runs} {verb}, {found.size:,} bytes in all; {n_kept:,} versions are kept",
    )


@flow(name="housekeeping", flow_run_name=named_after("store"), timeout_seconds=2 * HOUR)
@ends_as("store", _ending)
def housekeeping(settings: HousekeepingSettings) -> HousekeepingReport:
    """List what may go, and remove it when told to."""
    plan = plan_housekeeping(settings)
    left = find_leftovers(settings)
    if not settings.delete:
        return show_housekeeping(settings, plan, None, left)
    done = retire_runs(settings, plan)
    sweep_leftovers(settings, left)
    return show_housekeeping(settings, plan, done, left)
