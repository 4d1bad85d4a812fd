"""Clusters of users: matrix, fit, description, pictures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.compute import is_elsewhere
from reelhouse.interactions import Interactions, store_interactions
from reelhouse.interactions.ordered import Through
from reelhouse.plots.write import write_figures
from reelhouse.runs.base import Base
from reelhouse.runs.record import Run
from reelhouse.sources.ratings import RatingsSnapshot
from reelhouse.viewers.check import assignment_facts
from reelhouse.viewers.cluster import UserClusters
from reelhouse.viewers.cluster import cluster_users as fit_and_place
from reelhouse.viewers.identity import OldUserClusters, old_user_clusters
from reelhouse.viewers.rated_titles import RatedTitles
from reelhouse.viewers.recommending import stage_recommendations
from reelhouse.viewers.settings import ViewersSettings
from reelhouse.viewers.stage import (
    Described,
    stage_assignments,
    stage_descriptions,
    stage_model,
    stage_quarantine,
)
from reelhouse.viewers.workspace import Workspace
from tasks.names import counted, named
from tasks.progress import Tell, progress
from tasks.quality import Judged, judge_slices, stop_if_broken
from tasks.retrying import RETRIED
from tasks.suites import EXPECTATIONS, SuiteRun

logger = logging.getLogger(__name__)


@task(
    name="build matrix",
    task_run_name=named(
        lambda given: f"build matrix: {counted(len(given['snapshot'].parts), 'partition')}"
    ),
    cache_policy=NO_CACHE,
)
def build_matrix(
    snapshot: RatingsSnapshot, work: Workspace, settings: ViewersSettings
) -> Interactions:
    """Store the interaction matrix, a CSR block for each partition of ratings."""
    parts = [part.path for part in snapshot.parts if part.n_ratings]
    through: Through = "dask" if is_elsewhere(settings.scheduler) else "threads"
    interactions = store_interactions(parts, work.blocks, settings.matrix, through=through)
    logger.info(
        "matrix of %s users x %s titles in %d blocks, %.2f %% of it rated",
        f"{interactions.n_users:,}",
        f"{interactions.n_titles:,}",
        interactions.n_blocks,
        100 * interactions.n_ratings / (interactions.n_users * interactions.n_titles),
    )
    return interactions


@task(
    name="cluster users",
    task_run_name=named(
        lambda given: (
            f"cluster users: {counted(given['interactions'].n_blocks, 'partition')}, "
            f"up to {_most_passes(given['settings'])} passes"
        )
    ),
    cache_policy=NO_CACHE,
)
def cluster_users(
    interactions: Interactions,
    work: Workspace,
    settings: ViewersSettings,
    run: Run,
    old: OldUserClusters | None,
) -> UserClusters:
    """Fit clusters over all partitions, place every user, keep the ids of the last version."""
    transform = interactions.transform(settings.matrix)
    checkpoint = None
    if settings.checkpoints is not None:
        checkpoint = Path(settings.checkpoints) / f"fit-{run.key[:16]}.safetensors"
    with progress("clustering-users", f"Clustering {interactions.n_users:,} users") as tell:
        clustered = fit_and_place(
            interactions,
            transform,
            settings.clusters,
            work.placed,
            old,
            checkpoint=checkpoint,
            key=run.key,
            on_pass=partial(_tell_pass, tell, _most_passes(settings)),
        )
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    stage_model(clustered, transform, work.model)
    logger.info("%s users placed", f"{stage_assignments(clustered, work):,}")
    return clustered


@task(
    name="fetch last user clusters", task_run_name="fetch clusters of the last version", **RETRIED
)
def fetch_user_clusters(base: Base) -> OldUserClusters | None:
    """Fetch who was where in the last version, so that clusters keep their ids."""
    return old_user_clusters(base)


def _most_passes(settings: ViewersSettings) -> int:
    return settings.clusters.passes + settings.clusters.polish


def _tell_pass(tell: Tell, most: int, number: int, cost: float) -> None:
    logger.info("pass %d: mean distance %.4f", number, cost)
    # Placing the users comes after them.
    tell(number, most + 1)


@task(
    name="describe clusters",
    task_run_name="describe {clustered.n_clusters} clusters",
    cache_policy=NO_CACHE,
)
def describe_users(
    interactions: Interactions,
    clustered: UserClusters,
    titles: RatedTitles,
    snapshot: RatingsSnapshot,
    work: Workspace,
    settings: ViewersSettings,
) -> Described:
    """Say what each cluster prefers, and gather what the pictures show."""
    described = stage_descriptions(interactions, clustered, titles, settings.description, work)
    stage_quarantine(snapshot, work)
    return described


@task(
    name="recommend to users",
    task_run_name="recommend to {interactions.n_users:,} users",
    cache_policy=NO_CACHE,
)
def recommend_to_users(
    interactions: Interactions,
    clustered: UserClusters,
    described: Described,
    work: Workspace,
    settings: ViewersSettings,
) -> dict[str, Any]:
    """List for every user the titles that its clusters prefer and it has not rated."""
    n = settings.recommendations
    if n == 0:
        return {}
    found = stage_recommendations(interactions, clustered, described.counts, n, work)
    logger.info("up to %d titles for each of %s users", n, f"{interactions.n_users:,}")
    return {"recommendations": found}


@task(name="draw pictures", task_run_name="draw pictures", cache_policy=NO_CACHE)
def draw_pictures(described: Described, work: Workspace, settings: ViewersSettings) -> int:
    """Draw every picture and keep its data beside it; returns the number of files."""
    if not settings.pictures:
        return 0
    with progress("drawing-pictures", "Drawing the pictures") as tell:
        files = write_figures(described.figures, work.figures, on_picture=tell)
    logger.info("%d pictures drawn", sum(path.suffix == ".png" for path in files))
    return len(files)


@task(
    name="check user assignments",
    task_run_name="check user assignments: {interactions.n_users:,} users",
    cache_policy=NO_CACHE,
)
def check_user_assignments(work: Workspace, interactions: Interactions) -> tuple[SuiteRun, ...]:
    """Stop before anything is published when the assignments contradict themselves."""
    rows = SuiteRun(EXPECTATIONS / "user_assignments.json")
    whole = SuiteRun(EXPECTATIONS / "user_assignments_version.json")
    table = pq.read_table(work.staged / "assignments.parquet")
    judge_slices(rows, table, "check user assignments: user")
    clusters = pq.read_table(work.staged / "clusters.parquet")
    facts = assignment_facts(table, clusters, n_users=interactions.n_users)
    whole.judge(pd.DataFrame([facts]))
    read = f"{interactions.n_users:,} users"
    stop_if_broken(Judged("assignments", (rows, whole), read, "viewers-quality"), facts, {})
    return rows, whole


def viewers_counts(
    snapshot: RatingsSnapshot, interactions: Interactions, clustered: UserClusters
) -> dict[str, int]:
    """Rows, users, titles and clusters of a run."""
    return {
        "rows_read": snapshot.n_rows,
        "rows_good": snapshot.n_good,
        "rows_quarantined": snapshot.n_quarantined,
        "rows_repaired": snapshot.n_repaired,
        "users": interactions.n_users,
        "titles": interactions.n_titles,
        "clusters": clustered.n_clusters,
    }


def viewers_results(
    snapshot: RatingsSnapshot, suites: Sequence[SuiteRun], clustered: UserClusters
) -> dict[str, object]:
    """Figures of a run."""
    return {
        **clustered.results(),
        "newest_date": snapshot.date_range[1].isoformat() if snapshot.date_range else None,
        "ratings": {
            "layout": snapshot.layout,
            "quarantined": snapshot.reasons,
            "repeated_headers": snapshot.n_repeated_headers,
            "empty_headers": snapshot.n_empty_headers,
            "undated": snapshot.n_undated,
        },
        "rules_broken": [rule.name for run in suites for rule in run.rules if not rule.success],
    }
