"""`reelhouse versions`: what was published, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from reelhouse.cli import output
from reelhouse.cli.options import AsJson, Collection, StoreUri, open_log

if TYPE_CHECKING:
    from datetime import datetime

    from reelhouse.storage.manifest import RunManifest
    from reelhouse.storage.retired import Retired, RetiredRun
    from reelhouse.storage.version import Version

#: Columns of counts and the counts that they show; those that a rollback's run says nothing of.
_COUNTS = {
    "titles": "titles",
    "added": "titles_added",
    "removed": "titles_removed",
    "edited": "titles_edited",
}
_VIEWER_COUNTS = {
    "users": "users",
    "titles": "titles",
    "ratings": "rows_good",
    "clusters": "clusters",
}
_COMPARISON_COUNTS = {
    "users": "users",
    "titles": "titles",
    "ratings": "rows_good",
    "models": "models_measured",
}
_COUNTS_OF = {"viewers": _VIEWER_COUNTS, "comparison": _COMPARISON_COUNTS}
_CHANGES = ("added", "removed", "edited")
#: Terminal columns that the full table needs.
_FULL_WIDTH = 110


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: reelhouse versions --store demo-store")(versions)


def versions(
    store: StoreUri, collection: Collection = "catalogue", as_json: AsJson = False
) -> None:
    """List what was published, the newest first."""
    found = open_log(store, collection).opened()[::-1]
    if as_json:
        output.print_json([_described(number, held) for number, held in found])
        return
    counts = _COUNTS_OF.get(collection, _COUNTS)
    narrow = output.width() < _FULL_WIDTH
    about = ("what",) if narrow else ("flow", "kind")
    columns = ("version", "when (UTC)", *about, *counts, "run" if narrow else "run id")
    output.print_text(
        output.table(
            columns,
            [_row(number, held, columns, counts) for number, held in found],
            right=("version", *counts),
            whole=("when (UTC)", "run id"),
        ),
        *(
            output.line(f"version {number} is broken: {held}")
            for number, held in found
            if isinstance(held, str)
        ),
    )


def _described(number: int, held: Version | Retired | str) -> dict[str, Any]:
    if isinstance(held, str):
        return {"version": number, "broken": held, "retired_at": None}
    about, retired_at = _about(held)
    return {
        "version": number,
        "broken": None,
        "retired_at": retired_at and retired_at.isoformat(),
        "created_at": held.commit.created_at.isoformat(),
        "kind": held.commit.kind,
        "rolled_back_to": held.commit.rolled_back_to,
        "flow": about.flow,
        "run_id": about.run_id,
        "counts": about.counts,
    }


def _about(held: Version | Retired) -> tuple[RunManifest | RetiredRun, datetime | None]:
    """What a run says of itself, or said before it was retired; and when it was."""
    from reelhouse.storage.retired import Retired

    if isinstance(held, Retired):
        return held.record, held.record.retired_at
    return held.manifest, None


def _row(
    number: int, held: Version | Retired | str, columns: Sequence[str], counts: Mapping[str, str]
) -> list[Any]:
    cells: dict[str, Any] = {"version": number}
    if isinstance(held, str):
        cells |= {"kind": "BROKEN", "what": "BROKEN"}
    else:
        commit, (about, retired_at) = held.commit, _about(held)
        back = f"rollback to {commit.rolled_back_to}"
        is_new = commit.kind == "publish"
        cells |= {
            "when (UTC)": output.when(commit.created_at),
            "flow": about.flow,
            "kind": "publish" if is_new else back,
            "what": about.flow if is_new else back,
            # The time is in the row already; the rest names the run.
            "run": about.run_id.rpartition("-")[2],
            "run id": about.run_id,
        }
        for name, count in counts.items():
            # A rollback changes back what the version before it had; its run says otherwise.
            if is_new or name not in _CHANGES:
                cells[name] = about.counts.get(count)
        if retired_at is not None:
            cells |= {"kind": "retired", "what": "retired"}
    return [cells.get(name) for name in columns]
