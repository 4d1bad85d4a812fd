"""Small tables that all pictures can be drawn from."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from reelhouse.clustering.selection import Candidate
from reelhouse.plots.pictures import FigureTables
from reelhouse.schema import PREFERENCES, PROFILE
from reelhouse.viewers.heatmaps import HEATMAP
from reelhouse.viewers.tastes import TASTES

MakeTables = Callable[..., FigureTables]


@pytest.fixture
def make_tables() -> MakeTables:
    """Tables of `n_clusters` clusters whose users and titles are few.

    `name` is the text of all names, ratings are `low` and `high` in turn.
    """

    def make(
        n_clusters: int = 2, name: str = "Emma", low: float = 1.0, high: float = 5.0
    ) -> FigureTables:
        return FigureTables(
            clusters=_clusters(n_clusters, name),
            preferences=_preferences(n_clusters, name),
            heatmaps=_heatmaps(n_clusters, name, low, high),
            tastes=_tastes(n_clusters, name),
            curve=(Candidate(2, 20.0, 0.2), Candidate(4, 10.0, 0.3), Candidate(8, 9.0, 0.1)),
            chosen=4,
            reason="the silhouette is best there",
            profile=_profile(),
        )

    return make


def _clusters(n_clusters: int, name: str) -> pa.Table:
    ids = list(range(n_clusters))
    return pa.table(
        {
            "cluster_id": pa.array(ids, pa.int32()),
            "name": [f"{name} {key}" for key in ids],
            "size": pa.array([10 + key for key in ids], pa.int64()),
        }
    )


def _preferences(n_clusters: int, name: str) -> pa.Table:
    rows = [
        {
            "cluster_id": key,
            "kind": kind,
            "title_id": rank if kind == "title" else None,
            "genre": f"{name} {rank}" if kind == "genre" else None,
            "name": f"{name} {rank}",
            "n_ratings": 10 * rank,
            "mean_rating": 3.5 if rank > 1 else None,
            "share": 0.1,
            "lift": 2.0 / rank,
            "rank": rank,
        }
        for key in range(n_clusters)
        for kind in ("title", "genre")
        for rank in (1, 2, 3)
    ]
    return pa.Table.from_pylist(rows, PREFERENCES)


def _heatmaps(n_clusters: int, name: str, low: float, high: float) -> pa.Table:
    rows = [
        {
            "cluster_id": key,
            "user_rank": user,
            "user_id": 1000 * user,
            "title_rank": title,
            "title_id": title,
            "name": f"{name} {title}",
            "rating": (None, low, high)[(user + title) % 3],
        }
        for key in range(n_clusters)
        for user in (1, 2, 3)
        for title in (1, 2, 3, 4)
    ]
    return pa.Table.from_pylist(rows, HEATMAP)


def _tastes(n_clusters: int, name: str) -> pa.Table:
    rows = [
        {
            "user_id": 10 * key + user,
            "cluster_id": key,
            "axis": axis,
            "genre": f"{name} {axis}",
            "mean_rating": 1.0 + (key + user + number) % 4,
            "n_ratings": 5,
        }
        for key in range(n_clusters)
        for user in (1, 2)
        for number, axis in enumerate(("x", "y", "size"))
    ]
    return pa.Table.from_pylist(rows, TASTES)


def _profile() -> pa.Table:
    keys = ("section", "name", "lower", "upper", "value")
    rows = (
        ("matrix", "users", None, None, 21.0),
        ("ratings per user", "median", None, None, 3.0),
        ("ratings per user", "bin", 1.0, 1.0, 0.0),
        ("ratings per user", "bin", 2.0, 4.0, 20.0),
        ("ratings per user", "bin", 5.0, 900.0, 1.0),
        ("rating values", "bin", 0.5, 0.5, 3.0),
        ("rating values", "bin", 1.0, 1.0, 6.0),
    )
    return pa.Table.from_pylist([dict(zip(keys, row, strict=True)) for row in rows], PROFILE)
