"""Where Dask computes: threads, local processes, or a scheduler that runs elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from reelhouse.errors import ComputeError

_log = logging.getLogger(__name__)

# Starting worker processes takes a few seconds, more than this many partitions cost in threads.
_FEW_PARTITIONS = 2
_CONNECT_SECONDS = 10


@contextmanager
def dask_scheduler(dask: str, n_workers: int, n_partitions: int) -> Iterator[None]:
    """Make `dask.compute` and `.compute()` use what the settings name, for the block's duration.

    Parameters
    ----------
    dask
        ``auto`` (threads for few partitions, else processes), ``threads``, ``processes`` (a
        cluster on the loopback interface), or the address of a scheduler, ``tcp://host:port``.
    n_workers
        Threads, or worker processes of one thread each; without meaning for an address.
    n_partitions
        Partitions that there are to compute.

    Raises
    ------
    ComputeError
        The name is none of these, or nobody answers at the address.
    """
    if dask == "auto":
        dask = "threads" if n_partitions <= _FEW_PARTITIONS else "processes"
    if dask == "threads":
        place = _threads(n_workers)
    elif dask == "processes":
        # More workers than partitions would only start and idle.
        place = _processes(max(1, min(n_workers, n_partitions)))
    elif dask.startswith(("tcp://", "tls://")):
        place = _address(dask)
    else:
        raise ComputeError(
            f"dask is {dask!r}, expected auto, threads, processes or tcp://host:port"
        )
    with place:
        _log.info("dask computes in %s", dask)
        yield


@contextmanager
def _threads(n_workers: int) -> Iterator[None]:
    import dask.config

    with dask.config.set(scheduler="threads", num_workers=n_workers):
        yield


@contextmanager
def _processes(n_workers: int) -> Iterator[None]:
    import dask.config
    from distributed import Client, LocalCluster

    # Without a dashboard the scheduler still serves pages about itself: leave it none to serve, on
    # any free port (its usual one may be taken by a cluster of the user's).
    routes = ("distributed.scheduler.http.routes", "distributed.worker.http.routes")
    no_pages: dict[str, list[str]] = {route: [] for route in routes}
    with (
        _quiet(),
        dask.config.set(no_pages),
        LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster),
    ):
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the cluster's coming and going out of the log; its errors stay in."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _address(address: str) -> Iterator[None]:
    from distributed import Client

    try:
        with _quiet():
            client = Client(address, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ComputeError(
            f"no Dask scheduler answers at {address} within {_CONNECT_SECONDS} s: {error}"
        ) from None
    with client:
        yield
