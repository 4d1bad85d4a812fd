"""What a viewers run shows in the Prefect UI: clusters, tastes, pictures, quality, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow.parquet as pq
from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.runs.record import Outcome
from reelhouse.viewers.workspace import Workspace
from tasks.artifacts import MOST_ROWS
from tasks.links_page import links_page, published
from tasks.markdown import cells
from tasks.pictures import pictures
from tasks.quality_page import rows_line, show_quality
from tasks.server import forgiving
from tasks.suites import SuiteRun

#: The pictures that say most of all clusters; {largest} is the largest cluster's number.
_PICTURES = (
    "cluster-sizes",
    "lift-by-genre",
    "genre-scatter",
    "ratings-cluster-{largest:03d}",
    "choice",
)
_FILES = (
    "report/index.html",
    "quality/docs/index.html",
    "clusters.parquet",
    "assignments.parquet",
    "preferences.parquet",
    "recommendations.parquet",
    "links.parquet",
    "profile.parquet",
    "quarantine.parquet",
    "figures/index.json",
)


@task(
    name="show viewers run", task_run_name="show version {outcome.version}", cache_policy=NO_CACHE
)
def show_viewers(
    work: Workspace,
    suites: Sequence[SuiteRun],
    facts: Mapping[str, float | int],
    outcome: Outcome,
    store: str,
) -> None:
    """Create the artifacts of a published viewers run; a server that refuses them fails nothing."""
    show_quality(counts_line(outcome.counts), suites, facts, key="viewers-quality")
    with forgiving(f"version {outcome.version} is published and not shown in full"):
        clusters = _clusters(work)
        create_table_artifact(
            [cells(row) for row in clusters[:MOST_ROWS]],
            key="viewer-clusters",
            description=f"Clusters of users of version {outcome.version}",
        )
        create_markdown_artifact(
            links_page(outcome, store, published(work.staged, _FILES)), key="viewers-published"
        )
        largest = int(clusters[0]["cluster"])
        shown = pictures(work.figures, [stem.format(largest=largest) for stem in _PICTURES])
        if shown:
            create_markdown_artifact(shown, key="viewers-pictures")


def counts_line(counts: Mapping[str, int]) -> str:
    """What became of the ratings that were read, in words."""
    kinds = ("rows_read", "rows_good", "rows_repaired", "rows_quarantined")
    return rows_line(*(counts[kind] for kind in kinds))


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
            "event": row["event"],
            # The UI breaks no line: what is long comes last.
            "most preferred titles": ", ".join((row["top_titles"] or [])[:5]),
        }
        for row in rows
    ]
