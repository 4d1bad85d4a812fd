from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from reelhouse.report import viewers_page
from reelhouse.report.user_changes import ways_of
from reelhouse.report.viewers_page import write_viewers_report
from tests.support.viewed import FIRST_USER, stage_small_viewers, write_small_viewers


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_viewers(tmp_path_factory.mktemp("viewers")).parent


def test_clusters_that_died_stand_apart(report: Path, data) -> None:
    overview = data(report, "overview")
    assert [one["id"] for one in overview["clusters"]] == [0, 2, 5]
    assert overview["died"] == [{"id": 4, "name": "Gone"}]


def test_the_nearest_clusters_are_those_of_the_smallest_angle(report: Path, data) -> None:
    # Cosines by hand: 0.6 between (1, 0, 0) and (0.6, 0.8, 0), 0 to (0, 0, 1).
    nearest = {one["id"]: one["nearest"] for one in data(report, "overview")["clusters"]}
    assert nearest[0] == [[2, 0.6], [5, 0.0]]
    assert nearest[2] == [[0, 0.6], [5, 0.0]]
    found = data(report, "likeness")
    assert found["ids"] == [0, 2, 5]
    assert found["rows"] == [[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_of_many_clusters_the_nearest_alone_are_told(
    tmp_path: Path, data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers_page, "MOST_PAIRED", 2)
    report = write_small_viewers(tmp_path).parent
    assert data(report, "likeness") == {"ids": [], "rows": []}
    assert len(data(report, "overview")["clusters"][0]["nearest"]) == 2


def test_only_titles_that_a_cluster_prefers_are_there_the_most_rated_first(
    report: Path, data
) -> None:
    titles = data(report, "titles")
    assert titles["ids"] == [11, 12, 13]
    assert titles["ratings"] == [89, 88, 87]
    assert titles["names"] == ["Film 11", "Film 12", None]


def test_preferences_are_numbers_of_titles_and_genres_with_their_figures(
    report: Path, data
) -> None:
    found = data(report, "preferences")
    assert found["genres"] == ["Crime", "Drama"]
    # Number, ratings, mean, share, lift.
    assert found["clusters"]["0"]["titles"] == [[0, 5, 4.0, 0.1, 3.0], [1, 5, 4.0, 0.1, 2.0]]
    assert found["clusters"]["5"]["titles"] == [[2, 5, 4.0, 0.1, 4.0]]
    assert found["clusters"]["2"]["genres"] == [[0, 5, 4.0, 0.1, 2.0], [1, 5, 4.0, 0.1, 0.5]]


def test_no_file_of_data_names_a_user(report: Path) -> None:
    for path in (report / "data").iterdir():
        assert str(FIRST_USER)[:-1] not in path.read_text(encoding="utf-8")


def test_users_are_counted_by_where_they_were_and_are() -> None:
    old = pa.table({"user_id": [1, 2, 3, 4, 9], "cluster_id": [0, 0, 0, 1, 1]})
    new = pa.table({"user_id": [4, 3, 2, 1, 7], "cluster_id": [1, 2, 2, 0, 0]})
    # 1 and 4 stayed, 2 and 3 went from 0 to 2, 7 came, 9 went.
    assert ways_of(old, new) == {
        "users": {"stayed": 2, "moved": 2, "new": 1, "gone": 1},
        "ways": [[0, 2, 2]],
    }


def test_changes_tell_of_the_last_version_and_the_first_has_none(
    report: Path, tmp_path: Path, data
) -> None:
    found = data(report, "changes")
    # User 0 came back from cluster 2, user 1 is new, user 99 is gone.
    assert found["users"] == {"stayed": 7, "moved": 1, "new": 1, "gone": 1}
    assert found["ways"] == [[2, 0, 1]]
    assert [one["id"] for one in found["before"]] == [0, 2, 5]
    manifest = stage_small_viewers(tmp_path / "first")
    first = write_viewers_report(tmp_path / "first", manifest, None, [], version=1).parent
    assert data(first, "changes") == {}


def test_the_choice_is_that_of_the_manifest(report: Path, data) -> None:
    found = data(report, "choice")
    assert (found["chosen"], found["reason"]) == (3, "the criteria agree on 3")
    assert [row["n_clusters"] for row in found["curve"]] == [2, 3, 4, 5]
