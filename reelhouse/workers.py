"""Whether a Dask scheduler that runs elsewhere, and its workers, can do this run's work.

Asked before anything starts: what is missing there would otherwise show itself in the middle of a
run, as a traceback that names neither the worker nor the reason.
"""

from __future__ import annotations

import logging
import os
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelhouse import __version__
from reelhouse.errors import ComputeError
from reelhouse.runs.code import code_digest
from reelhouse.runs.record import software

if TYPE_CHECKING:
    from distributed import Client

_log = logging.getLogger(__name__)

_WORKERS_SECONDS = 30
_SCHEDULER = "the scheduler"
# Other releases may not understand what is sent to them: Dask's messages, Python's pickles.
_MUST_AGREE = ("python", "dask", "distributed")


def check_workers(client: Client, address: str, folder: Path | None = None) -> None:
    """Stop unless the scheduler and all workers of the moment can run the library's functions.

    Parameters
    ----------
    client : distributed.Client
    address
        The scheduler's, for messages.
    folder
        Where partitions are read and written; None: not asked.

    Raises
    ------
    ComputeError
        There is no worker within 30 s; Python (to the minor release), Dask or Reelhouse differ
        somewhere, be it by an edited source; a worker cannot use the folder. Other versions of
        numeric libraries are only warned about: last digits may differ.
    """
    _wait_for_a_worker(client, address)
    _compare_versions(client, address)
    # Edited sources have no release of their own, and a run's key names the code of this process.
    digests = client.run(code_digest, on_error="return")
    _refuse(
        address,
        _others(digests, code_digest()),
        f"other sources of reelhouse {__version__}",
        "those of this run",
    )
    if folder is not None:
        usable = client.run(os.access, str(folder), os.R_OK | os.W_OK | os.X_OK, on_error="return")
        shared = "a TMPDIR that this run and all workers share"
        _refuse(address, _others(usable, True), f"no access to {folder}", shared)


def _wait_for_a_worker(client: Client, address: str) -> None:
    # An adaptive cluster starts workers only when there is something to do.
    demand = client.submit(os.getpid, pure=False)
    try:
        client.wait_for_workers(1, timeout=_WORKERS_SECONDS)
    except TimeoutError:
        raise ComputeError(
            f"the Dask scheduler at {address} has no worker after {_WORKERS_SECONDS} s, expected "
            "at least 1"
        ) from None
    finally:
        demand.release()


def _compare_versions(client: Client, address: str) -> None:
    """Refuse another Python, Dask or release of Reelhouse; warn of other numeric libraries."""
    libraries = sorted(software().keys() - {"reelhouse", *_MUST_AGREE})
    told = client.get_versions(packages=libraries)
    ours = told["client"]["packages"]
    workers = {name: info["packages"] for name, info in told["workers"].items()}
    everybody = {_SCHEDULER: told["scheduler"]["packages"], **workers}
    for package in _MUST_AGREE:
        found = {name: _release(package, packages) for name, packages in everybody.items()}
        _refuse_version(address, package, found, _release(package, ours))
    _refuse_version(address, "reelhouse", _reelhouse(client), __version__)
    for package in libraries:
        others = _others({name: its[package] for name, its in workers.items()}, ours[package])
        if others:
            _log.warning(
                "%s on %s, here %s: last digits may differ",
                _version(package, others),
                _named(others),
                ours[package],
            )


def _release(package: str, packages: Mapping[str, Any]) -> Any:
    version = packages[package]
    # Patch releases of Python read each other's pickles.
    return ".".join(version.split(".")[:2]) if package == "python" else version


def _reelhouse(client: Client) -> dict[str, Any]:
    """Releases of the library: asked of the code, an editable installation's metadata grow old."""
    attribute = "reelhouse:__version__"
    found: dict[str, Any] = client.run(pkgutil.resolve_name, attribute, on_error="return")
    try:
        # The scheduler unpickles what it hands on.
        return {_SCHEDULER: client.run_on_scheduler(pkgutil.resolve_name, attribute), **found}
    except (ImportError, AttributeError) as error:
        return {_SCHEDULER: error, **found}


def _others(answers: Mapping[str, Any], expected: object) -> dict[str, Any]:
    """Those who answer something else; a worker that has gone meanwhile answers an OSError."""
    return {
        name: answer
        for name, answer in answers.items()
        if answer != expected and not isinstance(answer, OSError)
    }


def _refuse_version(address: str, package: str, found: Mapping[str, Any], expected: str) -> None:
    others = _others(found, expected)
    _refuse(address, others, _version(package, others), expected)


def _version(package: str, others: Mapping[str, Any]) -> str:
    version = next(iter(others.values()), None)
    return f"{package} {version}" if isinstance(version, str) else f"no {package}"


def _refuse(address: str, others: Mapping[str, Any], found: str, expected: str) -> None:
    if others:
        raise ComputeError(
            f"Dask at {address} cannot compute this run: {found} on {_named(others)}, "
            f"expected {expected}"
        )


def _named(others: Mapping[str, Any]) -> str:
    first, *more = others
    return f"{first} and {len(more)} more" if more else first
