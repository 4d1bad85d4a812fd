"""What a deep clustering shows in the Prefect UI beside what every clustering shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.base import FIGURES
from reelhouse.catalogue.workspace import Workspace
from reelhouse.runs.record import Outcome
from tasks.markdown import escaped
from tasks.pictures import pictures
from tasks.server import forgiving

#: The pictures that say most of the networks.
_PICTURES = (
    "embedding",
    "learning-accuracy",
    "learning-loss",
    "confusion-linear",
    "confusion-dense",
    "sequence-lengths",
    "missing",
    "duplicates",
)
#: Column of classifiers.parquet -> what it is called, and its format.
_COLUMNS = {
    "accuracy": ("accuracy", ".3f"),
    "macro_f1": ("macro F1", ".3f"),
    "calibration_error": ("calibration error", ".3f"),
    "seconds": ("seconds", ".1f"),
    "n_train": ("learned from", ",d"),
    "n_test": ("tested on", ",d"),
}


@task(name="show networks", task_run_name="show networks of version {outcome.version}",
      cache_policy=NO_CACHE)  # fmt: skip
def show_networks(work: Workspace, outcome: Outcome) -> None:
    """Show counts, classifiers and pictures; a server that refuses them fails nothing."""
    with forgiving(f"version {outcome.version} is published and not shown in full"):
        page = networks_page(outcome.results, outcome.counts)
        shown = pictures(work.staged / FIGURES, _PICTURES)
        create_markdown_artifact(f"{page}\n\n{shown}".strip(), key="networks")


def networks_page(results: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """What the networks came to, as Markdown.

    Parameters
    ----------
    results, counts : of the outcome
    """
    clustering, figures = results["clustering"], results["deep"]
    rest = "came to rest" if figures["converged"] else "still moved"
    lines = [
        "## The networks",
        "",
        f"{counts['titles']:,} titles, {figures['columns_read']:,} columns read, "
        f"{clustering['n_clusters']} clusters: {escaped(clustering['reason'])}.",
        "",
        f"Labels {rest} after {figures['targets']} targets; "
        f"{100 * figures['share_that_kept_its_first_cluster']:.0f} % of the titles kept the "
        f"cluster of k-means; the largest holds {100 * figures['largest_share']:.0f} %.",
    ]
    rows = results.get("classifiers", [])
    return "\n".join([*lines, *_classifiers(rows)] if rows else lines)


def _classifiers(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = ["classifier", "told apart", *(name for name, _ in _COLUMNS.values()), "places titles"]
    table = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for row in rows:
        figures = [format(row[key], style) for key, (_, style) in _COLUMNS.items()]
        told = [escaped(row["classifier"]), escaped(row["labels_from"]), *figures]
        table.append(f"| {' | '.join([*told, 'yes' if row['places'] else ''])} |")
    return ["", "## Classifiers on titles that they never saw", "", *table]
