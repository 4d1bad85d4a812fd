"""The manifest of a viewers run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reelhouse.runs.base import Base
from reelhouse.runs.record import Run, software
from reelhouse.storage.manifest import CheckSummary, RunManifest

COLLECTION = "viewers"


def build_manifest(
    run: Run,
    base: Base,
    checks: Sequence[CheckSummary],
    *,
    counts: Mapping[str, int],
    results: Mapping[str, Any],
) -> RunManifest:
    """Everything that a viewers version says of itself, but for its files."""
    return RunManifest(
        run_id=run.run_id,
        collection=COLLECTION,
        flow=run.flow,
        key=run.key,
        created_at=run.created_at,
        inputs=list(run.inputs),
        settings=run.settings,
        seed=run.seed,
        software=software(),
        parent_version=base.number,
        counts=dict(counts),
        checks=list(checks),
        results=dict(results),
    )
