"""Removing the runs that a plan lets go, so that a kill at any moment leaves no damaged version.

First every run gets its record. Then the plan is made anew: a commit that landed meanwhile protects
its run and what it needs. Only then the files go, the manifest first. Whoever commits a run that
got its record after this second look finds the record and undoes the commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from reelhouse.storage.inventory import RunName
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.retention import Leaving, Plan
from reelhouse.storage.retired import RetiredRun, record_key
from reelhouse.storage.store import ObjectExistsError, ObjectMissingError, Store

logger = logging.getLogger(__name__)

_THREADS = 8


@dataclass(frozen=True)
class Retirement:
    """What was removed.

    Parameters
    ----------
    runs
        Runs whose files are gone.
    spared
        Runs of the plan that stay after all, because somebody committed or needs them now.
    size
        Bytes freed.
    """

    runs: list[Leaving]
    spared: list[RunName]
    size: int


def retire(store: Store, plan: Plan, plan_again: Callable[[], Plan], now: datetime) -> Retirement:
    """Remove the runs of a plan.

    Parameters
    ----------
    store
        The store.
    plan
        What may go.
    plan_again
        Makes the plan anew from what the store holds when it is called.
    now
        The present, aware; it stands in the records.

    Raises
    ------
    StoreError
        When a call fails; the next housekeeping goes on where this one stopped.
    """
    if not plan.leaving:
        return Retirement([], [], 0)
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda one: _write_record(store, one, now), plan.leaving))
    still = {one.run: one for one in plan_again().leaving}
    gone = [still[one.run] for one in plan.leaving if one.run in still]
    spared = [one.run for one in plan.leaving if one.run not in still]
    for one in gone:
        _remove(store, one)
        logger.info("retired run %s of %s", one.run.run_id, one.run.collection)
    return Retirement(gone, spared, sum(one.files.size for one in gone))


def _write_record(store: Store, one: Leaving, now: datetime) -> None:
    manifest = _manifest(store, one)
    record = RetiredRun(
        run_id=one.run.run_id,
        retired_at=now,
        reason="old" if one.versions else "orphan",
        versions=list(one.versions),
        files=len(one.files.keys),
        size=one.files.size,
        flow=manifest.flow if manifest else None,
        counts=dict(manifest.counts) if manifest else {},
    )
    # There is one: from a killed housekeeping, or from one that runs now. Either will do.
    with suppress(ObjectExistsError):
        store.create(record_key(one.run.collection, one.run.run_id), record.to_json())


def _manifest(store: Store, one: Leaving) -> RunManifest | None:
    try:
        return RunManifest.from_json(store.get(f"{one.run.folder}/manifest.json"))
    except (ObjectMissingError, ValidationError):
        return None


def _remove(store: Store, one: Leaving) -> None:
    # A manifest that was written since the listing must not be the last to stand.
    store.delete(f"{one.run.folder}/manifest.json")
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(store.delete, one.files.keys))
    if isinstance(store, LocalFolder):
        store.remove_empty_folders(one.run.folder)
