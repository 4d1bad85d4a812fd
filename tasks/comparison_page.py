"""What a comparison shows in the Prefect UI: the table, the pictures, quality, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.comparison.table import ComparisonTables
from reelhouse.comparison.workspace import Workspace
from reelhouse.runs.record import Outcome
from tasks.links_page import links_page, published
from tasks.markdown import escaped
from tasks.pictures import pictures
from tasks.quality_page import show_quality
from tasks.server import forgiving
from tasks.suites import SuiteRun
from tasks.viewer_artifacts import counts_line

#: Column of the table -> what it is called, and its format; null shows as nothing.
_COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "rating": {
        "rmse": ("RMSE", ".4f"),
        "mae": ("MAE", ".4f"),
        "rmse_cold_users": ("RMSE, cold users", ".4f"),
        "rmse_cold_titles": ("RMSE, cold titles", ".4f"),
    },
    "ranking": {
        "ndcg_100": ("NDCG@100", ".4f"),
        "recall_20": ("Recall@20", ".4f"),
        "recall_50": ("Recall@50", ".4f"),
        "ndcg_10": ("NDCG@10", ".4f"),
        "recall_10": ("Recall@10", ".4f"),
        "ndcg_100_cold_users": ("NDCG@100, cold users", ".4f"),
        "coverage_10": ("coverage", ".2f"),
        "diversity_10": ("diversity", ".2f"),
        "serendipity_10": ("serendipity", ".3f"),
    },
}
_COSTS = {
    "seconds_fit": ("fit, s", ".3g"),
    "seconds_score": ("score, s", ".3g"),
    "peak_mib": ("peak, MiB", ",.0f"),
    "n_parameters": ("parameters", ",d"),
}
_FILES = (
    "comparison.parquet",
    "splits.parquet",
    "curves.parquet",
    "trials.parquet",
    "models",
    "quarantine.parquet",
    "figures/index.json",
    "quality/docs/index.html",
)
_PICTURES = tuple(
    f"{kind}-{protocol}"
    for protocol in ("rating", "ranking")
    for kind in ("accuracy-time", "learning-curves")
)


@task(name="show comparison", task_run_name="show version {outcome.version}", cache_policy=NO_CACHE)
def show_comparison(
    work: Workspace,
    tables: ComparisonTables,
    suites: Sequence[SuiteRun],
    facts: Mapping[str, float | int],
    outcome: Outcome,
    store: str,
) -> None:
    """Create the artifacts of a comparison; a server that refuses them fails nothing."""
    show_quality(counts_line(outcome.counts), suites, facts, key="comparison-quality")
    with forgiving(f"version {outcome.version} is published and not shown in full"):
        rows = tables.comparison.to_pylist()
        create_markdown_artifact(comparison_page(rows), key="comparison")
        create_markdown_artifact(
            links_page(outcome, store, published(work.staged, _FILES)), key="comparison-published"
        )
        shown = pictures(work.figures, _PICTURES)
        if shown:
            create_markdown_artifact(shown, key="comparison-pictures")


def comparison_page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The comparison as Markdown: a table for each protocol, the best first, failures last."""
    lines = ["# Models compared", ""]
    for protocol, columns in _COLUMNS.items():
        of_protocol = [row for row in rows if row["protocol"] == protocol]
        if of_protocol:
            lines += [f"## {protocol.capitalize()}", "", *_table(of_protocol, columns), ""]
    return "\n".join(lines)


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, tuple[str, str]]) -> list[str]:
    shown = {**columns, **_COSTS}
    heads = ["model", "family", *(name for name, _ in shown.values()), "p against the baseline"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in sorted(rows, key=lambda row: row["place"] or len(rows) + 1):
        cells = [escaped(row["model"]), escaped(row["family"])]
        if row["status"] != "measured":
            cells += [f"{row['status']}: {escaped(row['reason'] or '')}", *[""] * len(shown)]
        else:
            cells += [_cell(row, column, form) for column, (_, form) in shown.items()]
            cells.append("" if row["p_value"] is None else f"{row['p_value']:.4f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _cell(row: Mapping[str, Any], column: str, form: str) -> str:
    value = row[column]
    if value is None:
        return ""
    low, high = row.get(f"{column}_low"), row.get(f"{column}_high")
    told = format(value, form)
    return told if low is None else f"{told} ({low:{form}} to {high:{form}})"
