"""`reelhouse verify` and `reelhouse rollback`: is it sound, and back to what was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reelhouse.cli import output
from reelhouse.cli.options import (
    AsJson,
    Collection,
    StoreUri,
    VersionNumber,
    open_log,
    open_version,
)
from reelhouse.errors import DamagedFileError

if TYPE_CHECKING:
    from reelhouse.storage.retired import Retired
    from reelhouse.storage.verify import Damage
    from reelhouse.storage.version import Version


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="Example: reelhouse verify --all --store demo-store. "
        "Exit status 1 when anything is damaged."
    )(verify)
    app.command(epilog="Example: reelhouse rollback --version 1 --store demo-store")(rollback)


def verify(
    store: StoreUri,
    version: VersionNumber = None,
    every: Annotated[bool, typer.Option("--all", help="Read every version.")] = False,
    collection: Collection = "catalogue",
    as_json: AsJson = False,
) -> None:
    """Read every file and name each that is damaged."""
    if every and version is not None:
        raise typer.BadParameter("--all and --version exclude each other")
    if every:
        found = open_log(store, collection).opened()
    else:
        opened = open_version(store, collection, version)
        found = [(opened.number, opened)]
    with output.working("reading every file"):
        checked = _check(found)
    if as_json:
        output.print_json({"sound": not any(c["damage"] for c in checked), "versions": checked})
    else:
        for one in checked:
            _print_checked(one)
    broken = [one for one in checked if one["damage"]]
    if broken:
        raise DamagedFileError(
            f"{sum(len(one['damage']) for one in broken)} damaged or missing in "
            f"{len(broken)} of {len(checked)} versions"
        )


def rollback(
    store: StoreUri,
    version: Annotated[
        int, typer.Option("--version", metavar="N", min=1, help="The version to restore.")
    ],
    collection: Collection = "catalogue",
    as_json: AsJson = False,
) -> None:
    """Put an old version in force again, as a new one.

    Nothing is deleted; it works when the last version is broken.
    """
    from reelhouse.storage.rollback import rollback as roll_back

    log = open_log(store, collection)
    done = roll_back(log.store, collection, version)
    if as_json:
        output.print_json(
            {"version": done.version.number, "changed": done.changed, "message": done.message}
        )
    else:
        output.print_text(output.line(done.message))


def _check(found: Sequence[tuple[int, Version | Retired | str]]) -> list[dict[str, Any]]:
    from reelhouse.storage.retired import Retired
    from reelhouse.storage.verify import verify as read_all

    # A rollback points at a run that another version has too: read it once.
    by_run: dict[str, list[Damage]] = {}
    checked: list[dict[str, Any]] = []
    for number, held in found:
        if isinstance(held, str):
            damage = [{"path": f"log/{number:08d}.json", "problem": held}]
            checked.append({"version": number, "files": 0, "bytes": 0, "damage": damage})
            continue
        if isinstance(held, Retired):
            gone = held.record.retired_at.isoformat()
            checked.append(
                {"version": number, "files": 0, "bytes": 0, "damage": [], "retired_at": gone}
            )
            continue
        run = held.manifest.run_id
        if run not in by_run:
            by_run[run] = read_all(held)
        checked.append(
            {
                "version": number,
                "files": len(held.manifest.files),
                "bytes": sum(entry.size for entry in held.manifest.files),
                "damage": [{"path": d.path, "problem": d.problem} for d in by_run[run]],
            }
        )
    return checked


def _print_checked(one: dict[str, Any]) -> None:
    if "retired_at" in one:
        output.print_text(
            output.line(f"version {one['version']}: retired on {one['retired_at'][:10]}")
        )
        return
    about = f"version {one['version']}: {one['files']} files, {output.size(one['bytes'])}"
    if not one["damage"]:
        output.print_text(output.line(f"{about}, all sound"))
        return
    output.print_text(
        output.line(f"{about}, {len(one['damage'])} damaged"),
        *(output.indented(found["problem"]) for found in one["damage"]),
    )
