import importlib.util

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.comparison.data import read_compared
from reelhouse.comparison.entering import entered, make_contest
from reelhouse.comparison.official import read_official_folds
from reelhouse.comparison.settings import BudgetSettings, CompareSettings, SplitSettings
from reelhouse.errors import RecommendationError, SourceError
from reelhouse.schema import RATINGS, TITLE_GENRES, TITLE_NAMES
from reelhouse.viewers.rated_titles import RatedTitles
from tests.support import small_models


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    small_models.use(monkeypatch)


def settings(**others: object) -> CompareSettings:
    return CompareSettings(ratings="r", store="s", **others)  # type: ignore[arg-type]


def test_all_models_take_part_each_in_its_protocol() -> None:
    found = {
        protocol: [one.name for one in several] for protocol, several in entered(settings()).items()
    }
    assert found == {"rating": ["mean", "title-mean", "broken"], "ranking": ["popular", "together"]}


def test_named_models_take_part_in_the_order_of_the_registry() -> None:
    found = entered(settings(models=("title-mean", "mean")))
    assert [one.name for one in found["rating"]] == ["mean", "title-mean"]
    assert "ranking" not in found


def test_a_protocol_that_no_named_model_takes_part_in_is_refused() -> None:
    with pytest.raises(RecommendationError, match="none of mean takes part in ranking"):
        entered(settings(models=("mean",), protocols=("ranking",)))


def test_an_unknown_name_is_refused_with_a_near_one_and_all_known() -> None:
    with pytest.raises(
        RecommendationError, match=r"'popularish'; is it popular\? Known are broken, mean"
    ):
        entered(settings(models=("popularish",)))


def test_tuning_without_optuna_is_refused_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("reelhouse.comparison.entering.find_spec",
                        lambda name: None if name == "optuna" else find(name))  # fmt: skip
    with pytest.raises(RecommendationError, match=r"pip install 'reelhouse\[compare\]'"):
        entered(settings())
    assert entered(settings(budget=BudgetSettings(n_trials=1)))


def test_contests_are_cut_as_the_settings_say(data) -> None:
    cut = settings(splits=SplitSettings(n_folds=3, n_seeds=2))
    assert make_contest("rating", data, cut).names() == ["fold 1", "fold 2", "fold 3"]
    assert make_contest("ranking", data, cut).names() == ["seed 0", "seed 1"]


def test_folds_are_read_in_their_order_and_digested_together(tmp_path) -> None:
    for number in (2, 1):
        (tmp_path / f"u{number}.base").write_text(f"1\t{number}\t3\t5\n1\t9\t3\t5\n")
        (tmp_path / f"u{number}.test").write_text(f"2\t{number}\t4\t5\n")
    (tmp_path / "ua.test").write_text("1\t1\t1\t1\n")
    found = read_official_folds(str(tmp_path))
    assert found is not None
    assert [fold.name for fold in found.folds] == ["u1", "u2"]
    assert found.folds[1].train.tolist() == [[1, 2], [1, 9]]
    assert found.folds[1].test.tolist() == [[2, 2]]
    assert found.entry.rows == 6
    beside = read_official_folds(str(tmp_path / "u.data"))
    assert beside is not None
    assert beside.entry == found.entry
    before = found.entry.sha256
    (tmp_path / "u2.test").write_text("2\t3\t4\t5\n")
    changed = read_official_folds(str(tmp_path))
    assert changed is not None
    assert changed.entry.sha256 != before


def test_there_are_no_folds_elsewhere(tmp_path) -> None:
    assert read_official_folds(str(tmp_path)) is None
    assert read_official_folds("s3://bucket/ml-100k") is None


def test_a_fold_without_its_other_half_or_of_other_columns_is_refused(tmp_path) -> None:
    (tmp_path / "u1.test").write_text("2\t1\t4\t5\n")
    with pytest.raises(SourceError, match=r"u1\.base cannot be read"):
        read_official_folds(str(tmp_path))
    (tmp_path / "u1.base").write_text("what,is,this\n")
    with pytest.raises(SourceError, match=r"u1\.base is no fold"):
        read_official_folds(str(tmp_path))


def test_ratings_are_laid_out_by_user_and_title_with_what_is_known_of_them(tmp_path) -> None:
    rows = [(7, 20, 4.0, 12), (7, 10, 5.0, 10), (3, 20, 1.0, 11)]
    table = pa.table([pa.array(column) for column in zip(*rows, strict=True)], names=RATINGS.names)
    table = table.cast(pa.schema([*list(RATINGS)[:3], ("date", pa.int32())])).cast(RATINGS)
    pq.write_table(table, tmp_path / "part.parquet")
    names = pa.Table.from_pylist([{"title_id": 20, "name": "Dark", "year": 2017}], TITLE_NAMES)
    genres = pa.Table.from_pylist([{"title_id": 20, "genres": ["Drama", "Crime"]}], TITLE_GENRES)
    (tmp_path / "u1.base").write_text("7\t10\t5\t1\n3\t20\t1\t1\n9\t9\t1\t1\n")
    (tmp_path / "u1.test").write_text("7\t20\t4\t1\n")
    folds = read_official_folds(str(tmp_path))
    assert folds is not None
    data = read_compared([tmp_path / "part.parquet"], RatedTitles(names, genres, ()), folds.folds)
    assert data.user_ids.tolist() == [3, 7]
    assert data.title_ids.tolist() == [10, 20]
    ratings = data.ratings
    assert ratings.users.tolist() == [0, 1, 1]
    assert ratings.titles.tolist() == [1, 0, 1]
    assert ratings.values.tolist() == [1.0, 5.0, 4.0]
    assert ratings.days is not None
    assert ratings.days.tolist() == [2.0, 1.0, 3.0]
    assert [data.names.title(at) for at in (0, 1)] == ["title 10", "Dark"]
    assert data.genre_names == ("Crime", "Drama")
    assert data.genres is not None
    assert data.genres.toarray().tolist() == [[0, 0], [1, 1]]
    assert ratings.features is not None
    assert ratings.features.toarray()[1] == pytest.approx(np.sqrt([0.5, 0.5]))
    ((name, split),) = data.folds
    # The rating of user 9 is not among the good ones.
    assert (name, split.train.tolist(), split.test.tolist()) == ("u1", [0, 1], [2])
