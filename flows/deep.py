"""Deep clustering: networks learn where to look, and which cluster a title's text tells of."""

from __future__ import annotations

from prefect import flow

from flows.endings import HOUR, ends_as, named_after, version_ending
from reelhouse.catalogue.record import build_manifest, start_run
from reelhouse.catalogue.workspace import workspace
from reelhouse.compute import dask_scheduler
from reelhouse.deep.needs import require_torch
from reelhouse.embedded.settings import COLLECTION, DeepSettings, outcome_settings
from reelhouse.runs.conflicts import on_newest_version
from reelhouse.runs.record import Outcome
from tasks.artifacts import show_run
from tasks.clusters import fetch_clusters
from tasks.code import run_code
from tasks.dashboard import link_dashboard
from tasks.deep import (
    cluster_by_networks,
    draw_deep_figures,
    fit_network_inputs,
    forget_checkpoints,
    measure_deep_fit,
    train_all_classifiers,
)
from tasks.deep_page import show_networks
from tasks.ingest import read_snapshot
from tasks.publishing import commit, nothing_new, upload
from tasks.quality import TITLE_SUITES, check_assignments, check_titles, summaries, write_quality
from tasks.report import lay_out_map, write_report
from tasks.suites import suite_digests
from tasks.titles import fetch_old_titles, find_base, identify_titles


@flow(name="deep", flow_run_name=named_after("titles"), timeout_seconds=12 * HOUR)
@ends_as("titles", version_ending)
@on_newest_version()
def deep(settings: DeepSettings) -> Outcome:
    """Cluster all titles of a snapshot by deep embedded clustering and publish the result."""
    require_torch("the flow deep")
    base = find_base(settings.store, COLLECTION, create=True)
    parts = settings.partitions
    with workspace() as work:
        snapshot = read_snapshot(settings.titles, work, parts)
        run = start_run(
            "deep",
            outcome_settings(settings),
            snapshot,
            seed=settings.seed,
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
            fit_network_inputs(work, settings)
            results = cluster_by_networks(work, settings, fetch_clusters(base), base, run)
            results |= train_all_classifiers(work, settings)
            results |= measure_deep_fit(work, settings)
            draw_deep_figures(work, settings, results)
            lay_out_map(work, settings.seed)
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
        forget_checkpoints(settings, run)
        show_run(work, checked.rows, suites, outcome, settings.store)
        show_networks(work, outcome)
        return outcome
