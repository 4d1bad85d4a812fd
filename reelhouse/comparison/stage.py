"""The tables and models of a comparison, written where they will be published from."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from reelhouse.comparison.results import Result, ResultFolder
from reelhouse.comparison.table import ComparisonTables
from reelhouse.comparison.workspace import Workspace
from reelhouse.schema import (
    COMPARISON,
    COMPARISON_CURVES,
    COMPARISON_SPLITS,
    COMPARISON_TRIALS,
)
from reelhouse.storage.tables import write_table

#: Columns of the manifest's account of the comparison, which commands show.
_TOLD = {
    "rating": ("rmse", "rmse_low", "rmse_high", "mae"),
    "ranking": ("ndcg_100", "ndcg_100_low", "ndcg_100_high", "recall_20", "recall_50", "ndcg_10"),
}


def stage_tables(tables: ComparisonTables, work: Workspace) -> None:
    """Write comparison, splits, curves and trials."""
    for name, table, schema in (
        ("comparison", tables.comparison, COMPARISON),
        ("splits", tables.splits, COMPARISON_SPLITS),
        ("curves", tables.curves, COMPARISON_CURVES),
        ("trials", tables.trials, COMPARISON_TRIALS),
    ):
        write_table(table, work.staged / f"{name}.parquet", schema)


def stage_models(
    results: Sequence[Result], folders: Sequence[ResultFolder], work: Workspace
) -> int:
    """Copy the saved models; returns their number."""
    number = 0
    for result, folder in zip(results, folders, strict=True):
        if folder.model.is_dir():
            shutil.copytree(folder.model, work.models / f"{result.protocol}-{result.model}")
            number += 1
    return number


def comparison_results(tables: ComparisonTables) -> list[dict[str, Any]]:
    """The comparison as the manifest holds it: by protocol, the best first, the unmeasured last."""
    found = []
    for row in tables.comparison.to_pylist():
        names = ("protocol", "model", "family", "status", "reason", "place")
        told = {name: row[name] for name in names if row[name] is not None}
        figures = (*_TOLD[row["protocol"]], "p_value", "seconds_fit", "seconds_score")
        told |= {name: round(row[name], 5) for name in figures if row[name] is not None}
        found.append(told)
    order, last = list(dict.fromkeys(row["protocol"] for row in found)), len(found) + 1
    found.sort(key=lambda row: (order.index(row["protocol"]), row.get("place", last)))
    return found
