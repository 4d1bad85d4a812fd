"""The flow `deep` and the nights on its clusters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.catalogue import catalogue
from flows.nightly import nightly
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.clustering.model import ClusterModel
from reelhouse.deep.clusters import DeepClusters
from reelhouse.deep.settings import (
    AutoencoderSettings,
    DenseSettings,
    LstmSettings,
    RefinementSettings,
)
from reelhouse.embedded.settings import COLLECTION, DeepSettings
from reelhouse.errors import NetworkError, ReelhouseError
from reelhouse.features.kinds import load_model
from reelhouse.runs.base import open_base
from reelhouse.settings import ClusterSettings
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.flows.conftest import Run
from tests.support.extras import needs_torch
from tests.support.unpickled import assert_unpickles_nothing

N_CLUSTERS = 4
#: What a night adds to clusters of titles, and what of the deep ones it carries along.
CLASSIFIED = ("classifiers", "classifier_report", "confusion", "curves")


def settings(titles: Path, store: Path, **others: Any) -> DeepSettings:
    """Networks so small that they are trained in a second, of all that titles say."""
    given: dict[str, Any] = {
        "fields": ("description", "listed_in"),
        "features": "tfidf",
        "n_clusters": N_CLUSTERS,
        "autoencoder": AutoencoderSettings(
            layers=(16, 4), layer_epochs=3, epochs=6, optimizer="adam", batch_size=32
        ),
        "refinement": RefinementSettings(
            start="directions", update_every=5, most_updates=4, restarts=3
        ),
        "dense": DenseSettings(layers=(16,), epochs=20, optimizer="adam", batch_size=32),
        "device": "cpu",
        "pictures": False,
    }
    return DeepSettings(titles=str(titles), store=str(store), **(given | others))


def newest(store: Path, collection: str = COLLECTION) -> Version:
    return open_base(str(store), collection, create=False).required()


def assigned(version: Version) -> dict[str, int]:
    table = version.read_table("assignments", ["title_id", "cluster_id"]).to_pydict()
    return dict(zip(table["title_id"], table["cluster_id"], strict=True))


@pytest.fixture(scope="module")
def published_deep(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one deep version, with pictures; not to be written."""
    from flows.deep import deep

    store = tmp_path_factory.mktemp("deep") / "store"
    outcome = deep(settings(evening, store, pictures=True))
    assert (outcome.collection, outcome.version, outcome.published) == ("deep", 1, True)
    return store


