"""Every call of a publication to a real server meets every fault of a connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from reelhouse.errors import CommitConflictError, StoreError
from reelhouse.storage.bucket import Bucket
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from tests.support.counting_store import evenly
from tests.support.fault_proxy import FAULTS, Fault, FaultProxy, Plan, commit_among
from tests.support.gateway import Gateway, client_environment
from tests.support.publication import COLLECTION, Publication, assert_whole, digests, stage

pytestmark = pytest.mark.faults
#: Points at a time: most of them wait.
AT_ONCE = 16
DELAY_SECONDS = 5.0


@dataclass
class Broken:
    """Publications whose connections break.

    Parameters
    ----------
    gateway, proxy
        The server, and what breaks the calls to it.
    old, new
        The version that is there, and the one that is published.
    """

    gateway: Gateway
    proxy: FaultProxy
    old: Publication
    new: Publication

    def prepare(self) -> str:
        """Return the URI of a new bucket that holds the old version."""
        uri = f"s3://{self.gateway.make_bucket()}"
        self.old.publish(open_store(uri))
        return uri

    def calls(self, points: int) -> tuple[int, list[int]]:
        """Count the calls of an undisturbed publication, and choose those that break."""
        plan = Plan()
        assert self.publish(self.prepare(), plan)[0]
        total = len(plan.calls)
        assert total >= 16
        return total, evenly(total, points, always=commit_among(plan.calls))

    def publish(self, uri: str, plan: Plan, *, patience: float = 30.0) -> tuple[bool, int]:
        """Publish through the proxy; say whether it was acknowledged, and count the calls."""
        self.proxy.plan(uri.removeprefix("s3://"), plan)
        try:
            version = self.new.publish(Bucket(uri, patience=patience))
        except CommitConflictError as error:
            pytest.fail(f"{plan}: a conflict with nobody: {error}")
        except StoreError:
            return False, len(plan.calls)
        assert version.number == 2
        return True, len(plan.calls)

    def converge(self, uri: str, *, patience: float = 30.0) -> None:
        """The last version is whole, and the run made again ends as if undisturbed."""
        store = Bucket(uri, patience=patience)
        head = CommitLog(store, COLLECTION).head()
        assert head is not None
        assert verify(head) == []
        assert digests(head) in (self.old.digests(), self.new.digests())
        self.proxy.plan(uri.removeprefix("s3://"), Plan())
        try:
            version = self.new.publish(store)
        except CommitConflictError:
            # A commit that its client gave up landed just now: another's by its id. Flows are made
            # again on it, which finds it there.
            version = self.new.publish(store)
        assert digests(version) == self.new.digests()
        assert_whole(store, versions=2)


@pytest.fixture
def broken(
    gateway: Gateway, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Broken]:
    old = stage(tmp_path / "old", "old")
    # One file is of two parts.
    new = stage(tmp_path / "new", "new", sizes=(30, 9_000_000))
    with FaultProxy(gateway.port, delay=DELAY_SECONDS) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", client_environment(proxy.port)["AWS_ENDPOINT_URL"])
        yield Broken(gateway, proxy, old, new)


def test_one_fault_at_any_call_makes_no_conflict_and_no_second_version(
    broken: Broken, count: Callable[[str], int], tried: Callable[[str], None]
) -> None:
    total, at_calls = broken.calls(count("fault-points"))

    def point(fault: Fault, at: int) -> bool:
        uri = broken.prepare()
        acknowledged, calls = broken.publish(uri, Plan({at: fault}))
        assert calls > at, f"{fault} at {at} did not happen"
        broken.converge(uri)
        return acknowledged

    faults: tuple[Fault, ...] = (*FAULTS, "error")
    points = [(fault, at) for fault in faults for at in at_calls]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        acknowledged = list(pool.map(lambda one: point(*one), points))
    # The client repeats what breaks once, so that the run itself succeeds.
    assert all(acknowledged), [
        one for one, success in zip(points, acknowledged, strict=True) if not success
    ]
    tried(f"{len(faults)} faults x {len(points) // len(faults)} of {total} calls: 1 version each")


def test_a_server_that_goes_away_at_any_call_leaves_a_whole_version(
    broken: Broken, count: Callable[[str], int], tried: Callable[[str], None]
) -> None:
    total, at_calls = broken.calls(count("fault-points"))

    def point(at: int, landed: bool) -> bool:
        uri = broken.prepare()
        first: Fault = "drop_reply" if landed else "drop_request"
        plan = Plan({at: first}, rest="drop_request")
        acknowledged, _ = broken.publish(uri, plan, patience=1)
        broken.proxy.plan(uri.removeprefix("s3://"), Plan())
        broken.converge(uri)
        return acknowledged

    points = [(at, landed) for at in at_calls for landed in (0, 1)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        acknowledged = list(pool.map(lambda one: point(one[0], bool(one[1])), points))
    tried(f"server gone from {len(points) // 2} of {total} calls on: {sum(acknowledged)} published")


def test_what_arrives_after_the_client_gave_up_does_no_harm(
    gateway: Gateway,
    broken: Broken,
    count: Callable[[str], int],
    tried: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    total, at_calls = broken.calls(count("fault-points"))
    delay, patience = 2.0, 0.7
    with FaultProxy(gateway.port, delay=delay) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", client_environment(proxy.port)["AWS_ENDPOINT_URL"])
        slow = Broken(gateway, proxy, broken.old, broken.new)

        def point(at: int) -> bool:
            uri = slow.prepare()
            acknowledged, _ = slow.publish(uri, Plan({at: "delay"}), patience=patience)
            slow.converge(uri)
            # The late request lands on what has converged meanwhile.
            time.sleep(1.2 * delay)
            slow.converge(uri)
            return acknowledged

        with ThreadPoolExecutor(AT_ONCE) as pool:
            acknowledged = list(pool.map(point, at_calls))
    tried(f"{len(at_calls)} of {total} calls arrive late: {sum(acknowledged)} published at once")
