"""Options that the commands share, and how each runs its flow."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

from flows.environment import prepare
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
Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Debug = Annotated[bool, typer.Option("--debug", help="Tracebacks and Prefect's own messages.")]


def run_flow(
    flow: Callable[[], Any], *, quiet: bool, debug: bool, store_block: str | None = None
) -> Any:
    """Run a flow with the environment and the console set up; flows are imported only here."""
    prepare()
    if store_block:
        # The name alone: whoever opens the store fetches the keys (tasks.credentials).
        os.environ["REELHOUSE_STORE_BLOCK"] = store_block
    import prefect  # noqa: F401  (sets up its logging, which is adjusted next)

    from flows.console import show_progress

    show_progress(Console(stderr=True), quiet=quiet, debug=debug)
    return flow()