@pytest.fixture(scope="module")
def published_sequences(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one version whose networks read padded sequences; not to be written."""
    from flows.deep import deep

    store = tmp_path_factory.mktemp("sequences") / "store"
    deep(settings(evening, store, features="sequences", classifiers=()))
    return store


@pytest.fixture(scope="module")
def published_catalogue(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a catalogue and its linear classifier; not to be written."""
    store = tmp_path_factory.mktemp("catalogue") / "store"
    catalogue(
        CatalogueSettings(
            titles=str(evening), store=str(store), clusters=ClusterSettings(n_clusters=N_CLUSTERS),
            features="tfidf", classifier="linear",
        )
    )  # fmt: skip
    return store


@pytest.fixture
def deep_store(published_deep: Path, tmp_path: Path) -> Path:
    """A store of the test's own, with one deep version."""
    return Path(shutil.copytree(published_deep, tmp_path / "store"))


def night_of(night: Path, store: Path, **others: Any) -> Any:
    return nightly(
        NightlySettings(titles=str(night), store=str(store), collection="deep", **others)
    )


def test_without_torch_one_line_says_so_before_anything_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelhouse.deep.needs.find_spec", lambda _: None)
    store = tmp_path / "store"
    done = run("deep", "--titles", str(tmp_path / "nowhere.csv"), "--store", str(store))
    assert done.status == 1
    assert done.errors == ["error: the flow deep needs torch: pip install 'reelhouse[deep]'"]
    assert not store.exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--features", "sounds"),
        ("--fields", "plot"),
        ("--classifiers", "linear,oracle"),
        ("--clusters", "few"),
        ("--device", "abacus"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(run: Run, option: str, value: str) -> None:
    done = run("deep", "--titles", "x.csv", "--store", "y", option, value)
    assert done.status == 2
    assert option in done.err


@needs_torch
def test_a_deep_version_has_the_tables_of_every_clustering_and_those_of_its_classifiers(
    published_deep: Path,
) -> None:
    version = newest(published_deep)
    assert verify(version) == []
    counts = version.manifest.counts
    assert counts["rows_good"] + counts["rows_quarantined"] == counts["rows_read"] == 240
    for name in (
        "titles", "assignments", "clusters", "hierarchy", "neighbours", "recommendations",
        "vectors", "features", "changes", "quarantine", "selection", *CLASSIFIED,
    ):  # fmt: skip
        assert version.has(name), name
    for path in ("model/deep/deep.json", "model/classifier/classifier.json", "quality/fit.json"):
        assert version.has(path), path
    kinds = {Path(entry.path).suffix for entry in version.manifest.files}
    assert kinds == {".parquet", ".json", ".html", ".safetensors", ".png", ".css", ".js", ".txt"}
    living = [row for row in version.read_table("clusters").to_pylist() if row["size"]]
    assert {row["cluster_id"] for row in living} == set(assigned(version).values())
    assert all(row["name"] and row["top_terms"] for row in living)


@needs_torch
def test_reading_a_deep_version_unpickles_nothing(published_deep: Path) -> None:
    assert_unpickles_nothing(published_deep, "deep", loads=["model", "deep", "classifier"])


@needs_torch
def test_titles_are_where_the_networks_own_labels_are(published_deep: Path, tmp_path: Path) -> None:
    version = newest(published_deep)
    version.fetch("model", tmp_path)
    found = DeepClusters.load(tmp_path / "model" / "deep")
    ids = ClusterModel.load(tmp_path / "model").cluster_ids
    titles = version.read_table("titles")
    rows = load_model(tmp_path / "model").transform(titles)
    labels = ids[found.labels(rows)].tolist()
    assert assigned(version) == dict(zip(titles["title_id"].to_pylist(), labels, strict=True))
    table = version.read_table("assignments").to_pylist()
    belongs = found.soft(rows).max(axis=1)
    np.testing.assert_allclose([row["distance"] for row in table], 1 - belongs, atol=1e-6)
    assert all(row["margin"] >= 0 for row in table)
    assert all(row["probability"] is None for row in table)


@needs_torch
def test_classifiers_are_judged_on_a_tenth_of_the_titles_and_the_surest_places(
    published_deep: Path,
) -> None:
    version = newest(published_deep)
    rows = version.read_table("classifiers").to_pylist()
    assert [(row["classifier"], row["labels_from"]) for row in rows] == [
        ("linear", "clusters"), ("dense", "clusters"),
        ("linear", "other fields"), ("dense", "other fields"),
    ]  # fmt: skip
    assert {(row["n_train"], row["n_validation"], row["n_test"]) for row in rows} == {(192, 24, 24)}
    places = [row for row in rows if row["places"]]
    assert [row["labels_from"] for row in places] == ["clusters"]
    confusion = version.read_table("confusion").to_pylist()
    report = version.read_table("classifier_report").to_pylist()
    for row in rows:
        of_it = [
            one for one in confusion
            if (one["classifier"], one["labels_from"]) == (row["classifier"], row["labels_from"])
        ]  # fmt: skip
        right = sum(
            one["titles"] for one in of_it
            if one["true_cluster_id"] == one["predicted_cluster_id"]
        )  # fmt: skip
        assert sum(one["titles"] for one in of_it) == 24
        assert row["accuracy"] == pytest.approx(right / 24)
    assert sum(one["support"] for one in report) == 4 * 24
    networks = set(version.read_table("curves")["network"].to_pylist())
    assert networks == {"autoencoder", "refinement", "dense"}


@needs_torch
def test_the_pictures_of_a_run_are_published_with_their_data(published_deep: Path) -> None:
    version = newest(published_deep)
    listed = json.loads(version.read_bytes("figures/index.json"))
    stems = {one["stem"] for one in listed}
    assert {
        "missing", "duplicates", "sequence-lengths", "embedding", "learning-loss",
        "learning-accuracy", "confusion-linear", "confusion-dense",
    } <= stems  # fmt: skip
    for stem in stems:
        assert version.has(f"figures/{stem}.png")
        assert version.has(f"figures/{stem}.parquet")


@needs_torch
def test_the_same_snapshot_and_settings_publish_nothing_new(
    deep_store: Path, evening: Path
) -> None:
    from flows.deep import deep

    outcome = deep(settings(evening, deep_store, pictures=True, checkpoints="elsewhere"))
    assert (outcome.published, outcome.version) == (False, 1)


@needs_torch
def test_a_later_fit_keeps_the_ids_of_titles_and_clusters(deep_store: Path, night: Path) -> None:
    from flows.deep import deep

    before = assigned(newest(deep_store))
    lstm = LstmSettings(layers=(4,), learns_vectors=False, epochs=1)
    outcome = deep(settings(night, deep_store, classifiers=("shallow-lstm",), lstm=lstm))
    version = newest(deep_store)
    after = assigned(version)
    assert outcome.version == 2
    common = before.keys() & after.keys()
    assert len(common) == 237
    assert outcome.results["identity"]["titles_in_both"] == 237
    moved = sum(before[one] != after[one] for one in common)
    assert outcome.results["identity"]["titles_moved"] == moved
    events = {row["event"] for row in version.read_table("clusters").to_pylist()}
    assert "kept" in events
    # It needs torch, and so is no classifier for the night.
    judged = version.read_table("classifiers").to_pylist()
    assert {(row["classifier"], row["places"]) for row in judged} == {("shallow-lstm", False)}
    assert not version.has("model/classifier/classifier.json")


@needs_torch
def test_a_night_places_new_titles_by_the_encoder_and_moves_no_other(
    deep_store: Path, night: Path, tmp_path: Path
) -> None:
    before = assigned(newest(deep_store))
    outcome = night_of(night, deep_store)
    version = newest(deep_store)
    after = assigned(version)
    assert (outcome.collection, outcome.version, outcome.published) == ("deep", 2, True)
    assert verify(version) == []
    common = before.keys() & after.keys()
    assert [one for one in common if before[one] != after[one]] == []
    version.fetch("model", tmp_path)
    found = DeepClusters.load(tmp_path / "model" / "deep")
    ids = ClusterModel.load(tmp_path / "model").cluster_ids
    titles = version.read_table("titles")
    labels = ids[found.labels(load_model(tmp_path / "model").transform(titles))]
    wanted = dict(zip(titles["title_id"].to_pylist(), labels.tolist(), strict=True))
    added = after.keys() - before.keys()
    assert len(added) == 12
    assert {one: after[one] for one in added} == {one: wanted[one] for one in added}
    for name in CLASSIFIED:
        assert version.has(name), name
    assert night_of(night, deep_store).published is False


@needs_torch
def test_a_night_may_place_by_the_published_classifier_and_says_how_sure_it_was(
    deep_store: Path, night: Path
) -> None:
    before = assigned(newest(deep_store))
    night_of(night, deep_store, place_by="classifier")
    rows = newest(deep_store).read_table("assignments").to_pylist()
    added = [row for row in rows if row["title_id"] not in before]
    assert len(added) == 12
    assert all(1 / N_CLUSTERS <= row["probability"] <= 1 for row in added)
    assert {row["probability"] for row in rows if row["title_id"] in before} == {None}
    assert all(row["status"] in ("placed", "outlier") for row in added)
    for row in added:
        difference = row["second_distance"] - row["distance"]
        assert row["margin"] == pytest.approx(difference, abs=1e-6)


@needs_torch
def test_a_killed_fit_goes_on_from_its_autoencoder(
    evening: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.deep import deep
    from reelhouse.embedded import fit

    kept_in = str(tmp_path / "kept")
    wanted = settings(evening, tmp_path / "store", classifiers=(), checkpoints=kept_in)

    def killed(*_: Any, **__: Any) -> Any:
        raise NetworkError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(fit, "refine", killed)
        with pytest.raises(NetworkError, match="killed"):
            deep(wanted)
    kept = list((tmp_path / "kept").glob("autoencoder-*.safetensors"))
    assert len(kept) == 1
    monkeypatch.setattr(fit, "fit_autoencoder", killed)
    assert deep(wanted).published
    assert not kept[0].exists()


@needs_torch
def test_padded_sequences_are_read_and_terms_stand_for_them(published_sequences: Path) -> None:
    version = newest(published_sequences)
    assert verify(version) == []
    assert version.has("model/deep/input/words.json")
    terms = version.read_table("features")
    assert set(terms["field"].to_pylist()) == {"description"}
    assert "" not in terms["term"].to_pylist()


@needs_torch
@pytest.mark.parametrize("command", ["clusters", "title", "recommend", "show", "versions"])
def test_readers_read_the_deep_collection(
    published_deep: Path,
    command: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from reelhouse.cli import main

    # Lines are as long as they are, whatever terminal the tests run in.
    monkeypatch.delenv("COLUMNS", raising=False)

    titles = newest(published_deep).read_table("titles", ["title"])["title"].to_pylist()
    given = {"title": [titles[0]], "recommend": ["--liked", titles[0]]}.get(command, [])
    where = ["--store", str(published_deep), "--collection", "deep"]
    assert main([command, *given, *where]) == 0
    told = capsys.readouterr().out
    assert told
    if command == "show":
        assert "(places titles)" in told
    if command == "title":
        assert "placed by an encoder" in told
        assert "edited since" not in told


@needs_torch
def test_a_version_without_a_classifier_says_so_in_one_line(
    published_sequences: Path, night: Path
) -> None:
    with pytest.raises(ReelhouseError, match="holds no classifier to place titles by"):
        night_of(night, published_sequences, place_by="classifier")
    assert newest(published_sequences).number == 1


def test_a_catalogue_can_publish_a_linear_classifier_that_places_at_night(
    published_catalogue: Path, night: Path, tmp_path: Path
) -> None:
    store = Path(shutil.copytree(published_catalogue, tmp_path / "store"))
    version = newest(store, "catalogue")
    figures = version.manifest.results["classifier"]
    assert (figures["kind"], figures["n_train"], figures["n_test"]) == ("linear", 192, 24)
    assert figures["accuracy"] > 0.5
    before = assigned(version)
    nightly(NightlySettings(titles=str(night), store=str(store), place_by="classifier"))
    rows = newest(store, "catalogue").read_table("assignments").to_pylist()
    added = [row for row in rows if row["title_id"] not in before]
    assert len(added) == 12
    assert all(row["probability"] > 1 / N_CLUSTERS for row in added)


def test_a_night_of_the_deep_clusters_needs_a_deep_version(
    published_catalogue: Path, night: Path
) -> None:
    with pytest.raises(ReelhouseError, match="python -m flows deep"):
        night_of(night, published_catalogue)
