import csv
import shutil
from pathlib import Path

import pytest

from flows.catalogue import catalogue
from flows.demo import demo
from flows.nightly import nightly
from reelhouse.catalogue.base import open_base
from reelhouse.catalogue.demo import DemoSettings
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.errors import NoVersionError
from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.settings import ClusterSettings, PartitionSettings
from reelhouse.storage.verify import verify
from tasks.markdown import escaped


def settings(titles: Path, store: Path, **clusters: object) -> CatalogueSettings:
    return CatalogueSettings(
        titles=str(titles), store=str(store), clusters=ClusterSettings(**clusters)
    )


def assigned(store: Path, number: int | None = None) -> dict[str, int]:
    base = open_base(str(store), create=False)
    version = base.required()
    if number is not None:
        from reelhouse.storage.commits import CommitLog

        version = CommitLog(version.store, "catalogue").version(number)
    table = version.read_table("assignments", ["title_id", "cluster_id"]).to_pydict()
    return dict(zip(table["title_id"], table["cluster_id"], strict=True))


@pytest.mark.long
def test_a_demo_of_a_real_file_publishes_nothing_that_is_made_up(
    evening: Path, tmp_path: Path
) -> None:
    store = tmp_path / "my-store"
    refit, night = demo(DemoSettings(titles=str(evening), store=str(store)))
    assert (refit.counts["titles"] + night.counts["titles_added"], night.version) == (240, 2)
    assert [path.name for path in store.iterdir()] == ["catalogue"]


def test_a_catalogue_is_published_whole_and_its_counts_add_up(published: Path) -> None:
    version = open_base(str(published), create=False).required()
    counts = version.manifest.counts
    assert counts["rows_read"] == 240
    assert counts["rows_good"] + counts["rows_quarantined"] == counts["rows_read"]
    assert verify(version) == []
    for name in (
        "titles",
        "assignments",
        "clusters",
        "hierarchy",
        "recommendations",
        "vectors",
        "features",
        "neighbours",
        "changes",
        "quarantine",
        "selection",
    ):
        assert version.has(name), name
    for path in (
        "model/clusters.json",
        "quality/fit.json",
        "quality/docs/index.html",
        "figures/choice.png",
    ):
        assert version.has(path), path


def test_every_title_of_a_first_version_is_added_and_placed(published: Path) -> None:
    version = open_base(str(published), create=False).required()
    titles = set(version.read_table("titles")["title_id"].to_pylist())
    changes = version.read_table("changes").to_pylist()
    assert set(assigned(published)) == titles
    assert {row["title_id"] for row in changes} == titles
    assert {row["change"] for row in changes} == {"added"}
    assert all(row["to_cluster"] is not None for row in changes)


def test_the_same_snapshot_and_settings_publish_nothing_new(store: Path, evening: Path) -> None:
    outcome = catalogue(settings(evening, store))
    assert (outcome.published, outcome.version) == (False, 1)


def test_a_night_places_the_added_titles_and_moves_no_other(store: Path, night: Path) -> None:
    before = assigned(store)
    outcome = nightly(NightlySettings(titles=str(night), store=str(store)))
    after = assigned(store)
    assert (outcome.published, outcome.version) == (True, 2)
    assert outcome.counts["titles_added"] == 12
    assert outcome.counts["titles_removed"] == 3
    assert outcome.counts["titles_edited"] == 5
    common = before.keys() & after.keys()
    assert len(common) == 237
    assert [t for t in common if before[t] != after[t]] == []
    lists = open_base(str(store), create=False).required().read_table("recommendations")
    listed, following = (set(lists[c].to_pylist()) for c in ("title_id", "next_title_id"))
    assert after.keys() - before.keys() <= listed <= after.keys()
    assert following <= after.keys()
    vectors = open_base(str(store), create=False).required().read_table("vectors")
    assert {row["title_id"]: row["cluster_id"] for row in vectors.to_pylist()} == after


def test_stored_vectors_recommend_what_vectors_made_anew_do(published: Path) -> None:
    version = open_base(str(published), create=False).required()
    stored, made = Catalogue(version), Catalogue(version)
    made.__dict__["_published"] = None
    liked = [stored.names.title_id(row) for row in (0, 100)]
    found = [
        [(one.title_id, one.reasons, round(one.score, 2)) for one in recommended]
        for recommended in (SameCluster().fit(one).recommend(liked) for one in (stored, made))
    ]
    assert len(found[0]) == 10
    assert found[0] == found[1]


def test_a_night_carries_the_tree_and_the_choice_of_the_fit(store: Path, night: Path) -> None:
    first = open_base(str(store), create=False).required()
    nightly(NightlySettings(titles=str(night), store=str(store)))
    second = open_base(str(store), create=False).required()
    assert second.number == 2
    for path in (
        "hierarchy.parquet",
        "selection.parquet",
        "features.parquet",
        "figures/choice.png",
    ):
        assert second.read_bytes(path) == first.read_bytes(path), path


def test_the_same_night_twice_publishes_nothing_new(store: Path, night: Path) -> None:
    first = nightly(NightlySettings(titles=str(night), store=str(store)))
    second = nightly(NightlySettings(titles=str(night), store=str(store)))
    assert (first.published, second.published) == (True, False)
    assert second.version == first.version == 2


