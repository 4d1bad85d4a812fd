"""kill -9 at every call of a publication: before it, and once it is done but not acknowledged."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.verify import verify
from tests.faults.conftest import Place
from tests.support.counting_store import evenly
from tests.support.fault_proxy import FaultProxy, Plan, commit_among
from tests.support.gateway import Gateway, client_environment
from tests.support.processes import (
    context,
    publish_and_die,
    publish_and_die_in_a_system_call,
    say_calls,
    started,
)
from tests.support.publication import (
    COLLECTION,
    Publication,
    assert_whole,
    digests,
    stage,
)

pytestmark = pytest.mark.faults
Count = Callable[[str], int]
Tried = Callable[[str], None]
LANDED = pytest.mark.parametrize("landed", [False, True], ids=["before", "landed"])
#: One file of two parts, so that an upload in parts is killed as well.
WITH_A_LARGE_FILE = (30, 9_000_000)


@pytest.fixture
def old(tmp_path: Path) -> Publication:
    return stage(tmp_path / "old", "old")


@pytest.fixture
def new(tmp_path: Path) -> Publication:
    return stage(tmp_path / "new", "new")


def calls_of(place: Place, old: Publication, new: Publication) -> tuple[list[str], list[str]]:
    """Return the calls of an undisturbed publication: to the store, to the operating system."""
    uri = place.store("undisturbed")
    old.publish(open_store(uri))
    here, there = context().Pipe()
    with started(say_calls, uri, place.environment, new, there) as process:
        there.close()
        found: tuple[list[str], list[str]] = here.recv()
        process.join(60)
    assert digests(CommitLog(open_store(uri), COLLECTION).version(2)) == new.digests()
    return found


def assert_converges(store: Store, old: Publication, new: Publication, *, anew: bool) -> None:
    """The last version is whole; the run, retried or made anew, ends as if undisturbed."""
    head = CommitLog(store, COLLECTION).head()
    assert head is not None
    assert verify(head) == []
    assert digests(head) == (old.digests() if head.number == 1 else new.digests())
    again = (replace(new, run_id="run-anew") if anew else new).publish(store)
    assert digests(again) == new.digests()
    assert_whole(store, versions=2)


@LANDED
def test_killed_at_any_call_to_the_store(
    place: Place, landed: bool, old: Publication, new: Publication, count: Count, tried: Tried
) -> None:
    calls, _ = calls_of(place, old, new)
    total = len(calls)
    assert total >= 12
    points = evenly(total, count("fault-points"), always=calls.index("create"))
    for at in points:
        uri = place.store(f"killed-{at}")
        store = open_store(uri)
        old.publish(store)
        with started(publish_and_die, uri, place.environment, new, at, landed) as process:
            process.join(60)
        assert process.exitcode == -signal.SIGKILL, f"call {at}"
        assert_converges(store, old, new, anew=at % 2 == 0)
    tried(f"killed at {len(points)} of {total} calls, 0 torn, all converge")


@LANDED
def test_killed_at_any_writing_call_to_the_operating_system(
    tmp_path: Path, landed: bool, old: Publication, new: Publication, count: Count, tried: Tried
) -> None:
    (tmp_path / "stores").mkdir()
    place = Place(str(tmp_path / "stores"), {})
    _, calls = calls_of(place, old, new)
    total = len(calls)
    # Six files, each flushed, named, its folder flushed; and what is temporary is removed.
    assert total >= 24
    points = evenly(total, count("fault-points"), always=calls.index("link"))
    for at in points:
        uri = place.store(f"killed-{at}")
        store = open_store(uri)
        old.publish(store)
        with started(publish_and_die_in_a_system_call, uri, {}, new, at, landed) as process:
            process.join(60)
        # Threads that make the same folder at once make a call more or less: the last may be none.
        done = process.exitcode == 0 and at >= total - 3
        assert done or process.exitcode == -signal.SIGKILL, f"call {at}"
        assert_converges(store, old, new, anew=at % 2 == 0)
    tried(f"killed at {len(points)} of {total} calls, 0 torn, all converge")


@LANDED
def test_killed_at_any_request_to_the_server(
    gateway: Gateway,
    bucket: str,
    tmp_path: Path,
    landed: bool,
    old: Publication,
    count: Count,
    tried: Tried,
) -> None:
    new = stage(tmp_path / "large", "new", sizes=WITH_A_LARGE_FILE)
    with FaultProxy(gateway.port) as proxy:
        environment = client_environment(proxy.port)
        calls = killed_at_a_request(proxy, bucket, environment, old, new, None, landed)
        total = len(calls)
        assert total >= 16
        points = evenly(total, count("fault-points"), always=commit_among(calls))
        for at in points:
            at_bucket = f"s3://{gateway.make_bucket()}"
            killed_at_a_request(proxy, at_bucket, environment, old, new, at, landed)
            assert_converges(open_store(at_bucket), old, new, anew=at % 2 == 0)
    tried(f"killed at {len(points)} of {total} requests, 0 torn, all converge")


def killed_at_a_request(
    proxy: FaultProxy,
    uri: str,
    environment: dict[str, str],
    old: Publication,
    new: Publication,
    at: int | None,
    landed: bool,
) -> list[str]:
    """Publish `new` after `old` in a process that is killed at a request; return the requests."""
    old.publish(open_store(uri))
    plan = proxy.plan(uri.removeprefix("s3://"), Plan())
    with started(publish_and_die, uri, environment, new, -1, False) as process:

        def kill() -> None:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            # The server must not answer, nor refuse, a process that is still there.
            wait([process.sentinel], 10)

        if at is not None:
            plan.on_kill = kill
            plan.faults[at] = "kill_after" if landed else "kill_before"
        process.join(60)
    assert process.exitcode == (0 if at is None else -signal.SIGKILL), f"request {at}"
    return plan.calls
