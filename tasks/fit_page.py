"""What a fit is worth, in the Prefect UI: its figures, weak clusters, and the choice of k."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from prefect.artifacts import create_markdown_artifact

from reelhouse.catalogue.base import FIGURES
from reelhouse.catalogue.workspace import Workspace
from reelhouse.evaluation.reading import report_rows, weak_rows
from tasks.markdown import escaped
from tasks.pictures import pictures

#: What says most of the choice of the number of clusters.
_PICTURES = ("choice", "silhouette", "elbow", "stability")


def show_fit(work: Workspace) -> None:
    """Show what the clusters of a run are worth; a night has no fit of its own."""
    report = work.quality / "fit.json"
    if report.is_file():
        shown = pictures(work.staged / FIGURES, _PICTURES)
        page = fit_page(json.loads(report.read_text(encoding="utf-8")), shown)
        create_markdown_artifact(page, key="fit")


def fit_page(report: Mapping[str, Any], pictures_shown: str) -> str:
    """The report of a fit as Markdown.

    Parameters
    ----------
    report : what quality/fit.json holds
    pictures_shown : Markdown of the pictures, empty where there are none
    """
    weak = weak_rows(report)
    told = report_rows({**report, "weak_clusters": len(weak)})
    lines = ["## What the clusters are worth", "", *_table(told), ""]
    if weak:
        lines += ["## Weak clusters, the most blurred first", "", *_table(weak), ""]
    if pictures_shown:
        lines += ["## How their number was chosen", "", pictures_shown]
    return "\n".join(lines)


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = list(rows[0])
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    return lines + [f"| {' | '.join(_cell(row[name]) for name in names)} |" for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return escaped(f"{value:.2f}" if isinstance(value, float) else str(value))