def test_a_night_without_a_change_publishes_nothing_though_the_bytes_differ(
    store: Path, evening: Path, tmp_path: Path
) -> None:
    crlf = tmp_path / "crlf.csv"
    crlf.write_bytes(evening.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    same = tmp_path / "same.csv"
    same.write_bytes(crlf.read_bytes() + b"\r\n")
    outcome = nightly(NightlySettings(titles=str(same), store=str(store)))
    assert not outcome.published


def test_a_night_needs_a_version_to_build_on(evening: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoVersionError, match="run the catalogue flow first"):
        nightly(NightlySettings(titles=str(evening), store=str(tmp_path / "empty")))


def test_a_refit_with_another_seed_keeps_the_ids_of_titles_and_clusters(
    store: Path, evening: Path
) -> None:
    before = assigned(store)
    outcome = catalogue(settings(evening, store, seed=1))
    after = assigned(store)
    assert outcome.version == 2
    assert before.keys() == after.keys()
    kept = sum(before[title] == after[title] for title in before) / len(before)
    # Four well separated themes: the partition is found again, only numbered at random.
    assert kept > 0.95
    assert outcome.results["identity"]["share_of_titles_that_kept_their_cluster"] == round(kept, 4)


def test_several_partitions_and_processes_give_the_same_clusters_as_one(
    published: Path, evening: Path, tmp_path: Path
) -> None:
    other = tmp_path / "store"
    catalogue(
        CatalogueSettings(
            titles=str(evening),
            store=str(other),
            partitions=PartitionSettings(rows_per_partition=100, dask="threads"),
        )
    )
    version = open_base(str(other), create=False).required()
    parts = [f.path for f in version.manifest.files if f.path.startswith("titles.parquet/")]
    assert len(parts) == 3
    one, several = assigned(published), assigned(other)
    assert one.keys() == several.keys()
    # Numbered alike or not, they are the same groups of titles.
    pairs = {(one[title], several[title]) for title in one}
    assert len(pairs) == len(set(one.values())) == len(set(several.values()))


def test_the_manifest_names_input_seed_checks_and_software(published: Path, evening: Path) -> None:
    manifest = open_base(str(published), create=False).required().manifest
    assert manifest.inputs[0].uri == str(evening)
    assert manifest.inputs[0].rows == 240
    assert [check.suite for check in manifest.checks] == [
        "titles",
        "titles_snapshot",
        "assignments",
        "assignments_version",
    ]
    named = {"reelhouse", "python", "numpy", "scikit-learn", "prefect", "great-expectations"}
    assert named <= manifest.software.keys()
    assert "store" not in manifest.settings


KEYS = ("clusters", "quality", "changes", "published", "drift")


def test_a_refit_shows_what_its_clusters_are_worth_and_how_many_were_best(published: Path) -> None:
    from prefect.artifacts import Artifact

    found = Artifact.get("fit")
    assert found is not None
    page = str(found.data)
    assert "What the clusters are worth" in page
    assert "![Choice of the number of clusters](data:image/png;base64," in page


def test_a_run_shows_clusters_quality_changes_drift_and_links_as_artifacts(
    store: Path, night: Path
) -> None:
    from prefect.artifacts import Artifact

    nightly(NightlySettings(titles=str(night), store=str(store)))
    found = {key: Artifact.get(key) for key in KEYS}
    assert all(found.values())
    data = {key: str(artifact.data) for key, artifact in found.items() if artifact is not None}
    assert "top terms" in data["clusters"]
    assert escaped("249 rows read = 249 good") in data["quality"]
    assert found["changes"] is not None
    assert found["changes"].description == "Changes of version 2: 12 added, 5 edited, 3 removed"
    assert "/quality/docs/index.html`" in data["published"]
    assert "| 2 |" in data["drift"]
    assert "data:image/svg+xml;base64," in data["drift"]


def test_a_good_row_is_kept_though_an_unreadable_row_before_it_has_its_name(
    evening: Path, tmp_path: Path
) -> None:
    with evening.open(encoding="utf-8", newline="") as file:
        header, first, *rest = csv.reader(file)
    broken = [*first[:6], "the day before", *first[7:]]
    titles = tmp_path / "titles.csv"
    with titles.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, broken, first, *rest])
    outcome = catalogue(settings(titles, tmp_path / "store"))
    assert outcome.counts["rows_read"] == 241
    assert outcome.counts["rows_quarantined"] == 1
    assert outcome.counts["titles"] == 240


def test_a_changed_limit_of_a_suite_is_a_changed_setting(
    store: Path, evening: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks import suites

    changed = Path(shutil.copytree(suites.EXPECTATIONS, tmp_path / "expectations"))
    text = (changed / "titles.json").read_text(encoding="utf-8")
    (changed / "titles.json").write_text(text.replace("1500", "1400"), encoding="utf-8")
    monkeypatch.setattr(suites, "EXPECTATIONS", changed)
    assert catalogue(settings(evening, store)).published


def test_a_published_title_whose_row_is_quarantined_tonight_stays_as_it_was(
    store: Path, evening: Path, tmp_path: Path
) -> None:
    with evening.open(encoding="utf-8", newline="") as file:
        header, first, second, *rest = csv.reader(file)
    broken = [*first[:7], "2999", *first[8:]]
    titles = tmp_path / "titles.csv"

    def write(*rows: list[str]) -> None:
        with titles.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])

    before = assigned(store)
    write(broken, *rest)  # the second title is really gone
    outcome = nightly(NightlySettings(titles=str(titles), store=str(store)))
    after = assigned(store)
    assert outcome.counts["rows_quarantined"] == 1
    assert outcome.counts["titles_carried_over"] == 1
    assert outcome.counts["titles_removed"] == 1
    assert outcome.counts["titles"] == 239
    assert {t: before[t] for t in after} == after
    assert len(after) == 239
    # Mended the night after, it is the same title still; nothing else changes.
    write(first, *rest)
    mended = nightly(NightlySettings(titles=str(titles), store=str(store)))
    assert not mended.published
    # Taken off for good, it is removed.
    write(second, *rest)
    gone = nightly(NightlySettings(titles=str(titles), store=str(store)))
    assert gone.counts["titles_removed"] == 1
    assert gone.counts["titles_added"] == 1
