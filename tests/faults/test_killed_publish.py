"""kill -9 of a publishing process, at random moments."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from tests.faults.conftest import Place
from tests.support.processes import context, publish_when_told, started
from tests.support.publication import COLLECTION, Publication, assert_whole, digests, stage

SEED = 20261121
SIZES = (20_000,) * 20


def publish(place: Place, uri: str, run: Publication, *, kill_after: float | None = None) -> float:
    """Let a process publish, kill it after so many seconds; return how long it took."""
    here, there = context().Pipe()
    with started(publish_when_told, uri, place.environment, run, there) as process:
        there.close()
        assert here.recv() == "ready"
        began = time.perf_counter()
        here.send("go")
        if kill_after is None:
            assert here.recv() == "done"
        else:
            time.sleep(kill_after)
            process.kill()
        took = time.perf_counter() - began
        process.join(60)
    return took


@pytest.mark.faults
def test_a_killed_publication_leaves_a_whole_version_and_the_next_converges(
    place: Place, tmp_path: Path, fault_rounds: int, tried: Callable[[str], None]
) -> None:
    uri = place.store("killed")
    store = open_store(uri)
    log = CommitLog(store, COLLECTION)
    duration = publish(place, uri, stage(tmp_path / "s0", "v0", sizes=SIZES))
    moments = random.Random(SEED)
    n_landed = 0
    for number in range(1, fault_rounds + 1):
        run = stage(tmp_path / f"s{number}", f"v{number}", sizes=SIZES)
        before = log.head()
        publish(place, uri, run, kill_after=moments.uniform(0, 1.1 * duration))

        head = log.head()
        assert verify(head) == []
        landed = head.manifest.key == run.mark
        n_landed += landed
        assert digests(head) == (run.digests() if landed else digests(before))

        # Both ways to run it again: as a new run, and as the same run retried.
        again = replace(run, run_id=f"again-{number}") if number % 2 else run
        converged = again.publish(store)
        assert converged.number == before.number + 1
        assert digests(converged) == run.digests()
    assert_whole(store, versions=1 + fault_rounds)
    tried(
        f"{fault_rounds} kills: {n_landed} had committed, {fault_rounds - n_landed} had not, 0 torn"
    )
