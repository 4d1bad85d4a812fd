"""Writers that publish at the same time, each in a process of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from reelhouse.errors import CommitConflictError
from reelhouse.runs.conflicts import on_newest_version
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.publish import RunReference, commit_run
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.faults.conftest import Place
from tests.support.marks import add_mark, marks
from tests.support.processes import context, opened, started
from tests.support.publication import COLLECTION, assert_whole, stage

pytestmark = pytest.mark.faults
Tried = Callable[[str], None]
Count = Callable[[str], int]
RACERS, WRITERS = 16, 8


def race(
    uri: str,
    environment: dict[str, str],
    reference: RunReference,
    rounds: int,
    start: Barrier,
    told: Connection,
) -> None:
    """Commit one run as version 2, 3 and on, each at the same moment as all others."""
    store = opened(uri, environment)
    won = []
    for number in range(2, 2 + rounds):
        mine = reference.model_copy(update={"commit_id": f"{reference.commit_id} {number}"})
        start.wait(120)
        with suppress(CommitConflictError):
            won.append((commit_run(store, mine, number - 1).number, mine.commit_id))
        # The next round begins when this one's version is there for all.
        start.wait(120)
    told.send(won)


def test_of_writers_of_one_number_exactly_one_wins(
    place: Place, tmp_path: Path, count: Count, tried: Tried
) -> None:
    rounds = count("race-rounds")
    uri = place.store("raced")
    first = stage(tmp_path / "first", "first").publish(open_store(uri))
    reference = RunReference(
        collection=COLLECTION,
        run_id=first.commit.run_id,
        manifest=first.commit.manifest,
        manifest_sha256=first.commit.manifest_sha256,
        commit_id="",
    )
    start = context().Barrier(RACERS)
    with ExitStack() as running:
        pipes = []
        for racer in range(RACERS):
            here, there = context().Pipe()
            mine = reference.model_copy(update={"commit_id": f"racer {racer}"})
            running.enter_context(started(race, uri, place.environment, mine, rounds, start, there))
            there.close()
            pipes.append(here)
        won = [(racer, win) for racer, here in enumerate(pipes) for win in here.recv()]
    winners = Counter(number for _, (number, _) in won)
    assert winners == dict.fromkeys(range(2, 2 + rounds), 1)
    log = CommitLog(open_store(uri), COLLECTION)
    for _, (number, commit_id) in won:
        assert log.version(number).commit.commit_id == commit_id
    assert_whole(open_store(uri), versions=1 + rounds)
    tried(f"{RACERS} writers x {rounds} rounds: one winner each, {len({r for r, _ in won})} differ")


def commit_marks(
    uri: str,
    environment: dict[str, str],
    scratch: Path,
    writer: int,
    commits: int,
    told: Connection,
) -> None:
    """Add marks to the newest version, one a version, as a flow does that meets others."""
    store = opened(uri, environment)
    made = 0

    @on_newest_version(attempts=10_000)
    def add(mark: str) -> Version:
        nonlocal made
        made += 1
        return add_mark(store, scratch / f"{writer}-{made}", mark)

    acknowledged = [add(f"w{writer}.{number}").number for number in range(commits)]
    told.send((acknowledged, made - commits))


def test_racing_writers_lose_no_update_and_leave_no_gap(
    place: Place, tmp_path: Path, count: Count, tried: Tried
) -> None:
    commits = count("race-commits")
    uri = place.store("shared")
    began = time.perf_counter()
    with ExitStack() as running:
        pipes = []
        for writer in range(WRITERS):
            here, there = context().Pipe()
            arguments = (uri, place.environment, tmp_path, writer, commits, there)
            running.enter_context(started(commit_marks, *arguments))
            there.close()
            pipes.append(here)
        answers = [here.recv() for here in pipes]
    total = WRITERS * commits
    store = open_store(uri)
    assert sorted(number for numbers, _ in answers for number in numbers) == list(
        range(1, total + 1)
    )
    assert_whole(store, versions=total)
    versions = [version for _, version in CommitLog(store, COLLECTION).opened()]
    assert len({version.commit.commit_id for version in versions}) == total
    # Each version holds all of the one before and one mark more: nobody's work is gone.
    for before, after in pairwise(versions):
        assert marks(after)[:-1] == marks(before)
    expected = {f"w{writer}.{number}" for writer in range(WRITERS) for number in range(commits)}
    assert set(marks(versions[-1])) == expected
    assert len(marks(versions[-1])) == total
    again = sum(repeats for _, repeats in answers)
    took = time.perf_counter() - began
    tried(f"{WRITERS} writers x {commits}: {total} versions, {again} made again, {took:.0f} s")


def test_a_run_that_meets_another_is_made_again_on_the_newer_version(tmp_path: Path) -> None:
    store = open_store("memory://")
    add_mark(store, tmp_path / "0", "first")
    asked = []

    @on_newest_version(attempts=2)
    def add(mark: str) -> Version:
        asked.append(mark)
        # The rival publishes while the first attempt computes.
        between = (lambda: add_mark(store, tmp_path / "r", "rival")) if len(asked) == 1 else None
        return add_mark(store, tmp_path / f"m{len(asked)}", mark, between=between)

    version = add("mine")
    assert asked == ["mine", "mine"]
    assert marks(version) == ["first", "rival", "mine"]
    assert (version.number, version.commit.parent, version.manifest.parent_version) == (3, 2, 2)
    assert verify(version) == []


def test_a_run_that_meets_others_every_time_ends_with_the_conflict(tmp_path: Path) -> None:
    store = open_store("memory://")
    number = 0

    @on_newest_version(attempts=3)
    def add() -> Version:
        nonlocal number
        number += 1
        rival = f"rival {number}"
        return add_mark(
            store,
            tmp_path / f"{number}",
            "mine",
            between=lambda: add_mark(store, tmp_path / rival, rival),
        )

    with pytest.raises(CommitConflictError, match=r"00000003\.json in memory:// was committed"):
        add()
    assert number == 3
    assert marks(CommitLog(store, COLLECTION).head()) == ["rival 1", "rival 2", "rival 3"]


def test_other_errors_are_no_reason_to_make_a_run_again() -> None:
    asked = []

    @on_newest_version(attempts=3)
    def broken() -> None:
        asked.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        broken()
    assert asked == [1]
