"""The manifest of a run over titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reelhouse.runs import record
from reelhouse.runs.base import Base
from reelhouse.runs.record import Run, name_run
from reelhouse.sources import TitlesSnapshot
from reelhouse.storage.manifest import CheckSummary, InputEntry, RunManifest

if TYPE_CHECKING:
    from reelhouse.catalogue.check import CheckedRows
    from reelhouse.catalogue.identify import Identified


def start_run(
    flow: str,
    settings: Mapping[str, Any],
    snapshot: TitlesSnapshot,
    *,
    seed: int,
    rules: Mapping[str, str],
    code: str,
    fitted_key: str | None = None,
) -> Run:
    """Name a run over a snapshot; see `reelhouse.runs.record.name_run`.

    Parameters
    ----------
    settings : those that decide what is published
        The `outcome_settings` of the flow.
    """
    entry = InputEntry(
        name="titles",
        uri=snapshot.uri,
        sha256=snapshot.sha256,
        size=snapshot.n_bytes,
        rows=snapshot.n_rows,
    )
    return name_run(
        flow,
        settings,
        [entry],
        seed=seed,
        rules=rules,
        code=code,
        fitted_key=fitted_key,
    )


def build_manifest(
    run: Run,
    base: Base,
    checked: CheckedRows,
    identified: Identified,
    checks: Sequence[CheckSummary],
    *,
    model_version: int | None,
    repairs: Mapping[str, int],
    results: Mapping[str, Any],
) -> RunManifest:
    """The manifest of a run over titles; see `reelhouse.runs.record.build_manifest`."""
    return record.build_manifest(
        run,
        base,
        checks,
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
        results={
            "repairs": dict(repairs),
            "newest_date": checked.newest.isoformat() if checked.newest else None,
            **results,
        },
        model_version=model_version,
    )
