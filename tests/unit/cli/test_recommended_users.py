"""`reelhouse recommend --user`, on a version of viewers staged by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from reelhouse.schema import RATED_TITLES, USER_CLUSTERS, USER_RECOMMENDATIONS
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store
from reelhouse.storage.tables import write_table

ROWS = [
    {"user_id": 7, "rank": 1, "title_id": 2, "score": 0.5, "reason": "viewer-cluster"},
    {"user_id": 7, "rank": 2, "title_id": 1, "score": 0.25, "reason": "popular"},
    {"user_id": 9, "rank": 1, "title_id": 3, "score": 0.125, "reason": "popular"},
]
TITLES = [
    {"title_id": 1, "name": "Dark", "year": 2017, "n_ratings": 3, "mean_rating": 4.0},
    {"title_id": 2, "name": "Ozark", "year": None, "n_ratings": 3, "mean_rating": 4.0},
    {"title_id": 3, "name": None, "year": 1999, "n_ratings": 3, "mean_rating": 4.0},
]


@pytest.fixture
def publish_viewers(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Publishes tables as a version of viewers, in the store that commands read."""
    store = open_store(tmp_path / "viewers-store", create=True)
    monkeypatch.setenv("REELHOUSE_STORE", store.uri)
    folder = tmp_path / "staged"
    folder.mkdir()

    def run(tables: dict[str, tuple[list[dict], pa.Schema]]) -> None:
        for name, (rows, schema) in tables.items():
            table = pa.Table.from_pylist(rows, schema=schema)
            write_table(table, folder / f"{name}.parquet", schema)
        manifest = RunManifest(
            run_id="by-hand", collection="viewers", flow="test", key="by-hand",
            created_at=datetime(2026, 11, 26, tzinfo=UTC), parent_version=None,
        )  # fmt: skip
        publish(store, "viewers", folder, manifest, None)

    return run


@pytest.fixture
def published(publish_viewers) -> None:
    cluster = {
        "cluster_id": 4, "name": "Thrillers", "size": 2, "share": 1.0, "n_ratings": 9,
        "mean_rating": 4.0, "event": "born",
    }  # fmt: skip
    publish_viewers(
        {
            "recommendations": ([{**row, "cluster_id": 4} for row in ROWS], USER_RECOMMENDATIONS),
            "titles": (TITLES, RATED_TITLES),
            "clusters": ([cluster], USER_CLUSTERS),
        }
    )


@pytest.mark.usefixtures("published")
def test_a_user_gets_the_published_titles_in_order_with_reasons(ask) -> None:
    assert ask("recommend", "--user", "7").out.splitlines() == [
        "1. Ozark: 0.50",
        "    preferred by viewers of the same cluster over the average",
        "    cluster 4: Thrillers",
        "2. Dark (2017): 0.25",
        "    popular with all viewers",
        "    cluster 4: Thrillers",
    ]


@pytest.mark.usefixtures("published")
def test_a_users_titles_as_json(ask) -> None:
    found = json.loads(ask("recommend", "--user", "7", "-n", "1", "--json").out)
    assert (found["user_id"], found["strategy"]) == (7, "viewer-clusters")
    (only,) = found["recommendations"]
    assert (only["title_id"], only["title"], only["score"]) == (2, "Ozark", 0.5)
    assert (only["reason"], only["cluster_id"]) == ("viewer-cluster", 4)


@pytest.mark.usefixtures("published")
def test_a_title_without_a_name_goes_by_its_id(ask) -> None:
    assert ask("recommend", "--user", "9").out.startswith("1. title 3 (1999): 0.12\n")


@pytest.mark.usefixtures("published")
def test_a_user_without_recommendations_is_an_error_of_one_line(ask) -> None:
    answer = ask("recommend", "--user", "8")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == (
        "error: version 1 has no recommendations for user 8: "
        "an unknown user, or nothing is left to recommend\n"
    )


def test_a_version_without_recommendations_says_what_writes_them(ask, publish_viewers) -> None:
    publish_viewers({"titles": (TITLES, RATED_TITLES)})
    answer = ask("recommend", "--user", "7")
    assert (answer.status, answer.out) == (1, "")
    assert "no recommendations of users, they are written by python -m flows viewers" in answer.err
