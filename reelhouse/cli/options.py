"""Options that the commands share, and the version that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from reelhouse.errors import NoVersionError

if TYPE_CHECKING:
    from reelhouse.storage.commits import CommitLog
    from reelhouse.storage.version import Version

StoreUri: TypeAlias = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URI",
        envvar="REELHOUSE_STORE",
        help="A folder, file:///path or s3://bucket/prefix.",
        show_default=False,
    ),
]
VersionNumber: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--version", metavar="N", min=1, help="Number of the version; the last by default."
    ),
]
Collection: TypeAlias = Annotated[
    str, typer.Option("--collection", metavar="NAME", help="Line of versions.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def open_log(store: str, collection: str) -> CommitLog:
    """Open the versions of a collection.

    Raises
    ------
    NoVersionError
        When nothing was published there.
    """
    from reelhouse.storage.commits import CommitLog
    from reelhouse.storage.store import open_store

    log = CommitLog(open_store(store), collection)
    if not log.numbers():
        raise NoVersionError(
            f"{log.store.uri} holds no version of {collection}, expected at least 1"
        )
    return log


def open_version(store: str, collection: str, number: int | None) -> Version:
    """Open one version, the last by default.

    Raises
    ------
    NoVersionError
        When it is not there.
    """
    log = open_log(store, collection)
    version = log.head() if number is None else log.version(number)
    if version is None:  # swept away since the log was opened
        raise NoVersionError(f"{log.store.uri} holds no version of {collection}")
    return version
