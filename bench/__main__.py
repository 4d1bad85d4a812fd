"""`python -m bench NAME --json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import Console

from bench.machine import machine

app = typer.Typer(
    name="python -m bench",
    help="Measure, and print one JSON object per measurement with the machine it was made on.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _group() -> None:
    """Keep the name of the measurement on the command line, though there is one so far."""


@app.command()
def catalogue(
    sizes: Annotated[str, typer.Option(help="Synthetic titles, comma-separated.")] = (
        "10000,100000,1000000"
    ),
    repeats: Annotated[int, typer.Option(help="Runs of the real files; the median counts.")] = 3,
    themes: Annotated[int, typer.Option(help="Planted themes.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Time file to published version, and the night after; real files and synthetic sizes.

    Example: python -m bench catalogue --sizes 10000 --repeats 1 --json
    """
    from bench.catalogue import run

    numbers = [int(size) for size in sizes.split(",") if size]
    _print(run(numbers, repeats, themes), as_json=as_json)


def _print(measurements: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    console = Console(soft_wrap=True)
    about = machine()
    for measurement in measurements:
        if as_json:
            console.out(json.dumps({"bench": "catalogue", **measurement, "machine": about}))
        else:
            console.print(measurement)


if __name__ == "__main__":
    app()
