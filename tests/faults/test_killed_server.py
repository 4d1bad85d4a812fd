"""kill -9 of the S3 server's own processes while six writers publish."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

import pytest

from reelhouse.errors import StoreError
from reelhouse.runs.conflicts import on_newest_version
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.version import Version
from tests.support.gateway import Gateway
from tests.support.marks import add_mark, marks
from tests.support.processes import context, opened, started
from tests.support.publication import COLLECTION, assert_whole

SEED = 20261121
#: The store of each writer: two share one and meet, the others publish as fast as they can.
WRITERS = ("shared", "shared", "own-1", "own-2", "own-3", "own-4")

#: Number, commit id and mark of a version.
Acknowledged: TypeAlias = tuple[int, str, str]


@pytest.fixture
def durable_gateway(gateway: Gateway) -> Iterator[Gateway]:
    """A server that keeps on a disk what it has acknowledged; beside the other one's process."""
    with Gateway("bluestore") as server:
        yield server


def publish_until_told(
    uri: str, environment: dict[str, str], scratch: Path, writer: int, told: Connection
) -> None:
    """Add one mark after another; at the end tell each version that was acknowledged."""
    store = opened(uri, environment)
    acknowledged: list[Acknowledged] = []
    attempts = failures = number = 0

    @on_newest_version(attempts=10_000)
    def add(mark: str) -> Version:
        nonlocal attempts
        attempts += 1
        return add_mark(store, scratch / f"{writer}-{attempts}", mark)

    while not told.poll():
        mark = f"w{writer}.{number}"
        try:
            version = add(mark)
        except StoreError:
            # Failed, or unknown: the run is made again, as a schedule would.
            failures += 1
            continue
        acknowledged.append((version.number, version.commit.commit_id, mark))
        number += 1
    told.send((acknowledged, failures))


@pytest.mark.faults
def test_a_killed_server_loses_nothing_that_it_acknowledged(
    durable_gateway: Gateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: Callable[[str], int],
    tried: Callable[[str], None],
) -> None:
    kills = count("server-kills")
    environment = durable_gateway.environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    root = f"s3://{durable_gateway.make_bucket()}"
    moments = random.Random(SEED)
    with ExitStack() as running:
        pipes = []
        for writer, name in enumerate(WRITERS):
            here, there = context().Pipe()
            arguments = (f"{root}/{name}", environment, tmp_path, writer, there)
            running.enter_context(started(publish_until_told, *arguments))
            there.close()
            pipes.append(here)
        for number in range(kills):
            time.sleep(moments.uniform(0.5, 1.5))
            name = ("rgw", "osd")[number % 2]
            durable_gateway.kill(name)
            durable_gateway.start(name)
        time.sleep(1)
        for here in pipes:
            here.send("stop")
        answers = [here.recv() for here in pipes]
    n_versions = n_acknowledged = 0
    for name in sorted(set(WRITERS)):
        acknowledged = [
            one
            for of, (found, _) in zip(WRITERS, answers, strict=True)
            for one in found
            if of == name
        ]
        n_versions += assert_nothing_lost(open_store(f"{root}/{name}"), acknowledged)
        n_acknowledged += len(acknowledged)
    assert n_acknowledged > kills
    failures = sum(failed for _, failed in answers)
    tried(
        f"{kills} server kills: {n_acknowledged} acknowledged, 0 lost, 0 torn of "
        f"{n_versions}; {failures} runs failed and were made again"
    )


def assert_nothing_lost(store: Store, acknowledged: list[Acknowledged]) -> int:
    """Every acknowledged version is there and whole, no mark twice; return the versions."""
    log = CommitLog(store, COLLECTION)
    versions = dict(log.opened())
    for number, commit_id, mark in acknowledged:
        version = versions[number]
        assert isinstance(version, Version), version
        assert version.commit.commit_id == commit_id
        assert marks(version)[-1] == mark
    assert_whole(store, versions=len(versions))
    last = marks(log.head())
    assert len(last) == len(set(last)) == len(versions)
    assert {mark for _, _, mark in acknowledged} <= set(last)
    return len(versions)
