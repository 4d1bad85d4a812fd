import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from prefect.artifacts import Artifact

from flows.compare import compare
from reelhouse.comparison.settings import BudgetSettings, CompareSettings, SplitSettings
from reelhouse.errors import RecommendationError
from reelhouse.runs.base import open_base
from reelhouse.schema import COMPARISON, COMPARISON_SPLITS, COMPARISON_TRIALS
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.support import small_models
from tests.support.small_models import BROKEN, MEAN, POPULAR, TITLE_MEAN, TOGETHER, TitleMean
from tests.support.unpickled import assert_unpickles_nothing


def settings(raw: Path, store: Path, **others: object) -> CompareSettings:
    given: dict = {
        "splits": SplitSettings(n_folds=2, n_seeds=2, test_users=40),
        "budget": BudgetSettings(n_trials=2),
        "pictures": False,
    }
    return CompareSettings(ratings=str(raw), store=str(store), **(given | others))


def head(store: Path) -> Version:
    return open_base(str(store), "comparison", create=False).required()


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    small_models.use(monkeypatch)


@pytest.fixture(scope="module")
def published(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("comparison") / "store"
    with pytest.MonkeyPatch.context() as patch:
        small_models.use(patch)
        compare(settings(raw, store, pictures=True))
    return store


def test_a_comparison_is_published_whole(published: Path) -> None:
    version = head(published)
    assert verify(version) == []
    table = version.read_table("comparison")
    assert table.schema.equals(COMPARISON)
    assert version.read_table("splits").schema.equals(COMPARISON_SPLITS)
    assert version.read_table("trials").schema.equals(COMPARISON_TRIALS)
    rows = [(row["protocol"], row["model"], row["status"]) for row in table.to_pylist()]
    assert rows == [
        ("rating", "mean", "measured"),
        ("rating", "title-mean", "measured"),
        ("rating", "broken", "failed"),
        ("rating", "ensemble", "measured"),
        ("ranking", "popular", "measured"),
        ("ranking", "together", "measured"),
        ("ranking", "ensemble", "measured"),
    ]
    counts = version.manifest.counts
    assert (counts["models_measured"], counts["models_failed"]) == (6, 1)
    assert counts["rows_read"] == counts["rows_good"] == 16_000
    for path in (
        "models/rating-title-mean/model.json",
        "models/ranking-together/model.safetensors",
        "figures/accuracy-time-rating.png",
        "figures/accuracy-time-ranking.png",
        "figures/learning-curves-rating.png",
        "quality/ratings.json",
    ):
        assert version.has(path), path


def test_reading_a_comparison_unpickles_nothing(published: Path) -> None:
    assert_unpickles_nothing(published, "comparison", loads=[])


def test_a_saved_model_answers_as_it_did(published: Path) -> None:
    version = head(published)
    described = json.loads(version.read_bytes("models/rating-title-mean/model.json"))
    row = next(
        r for r in version.read_table("comparison").to_pylist() if r["model"] == "title-mean"
    )
    assert described["settings"] == json.loads(row["settings"])
    assert described["name"] == TitleMean.name


def test_the_page_shows_each_protocol_the_best_first_and_the_failed_with_its_reason(
    raw: Path, tmp_path: Path
) -> None:
    compare(settings(raw, tmp_path / "store"))
    shown = Artifact.get("comparison")
    assert shown is not None
    page = str(shown.data)
    rating, ranking = page.partition("## Ranking")[::2]
    names = [line.split("|")[1].strip() for line in rating.splitlines() if line.startswith("|")]
    assert names[:1] == ["model"]
    assert names[-1] == "broken"
    assert "failed: this model never works" in rating
    assert "together" in ranking


def test_the_same_ratings_settings_and_models_publish_nothing_new(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_models.use(monkeypatch, MEAN)
    few = settings(raw, tmp_path / "store", protocols=("rating",))
    assert compare(few).published
    outcome = compare(few)
    assert (outcome.published, outcome.version) == (False, 1)
    small_models.use(monkeypatch, MEAN, TITLE_MEAN)
    assert compare(few).version == 2


def test_a_run_that_is_started_again_takes_what_was_finished(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_models.use(monkeypatch, TITLE_MEAN, BROKEN)
    checkpoints = str(tmp_path / "kept")
    first = settings(raw, tmp_path / "a", protocols=("rating",), checkpoints=checkpoints)
    compare(first)
    kept = list((tmp_path / "kept").glob("compare-*/rating-title-mean/result.json"))
    assert len(kept) == 1

    def refit(self: TitleMean, *_: object, **__: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(TitleMean, "fit", refit)
    again = settings(raw, tmp_path / "b", protocols=("rating",), checkpoints=checkpoints)
    outcome = compare(again)
    row = next(r for r in outcome.results["comparison"] if r["model"] == "title-mean")
    assert row["status"] == "measured"
    # What failed is no result to be taken.
    assert not list((tmp_path / "kept").glob("compare-*/rating-broken/*"))


def test_official_folds_beside_the_ratings_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_models.use(monkeypatch, MEAN)
    folder = tmp_path / "ml"
    folder.mkdir()
    lines = [
        f"{user}\t{title}\t{1 + (user + title) % 5}\t{880_000_000 + user}\n"
        for user in range(1, 9)
        for title in range(1, 11)
    ]
    (folder / "u.data").write_text("".join(lines))
    (folder / "u1.test").write_text("".join(lines[:20]))
    (folder / "u1.base").write_text("".join(lines[20:]))
    (folder / "u2.test").write_text("".join(lines[50:]))
    (folder / "u2.base").write_text("".join(lines[:50]))
    compare(settings(folder, tmp_path / "store", protocols=("rating",)))
    splits = head(tmp_path / "store").read_table("splits").to_pylist()
    assert [(row["split"], row["n_train"], row["n_held_out"]) for row in splits] == [
        ("u1", 60, 20),
        ("u2", 50, 30),
    ]
    inputs = {entry.name: entry.rows for entry in head(tmp_path / "store").manifest.inputs}
    assert inputs["folds"] == 160


def test_a_file_of_movielens_1m_is_compared_by_its_published_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_models.use(monkeypatch, POPULAR, TOGETHER)
    folder = tmp_path / "ml-1m"
    folder.mkdir()
    rated = [(user, title) for user in range(1, 13) for title in range(1, 21)]
    (folder / "ratings.dat").write_text(
        "".join(f"{u}::{t}::{2 if t > 16 else 3 + (u + t) % 3}::9783007{u:02d}\n" for u, t in rated)
    )
    (folder / "movies.dat").write_text(
        "".join(f"{t}::Film {t} (1999)::Drama|Comedy\n" for t in range(1, 21)), encoding="latin-1"
    )
    published = SplitSettings(ranking="ratings", n_seeds=2)
    compare(settings(folder, tmp_path / "store", protocols=("ranking",), splits=published))
    version = head(tmp_path / "store")
    # Of each user's 16 ratings of 3 and more one is tested, one chooses settings, 14 are learned.
    assert [
        (row["model"], row["split"], row["n_train"], row["n_held_out"])
        for row in version.read_table("splits").to_pylist()
        if row["model"] == "popular"
    ] == [("popular", "seed 0", 168, 12), ("popular", "seed 1", 168, 12)]
    row = version.read_table("comparison").to_pylist()[0]
    assert 0 < row["ndcg_10"] <= row["recall_10"] <= 1
    assert version.manifest.settings["splits"]["ranking"] == "ratings"


def test_an_unknown_model_is_named_before_anything_is_read(tmp_path: Path) -> None:
    wrong = settings(tmp_path / "absent", tmp_path / "store", models=("title-men",))
    with pytest.raises(
        RecommendationError, match="no model is called 'title-men'; is it title-mean"
    ):
        compare(wrong)
    assert not (tmp_path / "store").exists()


def test_the_command_shows_what_each_model_reached(run, raw: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    done = run("compare", "--ratings", str(raw), "--store", store, "--models", "popular,together",
               "--protocol", "ranking", "--seeds", "2", "--trials", "1", "--no-pictures",
               "--no-publish-models")  # fmt: skip
    assert done.status == 0, done.err
    assert "Published version 1 of comparison" in done.out
    assert "ranking  together  NDCG@100 0." in done.out
    rows = pq.read_table(next(Path(store).glob("comparison/runs/*/comparison.parquet")))
    assert set(rows["model"].to_pylist()) == {"popular", "together", "ensemble"}
    assert not list(Path(store).glob("comparison/runs/*/models"))


def test_names_of_the_small_models_are_those_of_their_entries() -> None:
    for one in (MEAN, TITLE_MEAN, BROKEN, POPULAR, TOGETHER):
        assert one.load().name == one.name
