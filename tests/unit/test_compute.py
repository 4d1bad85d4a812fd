from __future__ import annotations

import http.client
import logging
import os
from urllib.parse import urlsplit

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


def test_the_environment_says_what_auto_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELHOUSE_DASK", "threads")
    with dask_scheduler("auto", n_workers=2, n_partitions=50) as place:
        assert (place.name, place.dashboard) == ("threads", None)
        assert dask.delayed(os.getpid)().compute() == os.getpid()


def test_a_place_that_the_settings_name_is_not_changed_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REELHOUSE_DASK", "tcp://127.0.0.1:9")
    with dask_scheduler("threads", n_workers=2, n_partitions=50) as place:
        assert place.name == "threads"


@pytest.mark.parametrize("name", ["spark", "tcp://host", "tcp://me:secret@host:8786", "threads\n"])
def test_a_wrong_name_in_the_environment_is_one_line_without_a_password(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELHOUSE_DASK", name)
    with (
        pytest.raises(ComputeError, match=r"REELHOUSE_DASK is '.*', expected auto") as raised,
        dask_scheduler("auto", n_workers=1, n_partitions=1),
    ):
        pass
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_address_that_needs_certificates_is_one_line() -> None:
    with (
        pytest.raises(ComputeError, match=r"answers at tls://127\.0\.0\.1:9 .*TLS") as raised,
        dask_scheduler("tls://127.0.0.1:9", n_workers=1, n_partitions=1),
    ):
        pass
    assert "\n" not in str(raised.value)


def answer(url: str, origin: str | None = None) -> int:
    """The status that a page answers with; with an origin, that of a script's connection to it."""
    parts = urlsplit(url)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(
            "GET", parts.path, headers={} if origin is None else {**upgrade, "Origin": origin}
        )
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.slow
def test_the_local_cluster_serves_its_dashboard_and_nothing_else() -> None:
    pytest.importorskip("bokeh", reason="a dashboard needs bokeh, of the extra flows")
    with dask_scheduler("processes", n_workers=1, n_partitions=1) as place:
        assert place.dashboard is not None
        root, page = place.dashboard.rsplit("/", 1)
        assert (root.rpartition(":")[0], page) == ("http://localhost", "status")
        assert answer(place.dashboard) == 200
        for other in ("info/main/workers.html", "json/counts.json", "metrics", "health", "sysinfo"):
            assert answer(f"{root}/{other}") == 404, other
        assert answer(f"{root}/proxy/{root.rpartition(':')[2]}/127.0.0.1/status") == 404
        live = f"{root}/status/ws"
        assert answer(live, "http://elsewhere.example") == 403
        assert answer(live, root) != 403


@pytest.mark.slow
def test_without_bokeh_there_is_no_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "find_spec", lambda _: None)
    with dask_scheduler("processes", n_workers=1, n_partitions=1) as place:
        assert place.dashboard is None
