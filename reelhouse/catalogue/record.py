"""The manifest of a run, and what a flow returns."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed
from secrets import token_hex
from typing import Any

from reelhouse import __version__
from reelhouse.catalogue.base import COLLECTION, Base
from reelhouse.catalogue.check import CheckedRows
from reelhouse.catalogue.identify import Identified
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings, outcome_settings
from reelhouse.settings import Settings
from reelhouse.sources import TitlesSnapshot
from reelhouse.storage.manifest import (
    CheckSummary,
    InputEntry,
    RunManifest,
    idempotency_key,
    new_run_id,
)
from reelhouse.storage.version import Version

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
    return found | {name: installed(name) for name in _LIBRARIES}


@dataclass(frozen=True)
class Run:
    """A run from the moment that its input is known.

    Attributes
    ----------
    flow, run_id : str
    key : str
        Idempotency key: the same input and settings, on the same fitted model, have the same.
    created_at : datetime
    snapshot : TitlesSnapshot
    settings : dict
        Those that decide what is published.
    seed : int
    """

    flow: str
    run_id: str
    key: str
    created_at: datetime
    snapshot: TitlesSnapshot
    settings: dict[str, Any]
    seed: int


def start_run(
    flow: str,
    settings: CatalogueSettings | NightlySettings,
    snapshot: TitlesSnapshot,
    *,
    seed: int,
    rules: Mapping[str, str],
    fitted_key: str | None = None,
) -> Run:
    """Name a run and its outcome.

    Parameters
    ----------
    flow : str
    settings : the flow's settings
    snapshot : TitlesSnapshot
    seed : int
    rules : dict from the name of a suite to the digest of its file
        A changed limit can change what is published, so it is a setting too.
    fitted_key : str or None
        What names the fitted model that the run builds on; None for a refit.
    """
    now = datetime.now(UTC)
    decided = outcome_settings(settings) | {"expectations": dict(rules)}
    key = idempotency_key(
        flow=flow,
        inputs=[snapshot.sha256],
        settings=decided,
        code_version=__version__,
        base_key=fitted_key,
    )
    return Run(flow, new_run_id(now, token_hex(4)), key, now, snapshot, decided, seed)


def build_manifest(
    run: Run,
    base: Base,
    checked: CheckedRows,
    identified: Identified,
    checks: Sequence[CheckSummary],
    *,
    model_version: int | None,
    results: Mapping[str, Any],
) -> RunManifest:
    """Everything that a version says of itself, but for its files."""
    snapshot = run.snapshot
    return RunManifest(
        run_id=run.run_id,
        collection=COLLECTION,
        flow=run.flow,
        key=run.key,
        created_at=run.created_at,
        inputs=[
            InputEntry(
                name="titles",
                uri=snapshot.uri,
                sha256=snapshot.sha256,
                size=snapshot.n_bytes,
                rows=snapshot.n_rows,
            )
        ],
        settings=run.settings,
        seed=run.seed,
        software=software(),
        parent_version=base.number,
        model_version=model_version,
        counts={
            "rows_read": checked.rows_in,
            "rows_good": checked.good,
            "rows_quarantined": checked.quarantined,
            "rows_repaired": checked.repaired,
            "titles": identified.titles,
            "titles_added": identified.added,
            "titles_removed": identified.removed,
            "titles_edited": identified.edited,
            "titles_carried_over": identified.carried,
            "titles_disappeared_by_name": identified.disappeared,
        },
        checks=list(checks),
        results={"repairs": snapshot.repairs, **results},
    )


def outcome_of(version: Version, *, published: bool) -> Outcome:
    """What a run came to: a version of its own, or the one that stays in force."""
    manifest = version.manifest
    return Outcome(
        collection=COLLECTION,
        version=version.number,
        published=published,
        run_id=manifest.run_id,
        counts=dict(manifest.counts),
        results=dict(manifest.results),
    )
