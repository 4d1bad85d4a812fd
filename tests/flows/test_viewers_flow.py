import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_rand_score

from flows.viewers import viewers
from reelhouse.errors import QualityError, SourceError
from reelhouse.runs.base import open_base
from reelhouse.schema import USER_RECOMMENDATIONS
from reelhouse.settings import PartitionSettings
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from reelhouse.viewers.settings import ViewerClusterSettings
from tests.flows.conftest import viewers_settings as settings


def head(store: Path) -> Version:
    return open_base(str(store), "viewers", create=False).required()


@pytest.fixture
def store(published_viewers: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published_viewers, tmp_path / "store"))


def test_viewers_are_published_whole_and_their_counts_add_up(published_viewers: Path) -> None:
    version = head(published_viewers)
    counts = version.manifest.counts
    assert counts["rows_read"] == counts["rows_good"] == 16_000
    assert (counts["users"], counts["titles"], counts["clusters"]) == (400, 150, 4)
    assert version.read_table("assignments").num_rows == 400
    assert sum(version.read_table("clusters")["size"].to_pylist()) == 400
    assert verify(version) == []
    for name in ("preferences", "profile", "titles", "quarantine"):
        assert version.has(name), name
    for path in ("model/clusters.json", "model/transform.safetensors", "quality/ratings.json"):
        assert version.has(path), path


def test_names_and_genres_beside_the_ratings_are_inputs_of_the_run(published_viewers: Path) -> None:
    inputs = {entry.name: entry.uri for entry in head(published_viewers).manifest.inputs}
    assert Path(inputs["title names"]).name == "movie_titles.csv"
    assert Path(inputs["genres"]).name == "netflix_genres.csv"


def test_the_planted_groups_are_found(published_viewers: Path, raw: Path) -> None:
    placed = head(published_viewers).read_table("assignments").to_pandas()
    both = placed.merge(pq.read_table(raw / "truth.parquet").to_pandas(), on="user_id")
    assert adjusted_rand_score(both["group"], both["cluster_id"]) > 0.9


def test_every_picture_is_published_with_its_data_and_caption(published_viewers: Path) -> None:
    version = head(published_viewers)
    listed = json.loads(version.read_bytes("figures/index.json"))
    kinds = {picture["stem"].partition("-cluster-")[0] for picture in listed}
    assert {"ratings", "rated", "elbow", "silhouette", "cluster-sizes"} <= kinds
    for picture in listed:
        assert picture["caption"]
        assert version.has(f"figures/{picture['stem']}.png")
        assert version.has(f"figures/{picture['stem']}.parquet")


def test_the_same_ratings_and_settings_publish_nothing_new(store: Path, raw: Path) -> None:
    outcome = viewers(settings(raw, store, pictures=True))
    assert (outcome.published, outcome.version) == (False, 1)


def test_clusters_of_another_seed_keep_their_ids(store: Path, raw: Path) -> None:
    others = settings(raw, store, clusters=ViewerClusterSettings(n_clusters=4, seed=5))
    outcome = viewers(others)
    assert (outcome.published, outcome.version) == (True, 2)
    assert outcome.results["identity"]["users_in_both"] == 400
    assert outcome.results["identity"]["share_of_users_that_kept_their_cluster"] > 0.9
    events = head(store).read_table("clusters")["event"].to_pylist()
    assert events == ["kept"] * 4


def test_the_number_of_partitions_changes_no_count(store: Path, raw: Path) -> None:
    whole = PartitionSettings(rows_per_partition=1_000_000)
    outcome = viewers(settings(raw, store, partitions=whole))
    assert outcome.counts["users"] == 400
    assert outcome.counts["rows_good"] == 16_000


