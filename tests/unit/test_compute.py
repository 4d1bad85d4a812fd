from __future__ import annotations

import logging
import os

import dask
import pytest

from reelhouse import compute
from reelhouse.compute import dask_scheduler
from reelhouse.errors import ComputeError


@pytest.mark.parametrize(("name", "n_partitions"), [("threads", 50), ("auto", 2), ("auto", 0)])
def test_threads_compute_in_this_process(name: str, n_partitions: int) -> None:
    with dask_scheduler(name, n_workers=2, n_partitions=n_partitions):
        assert dask.delayed(os.getpid)().compute() == os.getpid()


def test_the_setting_ends_with_the_block() -> None:
    before = dask.config.get("scheduler", None)
    with dask_scheduler("threads", n_workers=2, n_partitions=1):
        assert dask.config.get("scheduler") == "threads"
    assert dask.config.get("scheduler", None) == before


@pytest.mark.slow
def test_auto_computes_many_partitions_in_other_processes_and_leaves_none() -> None:
    from distributed import default_client

    level = logging.getLogger("distributed").level
    with dask_scheduler("auto", n_workers=2, n_partitions=3):
        tasks = [dask.delayed(os.getpid, pure=False)() for _ in range(8)]
        processes = set(dask.compute(*tasks))
        client = default_client()
        assert client.cluster.scheduler_address.startswith("tcp://127.0.0.1:")
        assert len(client.nthreads()) == 2
    assert os.getpid() not in processes
    assert client.status == "closed"
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    assert logging.getLogger("distributed").level == level


@pytest.mark.slow
def test_an_error_inside_still_stops_the_processes() -> None:
    from distributed import default_client

    clients = []

    def fail() -> None:
        with dask_scheduler("processes", n_workers=1, n_partitions=3):
            clients.append(default_client())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert clients[0].status == "closed"


@pytest.mark.slow
def test_the_address_of_a_scheduler_is_used() -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
        ) as cluster,
        dask_scheduler(cluster.scheduler_address, n_workers=1, n_partitions=9),
    ):
        assert dask.delayed(os.getpid)().compute() != os.getpid()


def test_an_address_where_nobody_answers_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compute, "_CONNECT_SECONDS", 1)
    with (
        pytest.raises(ComputeError, match=r"answers at tcp://127\.0\.0\.1:9 within 1 s") as raised,
        dask_scheduler("tcp://127.0.0.1:9", n_workers=1, n_partitions=1),
    ):
        pass
    assert "\n" not in str(raised.value)


def test_an_unknown_name_says_what_is_possible() -> None:
    with (
        pytest.raises(ComputeError, match="dask is 'spark', expected auto, threads, processes or"),
        dask_scheduler("spark", n_workers=1, n_partitions=1),
    ):
        pass
