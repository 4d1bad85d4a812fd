"""The manifest of a run, and what a flow returns."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from reelhouse import __version__
from reelhouse.catalogue.base import COLLECTION, Base
from reelhouse.catalogue.check import CheckedRows
from reelhouse.catalogue.identify import Identified
from reelhouse.settings import Settings
from reelhouse.sources import TitlesSnapshot
from reelhouse.storage.manifest import CheckSummary, InputEntry, RunManifest

_LIBRARIES = ("dask", "dask-ml", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "simplemma")


class Outcome(Settings):
    """What a flow run came to."""

    collection: str
    """Line of versions."""

    version: int
    """The version in force after the run."""

    published: bool
    """False when there was nothing new."""

    run_id: str
    """Run behind the version."""

    counts: dict[str, int]
    """Rows and titles."""

    results: dict[str, Any]
    """Figures of the run."""


def software() -> dict[str, str]:
    """Versions of what computed the run."""
    found = {"reelhouse": __version__, "python": platform.python_version()}
    return found | {name: version(name) for name in _LIBRARIES}


def build_manifest(
    *,
    flow: str,
    run_id: str,
    key: str,
    created_at: datetime,
    settings: Mapping[str, Any],
    seed: int,
    snapshot: TitlesSnapshot,
    checked: CheckedRows,
    identified: Identified,
    checks: Sequence[CheckSummary],
    base: Base,
    model_version: int | None,
    results: Mapping[str, Any],
) -> RunManifest:
    """Everything that a version says of itself, but for its files."""
    return RunManifest(
        run_id=run_id,
        collection=COLLECTION,
        flow=flow,
        key=key,
        created_at=created_at,
        inputs=[
            InputEntry(
                name="titles",
                uri=snapshot.uri,
                sha256=snapshot.sha256,
                size=snapshot.n_bytes,
                rows=snapshot.n_rows,
            )
        ],
        settings=dict(settings),
        seed=seed,
        software=software(),
        parent_version=base.number,
        model_version=model_version,
        counts={
            "rows_read": checked.rows_in,
            "rows_good": checked.good,
            "rows_quarantined": checked.quarantined,
            "rows_repaired": checked.repaired,
            "titles": checked.good,
            "titles_added": identified.added,
            "titles_removed": identified.removed,
            "titles_edited": identified.edited,
            "titles_disappeared_by_name": identified.disappeared,
        },
        checks=list(checks),
        results={"repairs": snapshot.repairs, **results},
    )


def unchanged(base: Base) -> Outcome:
    """The outcome of a run that found nothing new."""
    held = base.required()
    return Outcome(
        collection=COLLECTION,
        version=held.number,
        published=False,
        run_id=held.manifest.run_id,
        counts=dict(held.manifest.counts),
        results=dict(held.manifest.results),
    )
