"""Settings of a housekeeping, and what it came to."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from reelhouse.settings import PrivateUri, Settings
from reelhouse.storage.leftovers import Leftovers
from reelhouse.storage.retention import Plan, RetentionSettings, plan_retention
from reelhouse.storage.retire import Retirement, retire
from reelhouse.storage.store import open_store


class HousekeepingSettings(RetentionSettings):
    """Which store, how much of it is kept, and whether the rest is removed."""

    store: PrivateUri
    """Folder or s3://bucket/prefix."""

    collections: list[str] = Field(default_factory=list)
    """Collections to look into; none named means all."""

    delete: bool = False
    """Remove what may go; otherwise it is only listed."""


class LeavingRun(Settings):
    """A run that may go, or is gone."""

    collection: str
    """Line of versions."""

    run_id: str
    """The run."""

    versions: list[int]
    """Its versions; none: no commit points at it."""

    files: int
    """Objects."""

    size: int
    """Bytes."""


class HousekeepingReport(Settings):
    """What may go or is gone."""

    store: PrivateUri
    """The store."""

    deleted: bool
    """Whether it was removed, or only listed."""

    kept: dict[str, dict[int, str]]
    """By collection and version: why it is kept."""

    runs: list[LeavingRun]
    """Runs that may go or are gone."""

    waiting: list[str]
    """Runs without a commit that are too young to go."""

    temporary_files: list[str]
    """Files that killed writers left in a local folder."""

    probes: list[str]
    """Objects with which a killed writer had tried the store."""

    uploads: list[str]
    """Objects whose upload was never completed."""

    workspaces: list[str]
    """Scratch folders of killed processes on this machine."""

    size: int
    """Bytes in all, without those of uploads."""

    notes: list[str]
    """What an operator should know."""


def planned(settings: HousekeepingSettings) -> Plan:
    """Decide what is kept in the store and what may go; see `plan_retention`."""
    wanted = settings.collections or None
    return plan_retention(open_store(settings.store), settings, datetime.now(UTC), wanted)


def carried_out(settings: HousekeepingSettings, plan: Plan) -> Retirement:
    """Remove the runs of a plan; see `retire`."""
    now = datetime.now(UTC)
    return retire(open_store(settings.store), plan, lambda: planned(settings), now)


def report(
    settings: HousekeepingSettings, plan: Plan, done: Retirement | None, left: Leftovers
) -> HousekeepingReport:
    """Put together what may go, or (with `done`) what is gone."""
    runs = plan.leaving if done is None else done.runs
    spared = [] if done is None else done.spared
    return HousekeepingReport(
        store=settings.store,
        deleted=done is not None,
        kept=plan.kept,
        runs=[
            LeavingRun(
                collection=one.run.collection,
                run_id=one.run.run_id,
                versions=list(one.versions),
                files=len(one.files.keys),
                size=one.files.size,
            )
            for one in runs
        ],
        waiting=[run.folder for run in plan.waiting],
        temporary_files=[str(path) for path in left.temporary],
        probes=[probe.key for probe in left.probes],
        uploads=[upload.key for upload in left.uploads],
        workspaces=[str(one.path) for one in left.workspaces],
        size=sum(one.files.size for one in runs) + left.size,
        notes=[
            *plan.notes,
            *left.notes,
            *(f"{run.folder} stays: somebody committed or needs it now" for run in spared),
        ],
    )
