"""What a viewers run shows in the Prefect UI: clusters and their tastes, quality, links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow.parquet as pq
from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.runs.record import Outcome
from reelhouse.viewers.workspace import Workspace
from tasks.artifacts import MOST_ROWS, links_page, quality_page
from tasks.suites import SuiteRun

_FILES = (
    "manifest.json",
    "assignments.parquet",
    "clusters.parquet",
    "preferences.parquet",
    "profile.parquet",
    "quarantine.parquet",
    "figures/index.json",
    "quality/docs/index.html",
)


@task(name="show viewers run", cache_policy=NO_CACHE)
def show_viewers(work: Workspace, suites: Sequence[SuiteRun], outcome: Outcome, store: str) -> None:
    """Create the artifacts of a published viewers run."""
    counts = outcome.counts
    rows = (
        f"{counts['rows_read']:,} rows read = {counts['rows_good']:,} good "
        f"({counts['rows_repaired']:,} of them repaired) + "
        f"{counts['rows_quarantined']:,} quarantined"
    )
    create_table_artifact(
        table=_clusters(work),
        key="viewer-clusters",
        description=f"Clusters of users of version {outcome.version}",
    )
    create_markdown_artifact(markdown=quality_page(rows, suites), key="viewers-quality")
    create_markdown_artifact(markdown=links_page(outcome, store, _FILES), key="viewers-published")


def _clusters(work: Workspace) -> list[dict[str, Any]]:
    rows = pq.read_table(work.staged / "clusters.parquet").to_pylist()
    rows.sort(key=lambda row: -row["size"])
    return [
        {
            "cluster": row["cluster_id"],
            "name": row["name"],
            "users": row["size"],
            "share": f"{100 * row['share']:.1f} %",
            "mean rating": None if row["mean_rating"] is None else round(row["mean_rating"], 2),
            "most preferred titles": ", ".join((row["top_titles"] or [])[:5]),
            "event": row["event"],
        }
        for row in rows[:MOST_ROWS]
    ]
