"""From a fresh clone to a night that runs by itself."""

from __future__ import annotations

from pathlib import Path

from prefect.client.schemas.objects import FlowRun

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from tests.support.prefect_server import Platform


def test_a_scheduled_night_runs_by_itself_and_publishes(
    platform: Platform, deployed_store: Path
) -> None:
    log = CommitLog(open_store(deployed_store), "catalogue")
    before = log.numbers()[-1]

    def scheduled() -> FlowRun | None:
        runs = platform.runs("nightly/nightly")
        return next((run for run in runs if run.auto_scheduled and run.start_time), None)

    platform.schedule("nightly/nightly", cron="* * * * *", active=True)
    try:
        started = platform.wait("a scheduled night starts", scheduled)
    finally:
        platform.schedule("nightly/nightly", cron="0 2 * * *", active=True)
    run = platform.await_completed(started.id)
    assert run.created_by is not None
    assert run.created_by.type == "SCHEDULE"
    assert (run.run_count, run.work_pool_name) == (1, "reelhouse")
    version = log.version(before + 1)
    assert version.manifest.flow == "nightly"
    assert version.manifest.counts["titles_added"] > 30
    assert verify(version) == []
