"""Where Dask computes: threads, local processes, or a scheduler that runs elsewhere."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reelhouse.errors import ComputeError
from reelhouse.uris import public_uri

if TYPE_CHECKING:
    from distributed import Client

_log = logging.getLogger(__name__)

#: Says where Dask computes when the settings leave it open (`auto`).
VARIABLE = "REELHOUSE_DASK"

#: What may be named. An address has no room for a password: Dask knows certificates only.
PLACES = r"^(auto|threads|processes|(tcp|tls)://[^\s@/?#]+:[0-9]+)$"

# Starting worker processes takes a few seconds, more than this many partitions cost in threads.
_FEW_PARTITIONS = 2
_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class ComputePlace:
    """Where Dask computes during a block."""

    name: str
    """threads, processes, or the address of a scheduler."""

    dashboard: str | None = None
    """Link to the scheduler's pages; None where there are none."""


def chosen_place(dask: str, environ: Mapping[str, str] = os.environ) -> str:
    """The place that a setting stands for: `auto` is what REELHOUSE_DASK says, if it says anything.

    It is read in the process that runs the flow, so that a command, a deployment's run and a call
    from Python find the same.

    Examples
    --------
    >>> chosen_place("auto", {"REELHOUSE_DASK": "tcp://host:8786"})
    'tcp://host:8786'
    >>> chosen_place("threads", {"REELHOUSE_DASK": "tcp://host:8786"})
    'threads'
    """
    return (environ.get(VARIABLE) or dask) if dask == "auto" else dask


def is_elsewhere(place: str) -> bool:
    """Say whether a place is the address of a scheduler."""
    return place.startswith(("tcp://", "tls://"))


@contextmanager
def dask_scheduler(
    dask: str, n_workers: int, n_partitions: int, folder: Path | None = None
) -> Iterator[ComputePlace]:
    """Make `dask.compute` and `.compute()` use what the settings name, for the block's duration.

    Parameters
    ----------
    dask
        ``auto`` (what REELHOUSE_DASK says; else threads for few partitions and processes for
        more), ``threads``, ``processes`` (a cluster on the loopback interface), or the address of
        a scheduler, ``tcp://host:port``.
    n_workers
        Threads, or worker processes of one thread each; without meaning for an address.
    n_partitions
        Partitions that there are to compute.
    folder
        Where partitions are read and written; workers elsewhere must see it. None: not asked.

    Raises
    ------
    ComputeError
        The name is none of these, nobody answers at the address, or the workers there cannot do
        this run's work.
    """
    name = chosen_place(dask)
    if re.fullmatch(PLACES, name) is None:
        source = VARIABLE if name != dask else "dask"
        raise ComputeError(
            f"{source} is {public_uri(name)!r}, expected auto, threads, processes or "
            "tcp://host:port"
        )
    if name == "auto":
        name = "threads" if n_partitions <= _FEW_PARTITIONS else "processes"
    place: AbstractContextManager[str | None]
    if name == "threads":
        place = _threads(n_workers)
    elif name == "processes":
        # More workers than partitions would only start and idle.
        place = _processes(max(1, min(n_workers, n_partitions)))
    else:
        place = _address(name, folder)
    with place as dashboard:
        _log.info("dask computes in %s", name)
        yield ComputePlace(name, dashboard)


@contextmanager
def _threads(n_workers: int) -> Iterator[None]:
    import dask.config

    with dask.config.set(scheduler="threads", num_workers=n_workers):
        yield


@contextmanager
def _processes(n_workers: int) -> Iterator[str | None]:
    import dask.config
    from distributed import Client, LocalCluster

    has_pages = find_spec("bokeh") is not None
    with (
        _quiet(),
        dask.config.set(_pages(has_pages)),
        LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # Any free port: the usual one may be taken by a cluster of the user's.
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster),
    ):
        services = cluster.scheduler_info["services"]
        # By that name and no other do the pages answer (_pages).
        yield _link("localhost", services) if has_pages else None


def _pages(has_pages: bool) -> dict[str, Any]:
    """Dask's settings for a scheduler that serves its dashboard and nothing else.

    Left to itself it would also serve its state as JSON, its workers' logs, metrics and a proxy to
    other ports, and let the scripts of any web page that is open in a browser of this machine read
    the dashboard. Without bokeh there is no dashboard, and nothing is served.
    """
    return {
        "distributed.scheduler.http.routes": ["distributed.http.statics"] if has_pages else [],
        "distributed.worker.http.routes": [],
        # Nobody named: pages that came from localhost and the dashboard's own port.
        "distributed.scheduler.dashboard.bokeh-application.allow_websocket_origin": [],
    }


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
def _address(address: str, folder: Path | None) -> Iterator[str | None]:
    from reelhouse.workers import check_workers

    with _connected(address) as client:
        check_workers(client, address, folder)
        yield _pages_of(client, urlsplit(address).hostname or "")


def _connected(address: str) -> Client:
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    class ClosingClient(Client):  # type: ignore[misc]
        def __init__(self) -> None:
            try:
                super().__init__(address, timeout=_CONNECT_SECONDS)
            except BaseException:
                # Left to the garbage collector, it is closed wherever that runs: in a thread that
                # is just starting Dask's event loop, for instance, which then waits for itself.
                self.close()
                raise

    try:
        with _quiet(), warnings.catch_warnings():
            # Dask's table of many lines; check_workers says in one what matters.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return ClosingClient()
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ComputeError(
            f"no Dask scheduler answers at {address} within {_CONNECT_SECONDS} s: {reason}"
        ) from None


def _pages_of(client: Client, host: str) -> str | None:
    """Link to a scheduler's dashboard, under the name by which this run reached the scheduler."""
    there = client.get_versions(packages=["bokeh"])["scheduler"]["packages"]
    if there["bokeh"] is None:  # what its port shows then is only how to install it
        return None
    services = client.scheduler_info(n_workers=0).get("services", {})
    return _link(f"[{host}]" if ":" in host else host, services)


def _link(host: str, services: Mapping[str, int]) -> str | None:
    """Link to the pages of a scheduler, as Dask's setting `distributed.dashboard.link` has it."""
    from distributed.utils import format_dashboard_link

    try:
        return public_uri(format_dashboard_link(host, services["dashboard"]))
    except KeyError:  # no pages, or a setting that names a variable which is not there
        return None
