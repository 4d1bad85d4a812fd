"""The night: place the titles that were added since the last version; move no placed title."""

from __future__ import annotations

from prefect import flow

from flows.endings import HOUR, ends_as, named_after, version_ending
from reelhouse.catalogue.record import build_manifest, start_run
from reelhouse.catalogue.settings import NightlySettings, outcome_settings
from reelhouse.catalogue.workspace import workspace
from reelhouse.compute import dask_scheduler
from reelhouse.runs.conflicts import on_newest_version
from reelhouse.runs.record import Outcome
from tasks.artifacts import show_run
from tasks.clusters import fetch_model, place_titles
from tasks.code import run_code
from tasks.dashboard import link_dashboard
from tasks.ingest import read_snapshot
from tasks.publishing import commit, nothing_new, upload
from tasks.quality import TITLE_SUITES, check_assignments, check_titles, summaries, write_quality
from tasks.report import carry_map_along, write_report
from tasks.suites import suite_digests
from tasks.titles import fetch_old_titles, find_base, identify_titles


@flow(name="nightly", flow_run_name=named_after("titles"), timeout_seconds=2 * HOUR)
@ends_as("titles", version_ending)
@on_newest_version()
def nightly(settings: NightlySettings) -> Outcome:
    """Place added titles on the fixed centroids and publish what changed."""
    base = find_base(settings.store, settings.collection, create=False)
    held, parts = base.required(), settings.partitions
    with workspace() as work:
        snapshot = read_snapshot(settings.titles, work, parts)
        run = start_run(
            "nightly",
            outcome_settings(settings),
            snapshot,
            seed=held.manifest.seed,
            rules=suite_digests(TITLE_SUITES),
            code=run_code(),
            fitted_key=base.fitted_key,
        )
        if run.key == base.key:
            return nothing_new(base)
        n_parts = len(snapshot.parts)
        with dask_scheduler(parts.dask, parts.n_workers, n_parts, work.root) as place:
            link_dashboard(place)
            old = fetch_old_titles(base, work)
            checked = check_titles(snapshot, work, old)
            identified = identify_titles(work, old)
        if identified.nothing_changed:
            return nothing_new(base)
        placed = fetch_model(base, work)
        night = place_titles(work, base, placed, identified, settings)
        carry_map_along(work, base, held.manifest.seed)
        suites = (*checked.suites, *check_assignments(work, identified.titles, moved=night.moved))
        write_quality(work.quality, suites, checked.rows.facts)
        manifest = build_manifest(
            run,
            base,
            checked.rows,
            identified,
            summaries(suites, checked.rows.quarantined),
            model_version=base.fitted_in,
            repairs=snapshot.repairs,
            results={
                "drift": night.drift,
                "recommendations": night.lists,
                "vectors": night.vectors,
                "model_key": base.fitted_key,
            },
        )
        write_report(work, base, manifest)
        outcome = commit(base, upload(settings.store, work.staged, manifest))
        show_run(work, checked.rows, suites, outcome, settings.store)
        return outcome
