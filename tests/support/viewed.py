"""A small viewers run as it is staged, and its explorer page; texts can be anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from reelhouse.clustering.model import ClusterModel
from reelhouse.report.viewers_page import write_viewers_report
from reelhouse.schema import (
    PREFERENCES,
    PROFILE,
    QUARANTINE,
    RATED_TITLES,
    USER_ASSIGNMENTS,
    USER_CLUSTERS,
)
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store
from reelhouse.storage.tables import write_table
from reelhouse.storage.version import Version
from tests.support.explorer import Text, as_it_is, bad_row, write_quality_of

CLUSTER_IDS = (0, 2, 5)
CLUSTER_NAMES = ("Crime · Drama", "Comedy", "Documentary")
#: Title -> cluster -> lift; title 14 is liked by nobody.
LIKED = {11: {0: 3.0, 2: 1.5}, 12: {0: 2.0}, 13: {5: 4.0}}
#: Ids of users begin here: no other number of the run looks like one.
FIRST_USER = 770_000
#: Cosine of the first two centroids: (1, 0) and (0.6, 0.8); the third stands across both.
CENTROIDS = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1]], dtype=np.float32)


def stage_small_viewers(
    staged: Path, text: Text = as_it_is, *, moved: bool = False, run: int = 3
) -> RunManifest:
    """Stage a run of nine users in the clusters 0, 2 and 5; `moved` puts user 0 into cluster 2."""
    titles = [_title(title_id, text) for title_id in (11, 12, 13, 14)]
    tables = {
        "assignments": (USER_ASSIGNMENTS, [_assignment(user, moved) for user in range(9)]),
        "clusters": (USER_CLUSTERS, [_cluster(at, text) for at in range(3)] + [_gone(text)]),
        "preferences": (PREFERENCES, [*_liked(text), *_genres(text)]),
        "titles": (RATED_TITLES, titles),
        "profile": (PROFILE, _profile(text)),
        "quarantine": (QUARANTINE, [bad_row(text)]),
    }
    for name, (schema, rows) in tables.items():
        write_table(pa.Table.from_pylist(rows, schema=schema), staged / f"{name}.parquet", schema)
    ClusterModel(
        centroids=CENTROIDS,
        cluster_ids=np.array(CLUSTER_IDS, dtype=np.int32),
        distance_limits=np.ones(3, dtype=np.float32),
        sizes_at_fit=np.full(3, 3, dtype=np.int64),
        distance_reference=np.linspace(0, 1, 101, dtype=np.float32),
        next_cluster_id=6,
    ).save(staged / "model")
    return RunManifest(
        run_id=f"20261126T051500Z-cafe000{run}",
        collection="viewers",
        flow="viewers",
        key=f"small {run}",
        created_at=datetime(2026, 11, 26, 5, 15, tzinfo=UTC),
        checks=[write_quality_of(staged / "quality", text)],
        counts={"rows_read": 91, "rows_good": 90, "rows_quarantined": 1, "users": 9, "titles": 4,
                "clusters": 3},
        results={
            "clustering": {"n_clusters": 3, "reason": text("reason", "the criteria agree on 3"),
                           "curve": [_criteria(k) for k in range(2, 6)]},
            "newest_date": "2026-01-02",
        },
    )  # fmt: skip


def publish_before(folder: Path, text: Text = as_it_is) -> Version:
    """Publish a version in which user 0 was elsewhere, user 1 is absent and user 99 is there."""
    manifest = stage_small_viewers(folder / "before", text, moved=True, run=1)
    path = folder / "before" / "assignments.parquet"
    users = [_assignment(user, moved=True) for user in (0, *range(2, 9), 99)]
    write_table(pa.Table.from_pylist(users, schema=USER_ASSIGNMENTS), path, USER_ASSIGNMENTS)
    store = open_store(folder / "store", create=True)
    return publish(store, "viewers", folder / "before", manifest, None)


def write_small_viewers(folder: Path, text: Text = as_it_is) -> Path:
    """Stage the small run after another one and write its page; returns its index.html."""
    last = publish_before(folder, text)
    manifest = stage_small_viewers(folder / "staged", text)
    return write_viewers_report(folder / "staged", manifest, last, [last], version=2)


def _assignment(user: int, moved: bool) -> dict[str, Any]:
    cluster = CLUSTER_IDS[user % 3]
    return {
        "user_id": FIRST_USER + user,
        "cluster_id": 2 if moved and user == 0 else cluster,
        "distance": 0.3,
        "second_cluster_id": CLUSTER_IDS[(user + 1) % 3],
        "second_distance": 0.5,
        "margin": 0.2,
        "n_ratings": 10,
    }


def _cluster(at: int, text: Text) -> dict[str, Any]:
    return {
        "cluster_id": CLUSTER_IDS[at],
        "name": text("cluster name", CLUSTER_NAMES[at]),
        "size": 3,
        "share": 1 / 3,
        "n_ratings": 30,
        "mean_rating": 3.5,
        "top_titles": [],
        "top_genres": [],
        "mean_distance": 0.3,
        "silhouette": None if at == 2 else 0.1,
        "event": ("kept", "kept", "split")[at],
        "parents": [CLUSTER_IDS[at]] if at < 2 else [0],
    }


def _gone(text: Text) -> dict[str, Any]:
    return {"cluster_id": 4, "name": text("cluster name", "Gone"), "size": 0, "share": 0.0,
            "n_ratings": 0, "event": "died"}  # fmt: skip


def _title(title_id: int, text: Text) -> dict[str, Any]:
    return {
        "title_id": title_id,
        # A title whose name is not known.
        "name": None if title_id == 13 else text("title", f"Film {title_id}"),
        "year": 1990 + title_id,
        "genres": [text("genre", "Crime")],
        "n_ratings": 100 - title_id,
        "mean_rating": 3.25,
    }


def _preference(cluster_id: int, rank: int, lift: float) -> dict[str, Any]:
    return {"cluster_id": cluster_id, "rank": rank, "n_ratings": 5, "mean_rating": 4.0,
            "share": 0.1, "lift": lift}  # fmt: skip


def _liked(text: Text) -> list[dict[str, Any]]:
    ranked = [
        (cluster, sorted(((lifts[cluster], one) for one, lifts in LIKED.items()
                          if cluster in lifts), reverse=True))
        for cluster in CLUSTER_IDS
    ]  # fmt: skip
    return [
        _preference(cluster, rank, lift)
        | {"kind": "title", "title_id": title_id, "name": text("title", f"Film {title_id}")}
        for cluster, liked in ranked
        for rank, (lift, title_id) in enumerate(liked, start=1)
    ]


def _genres(text: Text) -> list[dict[str, Any]]:
    return [
        _preference(cluster, rank, lift)
        | {"kind": "genre", "genre": text("genre", genre), "name": text("genre", genre)}
        for cluster in CLUSTER_IDS
        for rank, (genre, lift) in enumerate((("Crime", 2.0), ("Drama", 0.5)), start=1)
    ]


def _profile(text: Text) -> list[dict[str, Any]]:
    bins = [
        {"section": "ratings per user", "name": "bin", "lower": low, "upper": high, "value": n}
        for low, high, n in ((1.0, 1.0, 0.0), (2.0, 3.0, 4.0), (4.0, 7.0, 5.0))
    ]
    return [
        {"section": "matrix", "name": "density", "value": 0.25},
        {"section": "ratings per user", "name": text("profile", "median"), "value": 3.5},
        *bins,
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
