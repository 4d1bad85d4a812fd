"""Refit: cluster a whole snapshot and publish it, keeping the ids of titles and clusters."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_hex

from prefect import flow

from reelhouse import __version__
from reelhouse.catalogue.record import Outcome, build_manifest, unchanged
from reelhouse.catalogue.settings import CatalogueSettings, outcome_settings
from reelhouse.catalogue.workspace import workspace
from reelhouse.compute import dask_scheduler
from reelhouse.storage.manifest import idempotency_key, new_run_id
from tasks.artifacts import show_run
from tasks.clusters import cluster_titles, fit_features
from tasks.ingest import read_snapshot
from tasks.publishing import commit, upload
from tasks.quality import check_assignments, check_titles, summaries, write_quality
from tasks.titles import fetch_old_titles, find_base, identify_titles


@flow(name="catalogue")
def catalogue(settings: CatalogueSettings) -> Outcome:
    """Cluster all titles of a snapshot and publish the result as a new version."""
    started = datetime.now(UTC)
    base = find_base(settings.store, create=True)
    with workspace() as work:
        snapshot = read_snapshot(settings.titles, work, settings.partitions)
        decided = outcome_settings(settings)
        key = idempotency_key(
            flow="catalogue",
            inputs=[snapshot.sha256],
            settings=decided,
            code_version=__version__,
        )
        if key == base.key:
            return unchanged(base)
        parts = settings.partitions
        with dask_scheduler(parts.dask, parts.n_workers, len(snapshot.parts)):
            old = fetch_old_titles(base, work)
            checked = check_titles(snapshot, work, old)
            identified = identify_titles(work, old)
            fit_features(work, settings.tfidf)
            results = cluster_titles(work, settings.clusters, base)
        runs = (*checked.runs, *check_assignments(work, checked.rows.good, moved=0))
        write_quality(work, runs, checked.rows)
        manifest = build_manifest(
            flow="catalogue",
            run_id=new_run_id(started, token_hex(4)),
            key=key,
            created_at=started,
            settings=decided,
            seed=settings.clusters.seed,
            snapshot=snapshot,
            checked=checked.rows,
            identified=identified,
            checks=summaries(runs, checked.rows.quarantined),
            base=base,
            model_version=None,
            results={**results, "model_key": key},
        )
        outcome = commit(base, upload(settings.store, work, manifest))
        show_run(work, checked, runs, outcome, settings.store)
        return outcome
