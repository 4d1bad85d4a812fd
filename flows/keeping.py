"""The command `python -m flows housekeeping`."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from flows.options import Debug, Json, Quiet, Store, StoreBlock, run_flow

if TYPE_CHECKING:
    from reelhouse.storage.housekeeping import HousekeepingReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(housekeeping)


def housekeeping(
    store: Store,
    collection: Annotated[
        list[str] | None,
        typer.Option(help="Collection to look into, may be repeated; all by default."),
    ] = None,
    keep_last: Annotated[
        int, typer.Option(help="Versions kept whatever their age.", min=1, metavar="N")
    ] = 10,
    keep_days: Annotated[
        int, typer.Option(help="Versions in force in so many days are kept.", min=0, metavar="D")
    ] = 30,
    grace_days: Annotated[
        int,
        typer.Option(help="Younger runs without a commit, and uploads, stay.", min=1, metavar="D"),
    ] = 7,
    delete: Annotated[
        bool, typer.Option("--delete/--dry-run", help="Remove what may go, or only list it.")
    ] = False,
    store_block: StoreBlock = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """List old versions and leftovers; with --delete, remove them.

    Example: python -m flows housekeeping --store my-store --keep-last 10 --keep-days 30
    """

    def load() -> Callable[[], Any]:
        from flows.housekeeping import housekeeping as flow
        from reelhouse.storage.housekeeping import HousekeepingSettings

        return partial(
            flow,
            HousekeepingSettings(
                store=store,
                collections=collection or [],
                keep_last=keep_last,
                keep_days=keep_days,
                grace_days=grace_days,
                delete=delete,
            ),
        )

    found = run_flow(load, store_block=store_block, quiet=quiet, debug=debug)
    out = Console()
    if as_json:
        out.print_json(json.dumps(found.model_dump(mode="json")))
        return
    for line in report_lines(found):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def report_lines(found: HousekeepingReport) -> list[str]:
    """A report in words."""
    verb = "gone" if found.deleted else "may go"
    lines = []
    for collection, kept in found.kept.items():
        lines.append(f"{collection}, versions kept: {len(kept)}")
        lines += [f"  version {number}: {why}" for number, why in kept.items()]
    for run in found.runs:
        numbers = ", ".join(map(str, run.versions))
        what = f"version {numbers}" if numbers else "no commit points at it"
        lines.append(
            f"{verb}: {run.collection}/runs/{run.run_id} "
            f"({what}), {run.files} files, {run.size:,} bytes"
        )
    others = {
        "temporary file": found.temporary_files,
        "probe": found.probes,
        "unfinished upload": found.uploads,
        "workspace": found.workspaces,
    }
    lines += [f"{verb}: {kind} {name}" for kind, names in others.items() for name in names]
    lines += [f"waits: {name} has no commit and is too young to go" for name in found.waiting]
    lines += [f"note: {note}" for note in found.notes]
    n_left = sum(map(len, others.values()))
    lines.append(f"{len(found.runs)} runs and {n_left} leftovers, {found.size:,} bytes, {verb}")
    if not found.deleted and (found.runs or n_left):
        lines.append("Nothing was removed; --delete removes it.")
    return lines
