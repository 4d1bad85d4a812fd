"""Several runs of one store are started at once: one runs, the others wait."""

from __future__ import annotations

from pathlib import Path

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from tests.support.prefect_server import Platform, overlap
from tests.support.snapshots import Snapshots


def test_of_two_nights_and_a_housekeeping_one_runs_and_the_others_wait(
    platform: Platform, store: Path, snapshots: Snapshots
) -> None:
    night = {"titles": str(snapshots.night), "store": str(store)}
    started = [
        platform.start_run("nightly/nightly", **night),
        platform.start_run("nightly/nightly", **night),
        platform.start_run("housekeeping/housekeeping", store=str(store)),
    ]
    ended = platform.await_end(*started)
    states = [platform.state_names(run) for run in started]
    assert [names[-1] for names in states] == ["Completed"] * 3, states
    assert not overlap(ended)
    waited = sum("AwaitingConcurrencySlot" in names for names in states)
    assert waited == 2, states
    # Nobody lost a race for the next version: the second night found nothing new.
    assert [run.run_count for run in ended] == [1, 1, 1]
    assert CommitLog(open_store(store), "catalogue").numbers() == [1, 2]
