"""`reelhouse open`: the explorer page of a version, in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from reelhouse.cli import output
from reelhouse.cli.options import AsJson, Collection, StoreUri, VersionNumber, open_version


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="open", epilog="Example: reelhouse open --store demo-store")(open_page)


def open_page(
    store: StoreUri,
    version: VersionNumber = None,
    collection: Collection = "catalogue",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it, or only print where it is.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Open the explorer page; from a bucket it is fetched first. With --json nothing is opened."""
    import webbrowser

    from reelhouse.report.opening import page_of

    opened = open_version(store, collection, version)
    path = page_of(opened)
    if as_json:
        output.print_json(
            {"collection": collection, "version": opened.number, "page": path.as_uri()}
        )
        return
    # In one piece, however narrow the terminal is: it will be copied.
    typer.echo(output.plain(str(path)))
    if browser and not webbrowser.open(path.as_uri()):
        typer.echo("no browser could be started here; open the file in one", err=True)
