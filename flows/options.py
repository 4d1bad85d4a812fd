"""Options that the commands share, and how each runs its flow."""

from __future__ import annotations

import gc
import math
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from flows.environment import prepare
from flows.temporary_server import TemporaryServer
from reelhouse.compute import PLACES, VARIABLE

Store = Annotated[
    str,
    typer.Option(
        help="Folder or s3://bucket/prefix to publish to.", metavar="URI", envvar="REELHOUSE_STORE"
    ),
]
StoreBlock = Annotated[
    str | None,
    typer.Option(
        help="Prefect block that holds the store's keys.",
        metavar="NAME",
        envvar="REELHOUSE_STORE_BLOCK",
    ),
]


def _place(text: str) -> str:
    if re.fullmatch(PLACES, text) is None:
        raise typer.BadParameter(f"{text!r} is none of auto, threads, processes, tcp://host:port")
    return text


Dask = Annotated[
    str,
    typer.Option(
        help="auto, threads, processes, or a scheduler: tcp://host:port.",
        metavar="PLACE",
        envvar=VARIABLE,
        callback=_place,
    ),
]
Titles = Annotated[
    str, typer.Option(help="Path or URI of the snapshot: CSV, plain, gzip or zip.", metavar="URI")
]
Clusters = Annotated[str, typer.Option(help="Number of clusters, or auto.", metavar="auto|N")]
FeatureFile = Annotated[
    Path | None,
    typer.Option(
        "--feature-options", help="TOML or JSON file of settings of the features.", metavar="FILE"
    ),
]
RunSeed = Annotated[int, typer.Option("--seed", help="Seed of everything random.", min=0)]
#: Lines of versions that nights place titles in, who places them, and the classifiers that can.
COLLECTIONS = ("catalogue", "deep")
PLACE_BY = ("centroid", "classifier")
PLACERS = ("linear", "dense")
Rows = Annotated[int, typer.Option(help="Rows of one partition: the unit of memory.", min=1)]
Ratings = Annotated[
    str,
    typer.Option(
        help="Path or URI of the ratings: file, folder or archive of the Netflix Prize or "
        "MovieLens, or a CSV with user, title, rating and perhaps date.",
        metavar="URI",
    ),
]
TitleNames = Annotated[
    str | None,
    typer.Option(
        help="movie_titles.csv, movies.csv, u.item or movies.dat; found beside the ratings "
        "when not given.",
        metavar="URI",
    ),
]
Genres = Annotated[
    str | None,
    typer.Option(
        help="movies.csv, u.item, movies.dat or netflix_genres.csv; found beside the ratings "
        "when not given.",
        metavar="URI",
    ),
]
Scale = Annotated[
    str | None,
    typer.Option(help="Lowest and highest rating, such as 1:10.", metavar="LOW:HIGH"),
]
Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Debug = Annotated[bool, typer.Option("--debug", help="Tracebacks and Prefect's own messages.")]


def bounds_of(text: str | None) -> tuple[float, float] | None:
    """The lowest and the highest rating that `--scale` names."""
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        low = high = 0.0
    if not (low < high and math.isfinite(low) and math.isfinite(high)):
        raise typer.BadParameter(
            f"{text!r} is no range, expected LOW:HIGH such as 1:10", param_hint="--scale"
        )
    return low, high


def number_of_clusters(text: str) -> int | Any:
    """What `--clusters` says."""
    if text == "auto":
        return text
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(
            f"{text!r} is neither auto nor a whole number of at least 1", param_hint="--clusters"
        )
    return int(text)


def one_of(text: str, known: Sequence[str], option: str) -> Any:
    """A name among those that an option knows."""
    if text not in known:
        raise typer.BadParameter(
            f"{text!r} is not known, expected one of {', '.join(known)}", param_hint=option
        )
    return text


def named_list(text: str, known: Sequence[str], option: str) -> tuple[Any, ...]:
    """Names among those that an option knows, separated by commas; each counts once."""
    names = [one_of(name.strip(), known, option) for name in text.split(",")]
    return tuple(dict.fromkeys(names))


def run_flow(
    load: Callable[[], Callable[[], Any]],
    *,
    quiet: bool,
    debug: bool,
    store_block: str | None = None,
) -> Any:
    """Run a flow with the environment and the console set up; flows are imported only here.

    Parameters
    ----------
    load : callable
        Imports the flow and returns the call of it.
    quiet, debug : bool
        What the terminal shows.
    store_block : str or None
        Prefect block with the store's keys.
    """
    prepare()
    if store_block:
        # The name alone: whoever opens the store fetches the keys (tasks.credentials).
        os.environ["REELHOUSE_STORE_BLOCK"] = store_block
    server = _begin_server()
    with _without_collection():
        import prefect  # noqa: F401  (sets up its logging, which is adjusted next)

        from flows.console import show_progress

        show_progress(Console(stderr=True), quiet=quiet, debug=debug)
        if server is not None:
            server = _use(server)
        call = load()
    with nullcontext() if server is None else _reached(server):
        return call()


def _begin_server() -> TemporaryServer | None:
    """Start a server where the environment names none, before anything large is imported."""
    # A process that imported Prefect before (a test, a notebook) has made its choice.
    if os.environ.get("PREFECT_API_URL") or "prefect" in sys.modules:
        return None
    return TemporaryServer()


def _use(server: TemporaryServer) -> TemporaryServer | None:
    """Make Prefect use the server, unless its own configuration names one or wants none."""
    from prefect.context import refresh_global_settings_context
    from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_EPHEMERAL_ENABLED

    from tasks.server import TEMPORARY_SERVER

    if PREFECT_API_URL.value() or not PREFECT_SERVER_EPHEMERAL_ENABLED.value():
        server.stop()
        return None
    # Not temporary_settings: threads that Prefect starts look at the process's settings.
    os.environ["PREFECT_API_URL"] = os.environ[TEMPORARY_SERVER] = server.url
    refresh_global_settings_context()
    return server


@contextmanager
def _reached(server: TemporaryServer) -> Iterator[None]:
    """Wait for the server; switch off what only a server that stays can use."""
    from prefect.settings import (
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
        temporary_settings,
    )

    server.wait(PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value())
    # Heartbeats tell a server that a run still lives. This one goes with the run, and the thread
    # that sends them makes every run wait up to a second at its end.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


@contextmanager
def _without_collection() -> Iterator[None]:
    """Import without looking for garbage among what is imported: then, later and at exit."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
