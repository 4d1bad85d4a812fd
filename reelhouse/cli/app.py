"""The commands together, and how every error becomes one line."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from reelhouse import __version__
from reelhouse.cli import (
    clusters,
    explorer,
    export,
    recommend,
    repair,
    show,
    title,
    versions,
    viewers,
)
from reelhouse.cli.arguments import with_shares, without_debug
from reelhouse.cli.output import one_line
from reelhouse.errors import ReelhouseError
from reelhouse.redaction import redacted

app = typer.Typer(
    name="reelhouse",
    help="Read what Reelhouse published: versions, clusters, titles, recommendations.",
    epilog="Example: reelhouse clusters --store demo-store",
    no_args_is_help=True,
    add_completion=False,
    # Plain help: boxes and colours help nobody in a pipe.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (versions, show, explorer, repair, clusters, title, viewers, recommend, export):
    module.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reelhouse {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Print the traceback of an error; before or after a command."),
    ] = False,
) -> None:
    """Read what Reelhouse published: versions, clusters, titles, recommendations."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Those of the process by default.

    Returns
    -------
    int
        Exit status: 0, 2 for wrong usage, 1 for an error (told in one line on stderr).
    """
    given, debug = without_debug(sys.argv[1:] if arguments is None else list(arguments))
    _let_any_text_be_printed()
    try:
        app(with_shares(given), prog_name="reelhouse")
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 0
    except BrokenPipeError:
        _silence_stdout()
        return 1
    except KeyboardInterrupt:
        return _failed("interrupted", debug=debug)
    except ReelhouseError as error:
        return _failed(str(error), debug=debug)
    except Exception as error:
        message = f"{type(error).__name__}: {error}; this is a defect, --debug shows where"
        return _failed(message, debug=debug)
    return 0


def _failed(message: str, *, debug: bool) -> int:
    if debug:
        typer.echo(redacted(traceback.format_exc()), err=True, nl=False)
    typer.echo(f"error: {one_line(redacted(message))}", err=True)
    return 1


def _let_any_text_be_printed() -> None:
    """Escape what the terminal's encoding does not have instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Let the interpreter flush what nobody reads any more, without a second error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
