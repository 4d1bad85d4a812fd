"""From a fresh clone to a night that runs by itself."""

from __future__ import annotations

from pathlib import Path

from prefect.client.schemas.objects import FlowRun

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from tests.support.prefect_server import Platform


def test_a_scheduled_night_runs_by_itself_and_publishes(platform: Platform, store: Path) -> None:
    def scheduled() -> FlowRun | None:
        runs = platform.runs("nightly/nightly")
        return next((run for run in runs if run.auto_scheduled and run.start_time), None)

    platform.schedule("nightly/nightly", "* * * * *", store=str(store))
    try:
        started = platform.wait("a scheduled night starts", scheduled)
    finally:
        platform.schedule("nightly/nightly", "0 2 * * *")
    run = platform.await_completed(started.id)
    assert run.created_by is not None
    assert run.created_by.type == "SCHEDULE"
    assert (run.run_count, run.work_pool_name) == (1, "reelhouse")
    log = CommitLog(open_store(store), "catalogue")
    assert log.numbers() == [1, 2]
    version = log.version(2)
    assert version.manifest.flow == "nightly"
    assert version.manifest.counts["titles_added"] > 30
    assert verify(version) == []
