"""A night that drifts starts the refit of its store by itself."""

from __future__ import annotations

from pathlib import Path

from prefect.client.schemas.objects import FlowRun

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from tests.support.prefect_server import Platform
from tests.support.snapshots import Snapshots, write_strange_night


def test_a_night_of_strange_titles_starts_a_refit(
    platform: Platform, deployed_store: Path, snapshots: Snapshots, tmp_path: Path
) -> None:
    log = CommitLog(open_store(deployed_store), "catalogue")
    before = log.numbers()[-1]
    known = {run.id for run in platform.runs("catalogue/catalogue")}

    def refit() -> FlowRun | None:
        runs = platform.runs("catalogue/catalogue")
        new = (run for run in runs if run.id not in known and run.created_by)
        return next((run for run in new if run.created_by.type == "AUTOMATION"), None)

    strange = tmp_path / "strange.csv"
    # After the first version it is these titles alone that are new.
    write_strange_night(snapshots.evening, strange)
    night = platform.start_run("nightly/nightly", titles=str(strange))
    platform.await_completed(night)
    assert log.version(before + 1).manifest.results["drift"]["exceeded"]
    started = platform.wait("a refit is started", refit)
    platform.await_completed(started.id)
    version = log.version(before + 2)
    assert version.manifest.flow == "catalogue"
    assert verify(version) == []
