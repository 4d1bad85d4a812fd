"""Housekeeping: keep the last versions and those of the last days; retire the rest, sweep up."""

from __future__ import annotations

from prefect import flow

from reelhouse.storage.housekeeping import HousekeepingReport, HousekeepingSettings
from tasks.housekeeping import (
    find_leftovers,
    plan_housekeeping,
    retire_runs,
    show_housekeeping,
    sweep_leftovers,
)


@flow(name="housekeeping")
def housekeeping(settings: HousekeepingSettings) -> HousekeepingReport:
    """List what may go, and remove it when told to."""
    plan = plan_housekeeping(settings)
    left = find_leftovers(settings)
    if not settings.delete:
        return show_housekeeping(settings, plan, None, left)
    done = retire_runs(settings, plan)
    sweep_leftovers(settings, left)
    return show_housekeeping(settings, plan, done, left)
