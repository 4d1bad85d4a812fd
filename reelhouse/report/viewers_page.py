"""The explorer page of clusters of users: what each prefers, and how they lie to one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.clustering.model import ClusterModel
from reelhouse.report.figures import short
from reelhouse.report.records import write_choice, write_quality
from reelhouse.report.script_data import write_data
from reelhouse.report.shell import Shell, Tab, fresh_report, write_shell
from reelhouse.report.staged import Staged
from reelhouse.report.user_changes import user_changes
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.version import Version

#: Clusters up to which the page shows the likeness of all pairs; beyond, of the nearest alone.
MOST_PAIRED = 64
#: Nearest clusters of a cluster.
N_NEAREST = 10
_SCRIPTS = ("heatmap", "sortable", "records", "preferences", "tastes", "lineage", "viewers")


def write_viewers_report(
    folder: Path,
    manifest: RunManifest,
    last: Version | None,
    before: Sequence[Version],
    *,
    version: int,
) -> Path:
    """Write the explorer page of clusters of users; returns the path of `index.html`.

    No user is named: the page knows clusters, titles and genres.

    Parameters
    ----------
    folder : Path
        The staged run, complete but for its report.
    manifest : RunManifest
        What will be published with it.
    last : Version or None
        The version before.
    before : sequence of Version
        The versions before, the oldest first.
    version : int
        The number that the run will be published as.
    """
    staged, data = Staged(folder), fresh_report(folder)
    preferences = staged.table("preferences")
    titles = _liked_titles(staged, preferences)
    likeness = _likeness(folder / "model")
    _write_overview(data, staged, manifest, version, likeness)
    _write_preferences(data, preferences, titles["title_id"].combine_chunks())
    _write_titles(data, titles)
    ids, cosines = likeness
    paired = len(ids) <= MOST_PAIRED
    pairs = {"ids": ids, "rows": [[round(one, 3) for one in row] for row in cosines.tolist()]}
    write_data(data, "likeness", pairs if paired else {"ids": [], "rows": []})
    write_data(data, "profile", [_plain(row) for row in staged.rows("profile")])
    write_data(data, "changes", user_changes(staged, last))
    past = [(one.number, one.manifest) for one in before]
    write_data(data, "history", [_past(*one) for one in [*past, (version, manifest)]])
    write_quality(data, staged, manifest)
    clustering = manifest.results.get("clustering") or {}
    write_choice(data, clustering.get("curve") or [], clustering)
    return write_shell(folder, manifest, version, _shell(titles.num_rows))


def _shell(n_titles: int) -> Shell:
    tabs = [
        Tab("clusters", "Clusters", home=True),
        Tab("genres", "Genres"),
        Tab("likeness", "Likeness"),
        Tab("ratings", "Ratings"),
        Tab("changes", "Changes"),
        Tab("quality", "Data quality"),
        Tab("choice", "Number of clusters"),
    ]
    return Shell(
        tabs,
        _SCRIPTS,
        search=f"Search {n_titles:,} preferred titles",
        without_scripts="reelhouse clusters --collection viewers",
    )


def _likeness(model: Path) -> tuple[list[int], np.ndarray[Any, Any]]:
    """Ids of the clusters, and the cosines of their centroids."""
    held = ClusterModel.load(model)
    centroids = held.centroids
    norms = np.maximum(np.linalg.norm(centroids, axis=1), 1e-12)
    return held.cluster_ids.tolist(), (centroids @ centroids.T) / np.outer(norms, norms)


def _write_overview(
    folder: Path,
    staged: Staged,
    manifest: RunManifest,
    version: int,
    likeness: tuple[list[int], np.ndarray[Any, Any]],
) -> None:
    """Write `overview.js`: the version and its clusters."""
    ids, cosines = likeness
    row_of = {cluster_id: row for row, cluster_id in enumerate(ids)}
    rows = sorted(staged.rows("clusters"), key=lambda row: int(row["cluster_id"]))
    living = [row for row in rows if row["event"] != "died"]
    value = {
        "collection": manifest.collection,
        "version": version,
        "date": f"{manifest.created_at:%Y-%m-%d}",
        "counts": manifest.counts,
        "newest": manifest.results.get("newest_date"),
        "clusters": [
            _cluster(row) | {"nearest": _nearest(ids, cosines[row_of[row["cluster_id"]]],
                                                 row["cluster_id"])}
            for row in living
        ],
        "died": [
            {"id": row["cluster_id"], "name": row["name"]} for row in rows if row["event"] == "died"
        ],
    }  # fmt: skip
    write_data(folder, "overview", value)


def _cluster(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["cluster_id"],
        "name": row["name"],
        "size": row["size"],
        "share": short(row["share"]),
        "ratings": row["n_ratings"],
        "mean": short(row["mean_rating"]),
        "meanDistance": short(row["mean_distance"]),
        "silhouette": short(row["silhouette"]),
        "event": row["event"],
        "parents": row["parents"] or [],
    }


def _nearest(ids: Sequence[int], cosines: Any, cluster_id: int) -> list[list[float]]:
    """Id and likeness of the nearest other clusters, the nearest first."""
    order = np.argsort(-cosines, kind="stable").tolist()
    found = [[ids[at], round(float(cosines[at]), 3)] for at in order if ids[at] != cluster_id]
    return found[:N_NEAREST]


def _liked_titles(staged: Staged, preferences: pa.Table) -> pa.Table:
    """Titles that some cluster prefers, those with the most ratings first."""
    liked = pc.unique(pc.drop_null(preferences["title_id"]))
    found = staged.of_titles("titles", liked)
    return found.sort_by([("n_ratings", "descending"), ("title_id", "ascending")])


def _write_preferences(folder: Path, preferences: pa.Table, title_ids: pa.Array) -> None:
    """Write `preferences.js`: by cluster the titles and genres, the most preferred first.

    Each is its number, its ratings, their mean, their share and the lift.
    """
    ordered = preferences.sort_by([("cluster_id", "ascending"), ("rank", "ascending")])
    numbers = pc.index_in(ordered["title_id"], value_set=title_ids).to_pylist()
    genres = pc.unique(pc.drop_null(preferences["genre"])).sort().to_pylist()
    of_genre = {genre: number for number, genre in enumerate(genres)}
    clusters: dict[str, dict[str, list[Any]]] = {}
    for at, row in zip(numbers, ordered.to_pylist(), strict=True):
        lists = clusters.setdefault(str(row["cluster_id"]), {"titles": [], "genres": []})
        figures = [row["n_ratings"], *(short(row[name]) for name in ("mean_rating", "share",
                                                                     "lift"))]  # fmt: skip
        if row["kind"] == "genre":
            lists["genres"].append([of_genre[row["genre"]], *figures])
        elif at is not None:
            lists["titles"].append([at, *figures])
    write_data(folder, "preferences", {"genres": genres, "clusters": clusters})


def _write_titles(folder: Path, titles: pa.Table) -> None:
    """Write `titles.js`: what is known of the titles that some cluster prefers."""
    value = {
        "ids": titles["title_id"].to_pylist(),
        "names": titles["name"].to_pylist(),
        "years": titles["year"].to_pylist(),
        "genres": titles["genres"].to_pylist(),
        "ratings": titles["n_ratings"].to_pylist(),
        "means": [short(one) for one in titles["mean_rating"].to_pylist()],
    }
    write_data(folder, "titles", value)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: short(value) for name, value in row.items() if value is not None}


def _past(number: int, manifest: RunManifest) -> dict[str, Any]:
    identity = manifest.results.get("identity") or {}
    return {
        "version": number,
        "date": f"{manifest.created_at:%Y-%m-%d}",
        "counts": manifest.counts,
        "kept": identity.get("share_of_users_that_kept_their_cluster"),
    }
