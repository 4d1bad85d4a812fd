"""Viewers: cluster the users of a set of ratings and publish what each cluster prefers."""

from __future__ import annotations

from prefect import flow

from flows.endings import HOUR, ends_as, named_after, version_ending
from reelhouse.compute import dask_scheduler
from reelhouse.runs.conflicts import on_newest_version
from reelhouse.runs.record import Outcome, build_manifest
from reelhouse.viewers.settings import COLLECTION, ViewersSettings
from reelhouse.viewers.workspace import workspace
from tasks.dashboard import link_dashboard
from tasks.linking import fetch_catalogue_titles, link_catalogue
from tasks.publishing import commit, nothing_new, upload
from tasks.quality import summaries, write_quality
from tasks.ratings import check_ratings, name_viewers_run, read_rated_titles, read_ratings
from tasks.report import write_report
from tasks.titles import find_base
from tasks.viewer_artifacts import show_viewers
from tasks.viewers import (
    build_matrix,
    check_user_assignments,
    cluster_users,
    describe_users,
    draw_pictures,
    fetch_user_clusters,
    recommend_to_users,
    viewers_counts,
    viewers_results,
)


@flow(name="viewers", flow_run_name=named_after("ratings"), timeout_seconds=6 * HOUR)
@ends_as("ratings", version_ending)
@on_newest_version()
def viewers(settings: ViewersSettings) -> Outcome:
    """Cluster all users of the ratings and publish the result as a new version."""
    base = find_base(settings.store, COLLECTION, create=True)
    parts = settings.partitions
    with workspace() as work:
        spill = read_ratings(settings, work)
        titles = read_rated_titles(settings, spill)
        held = fetch_catalogue_titles(settings)
        run = name_viewers_run(settings, spill, titles, held)
        if run.key == base.key:
            return nothing_new(base)
        checked = check_ratings(settings, spill, titles, work)
        snapshot = checked.snapshot
        n_parts = len(snapshot.parts)
        with dask_scheduler(settings.scheduler, parts.n_workers, n_parts, work.root) as place:
            link_dashboard(place)
            matrix = build_matrix(snapshot, work, settings)
            old = fetch_user_clusters(base)
            clustered = cluster_users(matrix, work, settings, run, old)
        described = describe_users(matrix, clustered, titles, snapshot, work, settings)
        lists = recommend_to_users(matrix, clustered, described, work, settings)
        links = link_catalogue(held, titles, matrix, work)
        suites = (*checked.suites, *check_user_assignments(work, matrix))
        draw_pictures(described, work, settings)
        write_quality(work.quality, suites, checked.facts)
        manifest = build_manifest(
            run,
            base,
            summaries(suites, snapshot.n_quarantined),
            counts=viewers_counts(snapshot, matrix, clustered),
            results={**viewers_results(snapshot, suites, clustered), **lists, **links},
            made_from={} if held is None else {"catalogue": held.version},
        )
        write_report(work, base, manifest)
        outcome = commit(base, upload(settings.store, work.staged, manifest))
        show_viewers(work, suites, checked.facts, outcome, settings.store)
        return outcome
