"""What the page shows at once: the version in figures, its clusters, the map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from reelhouse.catalogue.history import PastVersion
from reelhouse.recommend.terms import bare_term
from reelhouse.report.script_data import write_data
from reelhouse.report.shown import Shown
from reelhouse.report.staged import Staged
from reelhouse.report.titles import NAMES_PER_FILE, TITLES_PER_FILE, reason_words
from reelhouse.storage.manifest import RunManifest

#: Steps of the map's width and height: finer than a pixel.
_STEPS = 10_000


def write_overview(
    folder: Path, staged: Staged, shown: Shown, manifest: RunManifest, version: int
) -> None:
    """Write `overview.js`: the version, its clusters, and how its files of data are cut."""
    value = {
        "collection": manifest.collection,
        "version": version,
        "flow": manifest.flow,
        "date": f"{manifest.created_at:%Y-%m-%d}",
        "counts": manifest.counts,
        "moved": PastVersion.of(manifest, version).moved,
        "titles": shown.n_titles,
        "shown": shown.assignments.num_rows,
        "namesPerFile": NAMES_PER_FILE,
        "titlesPerFile": TITLES_PER_FILE,
        "reasons": reason_words(),
        "clusters": _clusters(staged, shown),
        "died": [
            {"id": row["cluster_id"], "name": row["name"]}
            for row in staged.rows("clusters")
            if row["event"] == "died"
        ],
        "hasMap": staged.has("positions"),
    }
    write_data(folder, "overview", value)


def _clusters(staged: Staged, shown: Shown) -> list[dict[str, Any]]:
    """One entry per living cluster, in the order of ids."""
    neighbours: dict[int, list[Any]] = {}
    for row in sorted(staged.rows("neighbours"), key=lambda row: (row["cluster_id"], row["rank"])):
        neighbours.setdefault(row["cluster_id"], []).append(
            [row["neighbour_id"], round(row["distance"], 3)]
        )
    spans = dict(
        zip(shown.cluster_ids.tolist(), zip(shown.starts[:-1].tolist(), shown.starts[1:].tolist(),
                                            strict=True), strict=True)
    )  # fmt: skip
    described = []
    for row in sorted(staged.rows("clusters"), key=lambda row: int(row["cluster_id"])):
        if row["event"] == "died":
            continue
        start, stop = spans.get(row["cluster_id"], (0, 0))
        examples = shown.numbers_of(_strings(row["representative_title_ids"]))
        described.append(
            {
                "id": row["cluster_id"],
                "name": row["name"],
                "size": row["size"],
                "terms": [bare_term(term) for term in row["top_terms"] or []],
                "examples": [int(at) for at in examples if at >= 0],
                "meanDistance": _number(row["mean_distance"]),
                "silhouette": _number(row["silhouette"]),
                "event": row["event"],
                "parents": row["parents"] or [],
                "neighbours": neighbours.get(row["cluster_id"], []),
                "start": start,
                "stop": stop,
            }
        )
    return described


def write_map(folder: Path, staged: Staged, shown: Shown) -> None:
    """Write `map.js`: the place of each title in steps of the map, -1 for one without a place."""
    positions = staged.of_titles("positions", shown.title_ids)
    at = pc.index_in(shown.title_ids, value_set=positions["title_id"].combine_chunks())
    value = {"steps": _STEPS}
    for axis in ("x", "y"):
        places = positions[axis].take(at).to_numpy()
        steps = np.where(np.isnan(places), -1, np.round((places + 1) / 2 * _STEPS))
        value[axis] = steps.astype(int).tolist()
    write_data(folder, "map", value)


def _strings(values: list[str] | None) -> Any:
    import pyarrow as pa

    return pa.array(values or [], pa.string())


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