def test_bad_rows_are_quarantined_and_none_is_lost(raw: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    shutil.copytree(raw, bad)
    first = bad / "combined_data_1.txt"
    lines = first.read_text().splitlines()
    # A rating off the scale, a day that no month has, one before ratings were given, a repeat.
    added = ["7,9,2005-01-01", "7,3,2005-02-30", "8,3,1949-01-01", lines[1]]
    first.write_text("\n".join([lines[0], lines[1], *added, *lines[2:]]) + "\n")
    outcome = viewers(settings(bad, tmp_path / "store"))
    counts = outcome.counts
    assert counts["rows_read"] == 16_004
    assert (counts["rows_good"], counts["rows_quarantined"]) == (16_000, 4)
    rows = head(tmp_path / "store").read_table("quarantine").to_pylist()
    reasons = " | ".join(row["reason"] for row in rows)
    for part in ("9 is outside 1 to 5", "2005-02-30", "1949-01-01 is before 1990-01-01"):
        assert part in reasons
    assert sorted(row["row"] for row in rows) == [2, 3, 4, 5]


def test_names_that_lack_most_titles_stop_the_run(raw: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text("title_id,name\n1,One\n")
    with pytest.raises(QualityError, match=r"of 16,000 rows are bad.*is not in .*names\.csv"):
        viewers(settings(raw, tmp_path / "store", title_names=str(names)))
    assert open_base(str(tmp_path / "store"), "viewers", create=False).version is None


def test_more_clusters_than_users_are_refused_in_one_line(tmp_path: Path) -> None:
    few = tmp_path / "ratings.csv"
    few.write_text("user,title,rating\n1,1,5\n2,1,4\n3,2,1\n")
    with pytest.raises(Exception, match="3 users cannot make 4 clusters"):
        viewers(settings(few, tmp_path / "store"))


def test_a_file_without_ratings_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("hello\nworld\n")
    with pytest.raises(SourceError, match=r"notes\.txt"):
        viewers(settings(wrong, tmp_path / "store"))


def test_a_tiny_csv_without_names_is_clustered(tmp_path: Path) -> None:
    tiny = tmp_path / "ratings.csv"
    rows = [f"{user},{title + 3 * (user % 2)},{5}" for user in range(1, 11) for title in (1, 2, 3)]
    tiny.write_text("\n".join(["user,title,rating", *rows]) + "\n")
    outcome = viewers(
        settings(tiny, tmp_path / "store", clusters=ViewerClusterSettings(n_clusters=2))
    )
    assert outcome.counts["users"] == 10
    table = head(tmp_path / "store").read_table("assignments").to_pydict()
    cluster = dict(zip(table["user_id"], table["cluster_id"], strict=True))
    assert len({cluster[user] for user in (1, 3, 5, 7, 9)}) == 1
    assert cluster[1] != cluster[2]


def test_every_user_gets_titles_that_it_has_not_rated(published_viewers: Path) -> None:
    version = head(published_viewers)
    table = version.read_table("recommendations")
    assert table.schema.equals(USER_RECOMMENDATIONS)
    ranks = table.group_by("user_id").aggregate([("rank", "max"), ("rank", "count")])
    # Who rated more than 140 of the 150 titles gets the rest.
    placed = version.read_table("assignments").to_pandas().set_index("user_id")["n_ratings"]
    listed = ranks.to_pandas().set_index("user_id")["rank_count"]
    assert listed.equals(
        (150 - placed[listed.index]).clip(upper=10).rename("rank_count").astype(int)
    )
    assert ranks["rank_max"].to_pylist() == ranks["rank_count"].to_pylist()
    user = int(listed.index[200])
    of_user = version.rows_of("recommendations", "user_id", user)
    assert of_user["rank"].to_pylist() == list(range(1, listed[user] + 1))
    rated = set(version.read_table("titles")["title_id"].to_pylist())
    assert set(of_user["title_id"].to_pylist()) < rated


def test_no_list_is_made_when_none_is_asked_for(raw: Path, tmp_path: Path) -> None:
    viewers(settings(raw, tmp_path / "store", recommendations=0))
    assert not head(tmp_path / "store").has("recommendations")


def test_without_a_catalogue_nothing_is_linked(published_viewers: Path) -> None:
    version = head(published_viewers)
    assert not version.has("links")
    assert version.manifest.made_from == {}


@pytest.fixture
def with_catalogue(published: Path, tmp_path: Path) -> Path:
    """A store with a version of the catalogue."""
    return Path(shutil.copytree(published, tmp_path / "both"))


def test_rated_titles_are_linked_to_the_catalogue_of_the_store(
    raw: Path, with_catalogue: Path, tmp_path: Path
) -> None:
    known = open_base(str(with_catalogue), "catalogue", create=False).required()
    film = next(row for row in known.read_table("titles").to_pylist() if row["type"] == "Movie")
    lines = (raw / "movie_titles.csv").read_text(encoding="latin-1").splitlines()
    first = lines[0].split(",")[0]
    names = tmp_path / "movie_titles.csv"
    lines[0] = f"{first},{film['release_year']},{film['title']}"
    names.write_text("\n".join(lines) + "\n", encoding="latin-1")
    given = settings(raw, with_catalogue, title_names=str(names))
    outcome = viewers(given)
    version = head(with_catalogue)
    assert version.manifest.made_from == {"catalogue": 1}
    assert outcome.results["links"]["certain"] >= 1
    links = {row["title_id"]: row for row in version.read_table("links").to_pylist()}
    found = links[film["title_id"]]
    assert (found["rated_title_id"], found["rule"]) == (int(first), "same name, same year")
    assert verify(version) == []
    # The catalogue is an input: as long as its titles are the same, there is nothing new.
    assert viewers(given).published is False
    assert viewers(given.model_copy(update={"links": False})).published is True
    assert not head(with_catalogue).has("links")
