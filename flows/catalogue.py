"""Refit: cluster a whole snapshot and publish it, keeping the ids of titles and clusters."""

from __future__ import annotations

from prefect import flow

from flows.endings import HOUR, ends_as, named_after, version_ending
from reelhouse.catalogue.record import build_manifest, start_run
from reelhouse.catalogue.settings import CatalogueSettings, outcome_settings
from reelhouse.catalogue.workspace import workspace
from reelhouse.compute import dask_scheduler
from reelhouse.deep.needs import require_for
from reelhouse.runs.conflicts import on_newest_version
from reelhouse.runs.record import Outcome
from tasks.artifacts import show_run
from tasks.clusters import (
    cluster_titles,
    draw_figures,
    fetch_clusters,
    fit_features,
    measure_fit,
    train_classifier,
)
from tasks.code import run_code
from tasks.dashboard import link_dashboard
from tasks.ingest import read_snapshot
from tasks.publishing import commit, nothing_new, upload
from tasks.quality import TITLE_SUITES, check_assignments, check_titles, summaries, write_quality
from tasks.report import lay_out_map, write_report
from tasks.suites import suite_digests
from tasks.titles import fetch_old_titles, find_base, identify_titles


@flow(name="catalogue", flow_run_name=named_after("titles"), timeout_seconds=6 * HOUR)
@ends_as("titles", version_ending)
@on_newest_version()
def catalogue(settings: CatalogueSettings) -> Outcome:
    """Cluster all titles of a snapshot and publish the result as a new version."""
    require_for(settings.classifier)
    base = find_base(settings.store, create=True)
    parts, seed = settings.partitions, settings.clusters.seed
    with workspace() as work:
        snapshot = read_snapshot(settings.titles, work, parts)
        run = start_run(
            "catalogue",
            outcome_settings(settings),
            snapshot,
            seed=seed,
            rules=suite_digests(TITLE_SUITES),
            code=run_code(),
        )
        if run.key == base.key:
            return nothing_new(base)
        n_parts = len(snapshot.parts)
        with dask_scheduler(parts.dask, parts.n_workers, n_parts, work.root) as place:
            link_dashboard(place)
            old = fetch_old_titles(base, work)
            checked = check_titles(snapshot, work, old)
            identified = identify_titles(work, old)
            fit_features(work, settings)
            results = cluster_titles(work, settings.clusters, fetch_clusters(base), base)
            results |= train_classifier(work, settings)
            results |= measure_fit(work, settings)
            draw_figures(work, results)
            lay_out_map(work, seed)
        suites = (*checked.suites, *check_assignments(work, identified.titles, moved=0))
        write_quality(work.quality, suites, checked.rows.facts)
        manifest = build_manifest(
            run,
            base,
            checked.rows,
            identified,
            summaries(suites, checked.rows.quarantined),
            model_version=None,
            repairs=snapshot.repairs,
            results={**results, "model_key": run.key},
        )
        write_report(work, base, manifest)
        outcome = commit(base, upload(settings.store, work.staged, manifest))
        show_run(work, checked.rows, suites, outcome, settings.store)
        return outcome
