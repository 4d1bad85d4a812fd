"""What changed, earlier versions, data quality, the choice of k and the tree, as files of data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from reelhouse.catalogue.history import PastVersion
from reelhouse.evaluation.reading import report_rows, weak_rows
from reelhouse.report.script_data import write_data
from reelhouse.report.shown import Shown
from reelhouse.report.staged import Staged
from reelhouse.storage.manifest import RunManifest

#: Rows of one kind that are listed; the tables hold all.
MOST_ROWS = 500


def write_changes(folder: Path, staged: Staged, shown: Shown) -> None:
    """Write `changes.js`: the titles that changed, at most `MOST_ROWS` of each kind."""
    table = staged.table("changes")
    counts = {row["values"]: row["counts"] for row in pc.value_counts(table["change"]).to_pylist()}
    kinds = {}
    for kind in counts:
        some = table.filter(pc.equal(table["change"], kind)).slice(0, MOST_ROWS)
        numbers = shown.numbers_of(some["title_id"]).tolist()
        kinds[kind] = [
            {
                "at": at,
                "title": row["title"] or row["title_id"],
                "fields": row["fields"] or [],
                "from": row["from_cluster"],
                "to": row["to_cluster"],
                "reason": row["reason"],
            }
            for at, row in zip(numbers, some.to_pylist(), strict=True)
        ]
    write_data(folder, "changes", {"counts": counts, "rows": kinds})


def write_history(folder: Path, past: Sequence[PastVersion]) -> None:
    """Write `history.js`: the last versions, this one last."""
    rows = [
        {
            "version": one.version,
            "flow": one.flow,
            "date": one.date,
            "counts": {name: one.counts.get(f"titles{name}", 0)
                       for name in ("", "_added", "_removed", "_edited")},
            "moved": one.moved,
            "quarantined": one.counts.get("rows_quarantined", 0),
            "outliers": one.drift.get("outlier_share"),
        }
        for one in past
    ]  # fmt: skip
    write_data(folder, "history", rows)


def file_name(uri: str) -> str:
    """The last part of a path or URI.

    >>> file_name("s3://bucket/snapshots/netflix_titles.csv")
    'netflix_titles.csv'
    """
    return uri.rstrip("/").rpartition("/")[2]


def write_quality(folder: Path, staged: Staged, manifest: RunManifest) -> None:
    """Write `quality.js`: rows read, repairs, checks, quarantine, drift, worth of the clusters."""
    quarantine, n_quarantined = staged.first_rows("quarantine", MOST_ROWS)
    fit = staged.folder / "quality" / "fit.json"
    report = json.loads(fit.read_text(encoding="utf-8")) if fit.is_file() else None
    weak = weak_rows(report) if report else []
    drift = manifest.results.get("drift") or {}
    value = {
        "inputs": [
            # Not where it lies: a page is handed around, and is the same wherever it is made.
            {"name": one.name, "file": file_name(one.uri), "rows": one.rows, "sha256": one.sha256}
            for one in manifest.inputs
        ],
        "repairs": manifest.results.get("repairs") or {},
        "checks": [one.model_dump(mode="json") for one in manifest.checks],
        "rules": _rules(staged.folder / "quality", [one.suite for one in manifest.checks]),
        "quarantined": n_quarantined,
        "quarantine": [
            {name: row[name] for name in ("row", "title", "column", "value", "reason")}
            for row in quarantine
        ],
        "drift": [
            {"name": name, "value": drift[name], "limit": limit}
            for name, limit in (drift.get("limits") or {}).items()
            if name in drift
        ],
        "fit": report_rows({**report, "weak_clusters": len(weak)}) if report else [],
        "weak": weak,
    }
    write_data(folder, "quality", value)


def _rules(folder: Path, suites: Sequence[str]) -> list[dict[str, Any]]:
    """Every rule of the suites with how it went."""
    paths = [(suite, folder / f"{suite}.json") for suite in suites]
    return [
        {
            "suite": suite,
            "rule": one["expectation"].removeprefix("expect_").replace("_", " "),
            "column": str((one.get("kwargs") or {}).get("column", "")),
            "level": one["level"],
            "success": one["success"],
            "unexpected": one.get("unexpected", 0),
        }
        for suite, path in paths
        if path.is_file()
        for one in json.loads(path.read_text(encoding="utf-8"))["results"]
    ]


def write_choice(
    folder: Path, curve: Sequence[Mapping[str, Any]], clustering: Mapping[str, Any]
) -> None:
    """Write `choice.js`: the criteria over the numbers of clusters that were tried.

    Parameters
    ----------
    folder : Path
    curve : rows with `n_clusters` and the criteria
    clustering : mapping
        `n_clusters` and the `reason`, as the manifest has them.
    """
    rows = [
        {name: value if name == "n_clusters" or value is None else round(value, 4)
         for name, value in row.items()}
        for row in curve
    ]  # fmt: skip
    value = {
        "chosen": clustering.get("n_clusters"),
        "reason": clustering.get("reason"),
        "curve": rows,
    }
    write_data(folder, "choice", value)


def write_tree(folder: Path, staged: Staged) -> None:
    """Write `tree.js`: the nodes of the tree of clusters."""
    nodes = [
        {
            "id": row["node_id"],
            "parent": row["parent_id"],
            "cluster": row["cluster_id"],
            "size": row["size"],
            "name": row["name"],
            "height": round(row["height"], 3),
        }
        for row in staged.rows("hierarchy")
    ]
    write_data(folder, "tree", nodes)
