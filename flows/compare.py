"""Compare: models of ratings on the same splits with the same budget, and publish the table."""

from __future__ import annotations

from prefect import flow

from flows.endings import HOUR, ends_as, named_after, version_ending
from reelhouse.comparison.entering import entered
from reelhouse.comparison.settings import COLLECTION, CompareSettings
from reelhouse.comparison.workspace import workspace
from reelhouse.runs.conflicts import on_newest_version
from reelhouse.runs.record import Outcome, build_manifest
from tasks.comparison import (
    compare_models,
    comparison_counts,
    comparison_figures,
    cut_ratings,
    draw_comparison,
    fetch_official_folds,
    kept_results,
    lay_out_comparison,
    lay_out_ratings,
    name_comparison_run,
)
from tasks.comparison_page import show_comparison
from tasks.publishing import commit, nothing_new, upload
from tasks.quality import summaries, write_quality
from tasks.ratings import check_ratings, read_rated_titles, read_ratings
from tasks.report import write_report
from tasks.titles import find_base


@flow(name="compare", flow_run_name=named_after("ratings"), timeout_seconds=12 * HOUR)
@ends_as("ratings", version_ending)
@on_newest_version()
def compare(settings: CompareSettings) -> Outcome:
    """Compare models of the ratings, and publish what each reached and cost as a new version."""
    entries = entered(settings)
    base = find_base(settings.store, COLLECTION, create=True)
    with workspace() as work:
        spill = read_ratings(settings, work)
        titles = read_rated_titles(settings, spill)
        folds = fetch_official_folds(settings)
        run = name_comparison_run(settings, spill, titles, folds, entries)
        if run.key == base.key:
            return nothing_new(base)
        checked = check_ratings(settings, spill, titles, work)
        snapshot, suites = checked.snapshot, checked.suites
        data = lay_out_ratings(snapshot, titles, folds)
        kept = kept_results(settings, run)
        contests = [(cut_ratings(protocol, data, settings), entries[protocol])
                    for protocol in entries]  # fmt: skip
        compared = [
            compare_models(contest, models, kept, settings, work) for contest, models in contests
        ]
        tables = lay_out_comparison(compared, snapshot, work, settings)
        draw_comparison(tables, work, settings)
        write_quality(work.quality, suites, checked.facts)
        manifest = build_manifest(
            run,
            base,
            summaries(suites, snapshot.n_quarantined),
            counts=comparison_counts(snapshot, data, tables),
            results=comparison_figures(snapshot, suites, tables),
        )
        write_report(work, base, manifest)
        outcome = commit(base, upload(settings.store, work.staged, manifest))
        show_comparison(work, tables, suites, checked.facts, outcome, settings.store)
        return outcome
