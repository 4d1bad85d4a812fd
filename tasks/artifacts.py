"""What a run shows in the Prefect UI: clusters, quality, changes, links."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.workspace import Workspace
from reelhouse.runs.record import Outcome
from reelhouse.uris import public_uri
from tasks.suites import SuiteRun

if TYPE_CHECKING:
    from reelhouse.catalogue.check import CheckedRows

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")

#: Rows of a table artifact: the browser renders them all at once.
MOST_ROWS = 200

_FILES = (
    "manifest.json",
    "assignments.parquet",
    "clusters.parquet",
    "changes.parquet",
    "quarantine.parquet",
    "quality/docs/index.html",
)


@task(name="show run", cache_policy=NO_CACHE)
def show_run(
    work: Workspace,
    rows: CheckedRows,
    suites: Sequence[SuiteRun],
    outcome: Outcome,
    store: str,
) -> None:
    """Create the artifacts of a published run."""
    create_table_artifact(
        table=_clusters(work), key="clusters", description=f"Clusters of version {outcome.version}"
    )
    create_markdown_artifact(markdown=quality_page(_rows_line(rows), suites), key="quality")
    create_table_artifact(
        table=_changes(work), key="changes", description=f"Changes of version {outcome.version}"
    )
    create_markdown_artifact(markdown=links_page(outcome, store, _FILES), key="published")


def _clusters(work: Workspace) -> list[dict[str, Any]]:
    rows = pq.read_table(work.staged / "clusters.parquet").to_pylist()
    rows.sort(key=lambda row: -row["size"])
    return [
        {
            "cluster": row["cluster_id"],
            "name": row["name"],
            "titles": row["size"],
            "event": row["event"],
            "top terms": ", ".join(row["top_terms"][:8]),
        }
        for row in rows
    ]


def _changes(work: Workspace) -> list[dict[str, Any]]:
    table = pq.read_table(work.staged / "changes.parquet")
    counts = {row["values"]: row["counts"] for row in pc.value_counts(table["change"]).to_pylist()}
    total = [{"change": f"{kind}: {n:,} in all", "title": ""} for kind, n in counts.items()]
    # The rarer kinds first: a thousand added titles would hide three removed ones.
    shown = sorted(table.to_pylist(), key=lambda row: counts[row["change"]])[:MOST_ROWS]
    return total + [
        {
            "change": row["change"],
            "title": row["title"],
            "fields": ", ".join(row["fields"] or []),
            "from": row["from_cluster"],
            "to": row["to_cluster"],
            "why": row["reason"],
        }
        for row in shown
    ]


def _rows_line(rows: CheckedRows) -> str:
    return (
        f"{rows.rows_in:,} rows read = {rows.good:,} good ({rows.repaired:,} of them repaired) "
        f"+ {rows.quarantined:,} quarantined"
    )


def quality_page(rows: str, suites: Sequence[SuiteRun]) -> str:
    """The expectations that were broken, as Markdown; `rows` says in words what was read."""
    lines = [
        "# Data quality",
        rows,
        "",
        "| suite | expectation | level | broken by | example |",
        "|---|---|---|---|---|",
    ]
    for run in suites:
        lines += [
            f"| {escaped(run.name)} | {escaped(rule.name)} | {rule.level} | "
            f"{rule.unexpected:,} of {rule.evaluated:,} | "
            f"{escaped(rule.examples[0]) if rule.examples else ''} |"
            for rule in run.rules
            if not rule.success
        ]
    if len(lines) == 5:
        return "\n".join([*lines[:2], "", "Every expectation passed."])
    return "\n".join(lines)


def links_page(outcome: Outcome, store: str, files: Sequence[str]) -> str:
    """Where the files of a version are, as Markdown."""
    folder = f"{public_uri(store).rstrip('/')}/{outcome.collection}/runs/{outcome.run_id}"
    lines = [f"# Version {outcome.version} of {escaped(outcome.collection)}", escaped(folder), ""]
    return "\n".join(lines + [f"- {escaped(f'{folder}/{name}')}" for name in files])


def escaped(text: str) -> str:
    """Text as Markdown shows it, whatever it holds: no markup, no link, no cell of its own."""
    # Every line end counts to Markdown, and every ASCII sign of punctuation may be escaped.
    one_line = " ".join(_CONTROL.sub(" ", text).split())
    return _PUNCTUATION.sub(r"\\\g<0>", one_line)
