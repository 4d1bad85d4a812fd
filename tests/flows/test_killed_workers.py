"""Dask's workers die all the time, and what is published is the same to the byte."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dask.config
import pytest
from distributed import Client, LocalCluster, SchedulerPlugin
from distributed.chaos import KillWorker

from flows.catalogue import catalogue
from reelhouse.catalogue.settings import CatalogueSettings
from reelhouse.runs.base import open_base
from reelhouse.settings import ClusterSettings, PartitionSettings
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version


class Deaths(SchedulerPlugin):
    """Counts the workers that went."""

    n = 0

    def remove_worker(self, *_: object, **__: object) -> None:
        self.n += 1


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    patience = {"distributed.scheduler.allowed-failures": 100}
    with (
        dask.config.set(patience),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as started,
    ):
        yield started


def published(titles: Path, store: Path, dask_address: str) -> Version:
    catalogue(
        CatalogueSettings(
            titles=str(titles),
            store=str(store),
            clusters=ClusterSettings(n_clusters=4),
            partitions=PartitionSettings(rows_per_partition=20, dask=dask_address),
        )
    )
    return open_base(str(store), create=False, collection="catalogue").required()


def digests(version: Version) -> dict[str, str]:
    assert verify(version) == []
    return {entry.path: entry.sha256 for entry in version.manifest.files}


def doom(client: Client, round_: int) -> None:
    """Let the workers of this moment die, about two seconds from now; those after them live.

    If those had the plugin too, they could die faster than they get anything done.
    """
    # A worker that leaves by sys.exit takes its nanny along, and nobody starts it again.
    client.register_plugin(KillWorker(delay="2 s", mode="segfault"), name=f"kill-{round_}")
    client.unregister_worker_plugin(f"kill-{round_}")


@contextmanager
def dying_workers(address: str) -> Iterator[None]:
    done = threading.Event()

    def kill() -> None:
        with Client(address, set_as_default=False) as client:
            for round_ in range(3):
                with suppress(Exception):  # the worker that is asked may be the one that dies
                    doom(client, round_)
                if done.wait(5):
                    return

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        done.set()
        killer.join()


@pytest.mark.long
@pytest.mark.faults
def test_with_dying_workers_the_same_files_are_published(
    evening: Path, cluster: LocalCluster, tmp_path: Path
) -> None:
    address = cluster.scheduler_address
    calm = published(evening, tmp_path / "calm", address)
    deaths = Deaths()
    cluster.scheduler.add_plugin(deaths)
    with dying_workers(address):
        shaken = published(evening, tmp_path / "shaken", address)
    assert deaths.n > 0
    assert shaken.manifest.key == calm.manifest.key
    assert digests(shaken) == digests(calm)
