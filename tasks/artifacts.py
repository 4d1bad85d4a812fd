"""What a run over titles shows in the Prefect UI: clusters, changes, drift, quality, links."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.base import DEEP_FILES
from reelhouse.catalogue.workspace import Workspace
from reelhouse.runs.record import Outcome
from tasks.drift_page import show_drift
from tasks.fit_page import show_fit
from tasks.links_page import links_page, published
from tasks.markdown import cells
from tasks.quality_page import rows_line, show_quality
from tasks.server import forgiving
from tasks.suites import SuiteRun

if TYPE_CHECKING:
    from reelhouse.catalogue.check import CheckedRows

#: Rows of a table artifact: the browser renders them all at once.
MOST_ROWS = 200

_FILES = (
    "report/index.html",
    "quality/docs/index.html",
    "clusters.parquet",
    "assignments.parquet",
    "titles.parquet",
    "neighbours.parquet",
    "recommendations.parquet",
    "hierarchy.parquet",
    "vectors.parquet",
    "features.parquet",
    "positions.parquet",
    "selection.parquet",
    "quality/fit.json",
    *DEEP_FILES,
    "changes.parquet",
    "quarantine.parquet",
)


@task(name="show run", task_run_name="show version {outcome.version}", cache_policy=NO_CACHE)
def show_run(
    work: Workspace,
    rows: CheckedRows,
    suites: Sequence[SuiteRun],
    outcome: Outcome,
    store: str,
) -> None:
    """Create the artifacts of a published run; a server that refuses them fails nothing."""
    read = rows_line(rows.rows_in, rows.good, rows.repaired, rows.quarantined)
    show_quality(read, suites, rows.facts, rows.places)
    with forgiving(f"version {outcome.version} is published and not shown in full"):
        create_table_artifact(
            _clusters(work), key="clusters", description=f"Clusters of version {outcome.version}"
        )
        show_fit(work)
        create_table_artifact(
            changes_table(work), key="changes", description=_changes_line(work, outcome.version)
        )
        create_markdown_artifact(
            links_page(outcome, store, published(work.staged, _FILES)), key="published"
        )
        show_drift(store, outcome.collection)


def _clusters(work: Workspace) -> list[dict[str, Any]]:
    rows = pq.read_table(work.staged / "clusters.parquet").to_pylist()
    rows.sort(key=lambda row: -row["size"])
    return [
        cells(
            {
                "cluster": row["cluster_id"],
                "name": row["name"],
                "titles": row["size"],
                "event": row["event"],
                "top terms": ", ".join(row["top_terms"][:8]),
            }
        )
        for row in rows[:MOST_ROWS]
    ]


def _changes_line(work: Workspace, version: int) -> str:
    counts = pc.value_counts(pq.read_table(work.staged / "changes.parquet")["change"]).to_pylist()
    told = ", ".join(f"{row['counts']:,} {row['values']}" for row in counts)
    return f"Changes of version {version}: {told or 'none'}"


def changes_table(work: Workspace) -> list[dict[str, Any]]:
    """The changes of a run, at most so many as a browser can show."""
    table = pq.read_table(work.staged / "changes.parquet")
    counts = {row["values"]: row["counts"] for row in pc.value_counts(table["change"]).to_pylist()}
    names = _cluster_names(work)
    # The rarer kinds first: a thousand added titles would hide three removed ones.
    shown = sorted(table.to_pylist(), key=lambda row: counts[row["change"]])[:MOST_ROWS]
    return [
        cells(
            {
                "change": row["change"],
                # The UI breaks no line: a long title would push the other columns off the page.
                "title": shorten(row["title"], 60, placeholder=" ..."),
                "from": names.get(row["from_cluster"], row["from_cluster"]),
                "to": names.get(row["to_cluster"], row["to_cluster"]),
                "fields": ", ".join(row["fields"] or []),
                "why": row["reason"],
            }
        )
        for row in shown
    ]


def _cluster_names(work: Workspace) -> dict[int, str]:
    table = pq.read_table(work.staged / "clusters.parquet", columns=["cluster_id", "name"])
    return {row["cluster_id"]: f"{row['cluster_id']}: {row['name']}" for row in table.to_pylist()}
