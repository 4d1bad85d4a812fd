"""A small catalogue run as it is staged, and its explorer page; texts can be anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from reelhouse.catalogue.history import PastVersion
from reelhouse.clustering.selection import CURVE
from reelhouse.report.page import write_catalogue_report
from reelhouse.schema import (
    ASSIGNMENTS,
    CHANGES,
    CLUSTERS,
    HIERARCHY,
    NEIGHBOURS,
    NEXT_TITLES,
    POSITIONS,
    QUARANTINE,
    TITLES,
)
from reelhouse.storage.manifest import CheckSummary, InputEntry, RunManifest
from reelhouse.storage.tables import write_table

#: Titles of each of three clusters.
PER_CLUSTER = 12
#: A text of the run: the field it stands in, and the text as it is without mischief.
Text = Callable[[str, str], str]


def as_it_is(field: str, text: str) -> str:
    return text


def title_id(number: int) -> str:
    return f"t{number:016x}"


def stage_small_run(staged: Path, text: Text = as_it_is) -> RunManifest:
    """Stage a run of 36 titles in the clusters 0, 1 and 4.

    Title 12 is Narcos of cluster 1. The next titles of a title are the two after it in its cluster,
    and then the same of the next cluster. Title 35 is new, title 3 was edited.
    """
    numbers = range(3 * PER_CLUSTER)
    tables = {
        "titles": (TITLES, [_title(number, text) for number in numbers]),
        "assignments": (ASSIGNMENTS, [_assignment(number) for number in numbers]),
        "clusters": (CLUSTERS, [_cluster(at, text) for at in range(3)]),
        "neighbours": (NEIGHBOURS, _neighbours()),
        "hierarchy": (HIERARCHY, _tree(text)),
        "selection": (CURVE, [_criteria(k) for k in range(2, 7)]),
        "changes": (CHANGES, _changes(text)),
        "quarantine": (QUARANTINE, [bad_row(text)]),
        "recommendations": (NEXT_TITLES, [row for number in numbers for row in _next(number)]),
        "positions": (POSITIONS, [_place(number) for number in numbers]),
    }
    for name, (schema, rows) in tables.items():
        write_table(pa.Table.from_pylist(rows, schema=schema), staged / f"{name}.parquet", schema)
    checks = [write_quality_of(staged / "quality", text)]
    _write_fit(staged / "quality", text)
    return _manifest(text, checks)


def write_small_page(staged: Path, text: Text = as_it_is, *, most_titles: int = 100) -> Path:
    """Stage the small run and write its page; returns the path of its index.html."""
    manifest = stage_small_run(staged, text)
    before = PastVersion(
        version=1, flow="catalogue", date="2026-11-20", added=35, drift={}, counts={"titles": 35}
    )
    clustering = {"n_clusters": 3, "reason": text("reason", "the criteria agree on 3")}
    return write_catalogue_report(
        staged, manifest, [before], version=2, clustering=clustering, most_titles=most_titles
    )


CLUSTER_IDS = (0, 1, 4)
CLUSTER_NAMES = ("Documentaries", "Crime series", "Family films")


def _title(number: int, text: Text) -> dict[str, Any]:
    name = "Narcos" if number == PER_CLUSTER else f"Title {number}"
    cluster = number // PER_CLUSTER
    return {
        "title_id": title_id(number),
        "show_id": f"s{number}",
        "type": "TV Show" if cluster == 1 else "Movie",
        "title": text("title", name),
        "director": [text("director", f"Director {cluster}")],
        "cast": [text("cast", "Wagner Moura"), text("cast", f"Actor {number}")],
        "country": [text("country", "Colombia")],
        "date_added": date(2021, 9, 25),
        "release_year": 2000 + number % 20,
        "rating": text("rating", "TV-MA"),
        "duration_minutes": None if cluster == 1 else 90,
        "seasons": 3 if cluster == 1 else None,
        "listed_in": [text("listed_in", "Crime TV Shows")],
        "description": text("description", "A true story."),
        "repaired": [text("repaired", "duration")] if number == 1 else [],
    }


def _assignment(number: int) -> dict[str, Any]:
    cluster = number // PER_CLUSTER
    return {
        "title_id": title_id(number),
        "cluster_id": CLUSTER_IDS[cluster],
        "distance": 0.25,
        "second_cluster_id": CLUSTER_IDS[(cluster + 1) % 3],
        "second_distance": 0.5,
        "margin": 0.25,
        "status": "outlier" if number == 2 else "placed",
        "placed_in_version": 2 if number == 35 else 1,
    }


def _cluster(at: int, text: Text) -> dict[str, Any]:
    return {
        "cluster_id": CLUSTER_IDS[at],
        "name": text("cluster name", CLUSTER_NAMES[at]),
        "size": PER_CLUSTER,
        "top_terms": [text("top term", "crime"), text("top term", "true_story")],
        "representative_title_ids": [title_id(at * PER_CLUSTER), title_id(at * PER_CLUSTER + 1)],
        "mean_distance": 0.25,
        "silhouette": None if at == 2 else 0.2,
        "event": "split" if at == 2 else "kept",
        "parents": [CLUSTER_IDS[1] if at == 2 else CLUSTER_IDS[at]],
    }


def _neighbours() -> list[dict[str, Any]]:
    return [
        {
            "cluster_id": one,
            "rank": rank,
            "neighbour_id": CLUSTER_IDS[(at + rank) % 3],
            "distance": 0.3 * rank,
            "common_node_id": 4,
        }
        for at, one in enumerate(CLUSTER_IDS)
        for rank in (1, 2)
    ]


def _tree(text: Text) -> list[dict[str, Any]]:
    leaves = [
        {"node_id": at, "parent_id": 3 if at < 2 else 4, "height": 0.0, "cluster_id": one,
         "size": PER_CLUSTER, "name": text("tree", CLUSTER_NAMES[at])}
        for at, one in enumerate(CLUSTER_IDS)
    ]  # fmt: skip
    inner = {"height": 0.8, "cluster_id": None}
    return [
        *leaves,
        {"node_id": 3, "parent_id": 4, "size": 24, "name": text("tree", "True stories"), **inner},
        {"node_id": 4, "parent_id": None, "size": 36, "name": text("tree", "All titles"), **inner},
    ]


def _criteria(k: int) -> dict[str, Any]:
    return {
        "n_clusters": k,
        "inertia": 100.0 / k,
        "silhouette": 0.2 - 0.01 * abs(k - 3),
        "simplified_silhouette": 0.3,
        "calinski_harabasz": 200.0 / k,
        "davies_bouldin": 3.0 + k / 10,
        "stability": None,
    }


def _changes(text: Text) -> list[dict[str, Any]]:
    return [
        {"title_id": title_id(35), "change": "added", "fields": [], "from_cluster": None,
         "to_cluster": 4, "title": text("changed title", "Title 35"),
         "reason": text("change reason", "it continues no title")},
        {"title_id": title_id(3), "change": "edited", "fields": [text("changed field", "cast")],
         "from_cluster": 0, "to_cluster": 0, "title": text("changed title", "Title 3"),
         "reason": text("change reason", "the same title and year")},
        {"title_id": title_id(99), "change": "removed", "fields": [], "from_cluster": 1,
         "to_cluster": None, "title": text("changed title", "Gone"),
         "reason": text("change reason", "it is not in the snapshot")},
    ]  # fmt: skip


def bad_row(text: Text) -> dict[str, Any]:
    return {
        "source": text("source", "titles.csv"),
        "row": 37,
        "title": text("bad title", "Twice"),
        "column": text("bad column", "title"),
        "value": text("bad value", "Twice"),
        "expectation": "expect_column_values_to_be_null(repeats)",
        "reason": text("bad reason", "it stands there twice"),
        "raw": "[]",
    }


def _next(number: int) -> list[dict[str, Any]]:
    cluster, inside = divmod(number, PER_CLUSTER)
    near = [cluster * PER_CLUSTER + (inside + step) % PER_CLUSTER for step in (1, 2)]
    far = [(cluster + 1) % 3 * PER_CLUSTER + inside]
    return [
        {
            "title_id": title_id(number),
            "rank": rank,
            "next_title_id": title_id(other),
            "score": 0.9 - 0.1 * rank,
            "reason": "same-cluster" if other in near else "neighbour-cluster",
        }
        for rank, other in enumerate([*near, *far], start=1)
    ]


def _place(number: int) -> dict[str, Any]:
    """Three rows of twelve places, from the left to the right."""
    cluster, inside = divmod(number, PER_CLUSTER)
    return {
        "title_id": title_id(number),
        "x": -1.0 + 2.0 * inside / (PER_CLUSTER - 1),
        "y": -1.0 + cluster,
    }


def write_quality_of(folder: Path, text: Text) -> CheckSummary:
    """Write the results of one suite, whose only rule one row breaks; returns its summary."""
    folder.mkdir(parents=True)
    rule = {
        "expectation": "expect_column_values_to_be_null",
        "kwargs": {"column": text("rule column", "repeats")},
        "level": "row",
        "success": False,
        "evaluated": 37,
        "unexpected": 1,
    }
    suite = {"suite": "titles", "success": False, "results": [rule]}
    (folder / "titles.json").write_text(json.dumps(suite), encoding="utf-8")
    return CheckSummary(
        suite="titles", level="row", success=False, evaluated=13, quarantined=1,
        failed=[text("failed rule", "expect_column_values_to_be_null(repeats)")],
    )  # fmt: skip


def _write_fit(folder: Path, text: Text) -> None:
    weak = {
        "cluster_id": 1,
        "name": text("weak cluster", "Crime series"),
        "weak": [text("weakness", "blurred")],
        "silhouette": 0.01,
        "outlier_share": 0.0,
        "blurs_into": 1,
        "blur_share": 0.4,
    }
    fit = {"coherence": 0.1, "silhouette": 0.2, "clusters": [weak]}
    (folder / "fit.json").write_text(json.dumps(fit), encoding="utf-8")


def _manifest(text: Text, checks: list[CheckSummary]) -> RunManifest:
    return RunManifest(
        run_id="20261126T051500Z-cafe0001",
        collection="catalogue",
        flow="nightly",
        key="small",
        created_at=datetime(2026, 11, 26, 5, 15, tzinfo=UTC),
        inputs=[
            InputEntry(
                name="titles",
                uri=text("uri", "titles.csv"),
                sha256="ab" * 32,
                size=1,
                rows=37,
            )
        ],
        checks=checks,
        counts={
            "rows_read": 37,
            "rows_good": 36,
            "rows_quarantined": 1,
            "titles": 36,
            "titles_added": 1,
            "titles_removed": 1,
            "titles_edited": 1,
        },
        results={
            "repairs": {text("repaired field", "duration"): 1},
            "identity": {"titles_moved": 2, "titles_in_both": 35},
            "drift": {"outlier_share": 0.1, "limits": {"outlier_share": 0.2}},
        },
    )  # fmt: skip
