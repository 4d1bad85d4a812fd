"""The night: place the titles that were added since the last version; move no placed title."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_hex

from prefect import flow

from reelhouse import __version__
from reelhouse.catalogue.record import Outcome, build_manifest, unchanged
from reelhouse.catalogue.settings import NightlySettings, outcome_settings
from reelhouse.catalogue.workspace import workspace
from reelhouse.compute import dask_scheduler
from reelhouse.storage.manifest import idempotency_key, new_run_id
from tasks.artifacts import show_run
from tasks.clusters import fetch_model, place_titles
from tasks.ingest import read_snapshot
from tasks.publishing import commit, upload
from tasks.quality import check_assignments, check_titles, summaries, write_quality
from tasks.titles import fetch_old_titles, find_base, identify_titles


@flow(name="nightly")
def nightly(settings: NightlySettings) -> Outcome:
    """Place added titles on the fixed centroids and publish what changed."""
    started = datetime.now(UTC)
    base = find_base(settings.store, create=False)
    held = base.required()
    with workspace() as work:
        snapshot = read_snapshot(settings.titles, work, settings.partitions)
        decided = outcome_settings(settings)
        key = idempotency_key(
            flow="nightly",
            inputs=[snapshot.sha256],
            settings=decided,
            code_version=__version__,
            base_key=base.fitted_key,
        )
        if key == base.key:
            return unchanged(base)
        parts = settings.partitions
        with dask_scheduler(parts.dask, parts.n_workers, len(snapshot.parts)):
            old = fetch_old_titles(base, work)
            checked = check_titles(snapshot, work, old)
            identified = identify_titles(work, old)
        if not (identified.added or identified.removed or identified.edited):
            return unchanged(base)
        fetch_model(base, work)
        night = place_titles(work, base, identified, settings.drift)
        runs = (*checked.runs, *check_assignments(work, checked.rows.good, moved=night.moved))
        write_quality(work, runs, checked.rows)
        manifest = build_manifest(
            flow="nightly",
            run_id=new_run_id(started, token_hex(4)),
            key=key,
            created_at=started,
            settings=decided,
            seed=held.manifest.seed,
            snapshot=snapshot,
            checked=checked.rows,
            identified=identified,
            checks=summaries(runs, checked.rows.quarantined),
            base=base,
            model_version=base.fitted_in,
            results={"drift": night.drift, "model_key": base.fitted_key},
        )
        outcome = commit(base, upload(settings.store, work, manifest))
        show_run(work, checked, runs, outcome, settings.store)
        return outcome
