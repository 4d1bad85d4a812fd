import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelhouse.comparison.competing import baseline_of, compete
from reelhouse.comparison.memory import peak_memory
from reelhouse.comparison.rating_contest import RatingContest
from reelhouse.comparison.results import Result, ResultFolder, reason_of
from reelhouse.comparison.settings import BudgetSettings, SplitSettings
from reelhouse.comparison.splits import rating_splits, rating_validation
from reelhouse.comparison.stacking import stack
from reelhouse.comparison.stage import comparison_results
from reelhouse.comparison.table import tables_of
from reelhouse.errors import RecommendationError, SourceError
from reelhouse.models.base import Model
from reelhouse.models.saving import load_model
from tests.support.small_models import BROKEN, MEAN, SLOW, TITLE_MEAN, Mean, TitleMean

BUDGET = BudgetSettings(n_trials=3)


@pytest.fixture
def contest(data) -> RatingContest:
    splits = rating_splits(data, SplitSettings(n_folds=2), seed=0)
    return RatingContest(splits, rating_validation(splits[0], SplitSettings(), seed=0))


def entered(contest: RatingContest, root: Path, *entries: Any) -> tuple[list, list]:
    folders = [ResultFolder(root / one.name) for one in entries]
    results = [
        compete(contest, one, BUDGET, folder, seed=0)
        for one, folder in zip(entries, folders, strict=True)
    ]
    return results, folders


def test_a_model_is_fitted_on_every_split_with_the_settings_found(
    contest: RatingContest, tmp_path: Path
) -> None:
    (result,), (folder,) = entered(contest, tmp_path, TITLE_MEAN)
    best = min((t for t in result.trials if t.value is not None), key=lambda t: t.value)
    assert result.status == "measured"
    assert result.validation == best.value
    assert result.settings == {"pull": best.settings["pull"], "epochs": best.epochs, "seed": 0}
    assert len(result.splits) == 2
    assert all(one.n_parameters == 30 for one in result.splits)
    again = TitleMean(**result.settings)
    for number, split in enumerate(contest.splits):
        again.fit(split.train)
        expected = again.predict(split.held_out.users, split.held_out.titles)
        assert np.array_equal(folder.answers(number)["predicted"], expected)


def test_the_saved_model_is_that_of_the_first_split(contest: RatingContest, tmp_path: Path) -> None:
    (result,), (folder,) = entered(contest, tmp_path, TITLE_MEAN)
    loaded = TitleMean(**result.settings)
    load_model(loaded, folder.model)
    held = contest.splits[0].held_out
    assert np.array_equal(loaded.predict(held.users, held.titles), folder.answers(0)["predicted"])


def test_a_model_that_fails_is_a_result_with_its_reason(
    contest: RatingContest, tmp_path: Path
) -> None:
    (result,), (folder,) = entered(contest, tmp_path, BROKEN)
    assert (result.status, result.reason) == ("failed", "this model never works")
    assert folder.read() is None


def test_a_model_that_takes_too_long_is_a_result_too(
    contest: RatingContest, tmp_path: Path
) -> None:
    budget = BudgetSettings(model_minutes=0.002)
    result = compete(contest, SLOW, budget, ResultFolder(tmp_path), seed=0)
    assert result.status == "out of time"
    assert result.reason == "not done after 0.002 minutes"


def test_a_model_that_answers_no_numbers_fails_and_the_table_is_made_of_the_others(
    contest: RatingContest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Mean, "predict", lambda self, users, *_: np.full(users.size, np.nan))
    results, folders = entered(contest, tmp_path, MEAN, TITLE_MEAN)
    assert results[0].status == "failed"
    assert "is nan" in (results[0].reason or "")
    rows = tables_of(contest, results, folders).comparison.to_pylist()
    assert [row["place"] for row in rows] == [None, 1]


def test_predictions_that_are_not_finite_are_refused_on_every_split(
    contest: RatingContest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Mean, "predict", lambda self, users, *_: np.full(users.size, np.inf))
    with pytest.raises(RecommendationError, match=r"605 of 605 predicted ratings are not finite"):
        contest.answer(Mean(), contest.splits[0])


def test_the_trials_of_a_model_that_fails_later_are_not_lost(
    contest: RatingContest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = TitleMean.fit

    def only_with_validation(self: TitleMean, train: Any, **given: Any) -> TitleMean:
        if given["validation"] is None:
            raise RecommendationError("no memory left")
        return learn(self, train, **given)

    monkeypatch.setattr(TitleMean, "fit", only_with_validation)
    results, folders = entered(contest, tmp_path, MEAN, TITLE_MEAN)
    assert (results[1].status, results[1].reason) == ("failed", "no memory left")
    tables = tables_of(contest, results, folders)
    trials = [row for row in tables.trials.to_pylist() if row["model"] == "title-mean"]
    assert [row["trial"] for row in trials] == [0, 1, 2]
    assert not any(row["chosen"] for row in trials)
    assert tables.comparison.to_pylist()[1]["n_trials"] == 3


def test_the_end_of_the_whole_run_is_not_taken_for_a_models_failure(
    contest: RatingContest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object, **__: object) -> None:
        raise TimeoutError("the flow run took too long")

    monkeypatch.setattr(Mean, "fit", end)
    with pytest.raises(TimeoutError):
        compete(contest, MEAN, BUDGET, ResultFolder(tmp_path), seed=0)


def test_what_an_earlier_run_measured_is_not_measured_again(
    contest: RatingContest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,), _ = entered(contest, tmp_path, TITLE_MEAN)
    monkeypatch.setattr(TitleMean, "fit", None)
    (second,), _ = entered(contest, tmp_path, TITLE_MEAN)
    assert second == first


def test_the_first_baseline_is_what_others_are_compared_with() -> None:
    def result(model: str, family: str, status: Any = "measured") -> Result:
        return Result(protocol="rating", model=model, family=family, status=status)

    rows = [result("a", "graph"), result("b", "baseline", "failed"), result("c", "baseline")]
    assert baseline_of(rows) == 2
    assert baseline_of(rows[:2]) == 0
    assert baseline_of(rows[1:2]) is None


def test_a_stack_of_two_is_learned_on_validation_and_costs_what_both_cost(
    contest: RatingContest, tmp_path: Path
) -> None:
    results, folders = entered(contest, tmp_path, MEAN, TITLE_MEAN, BROKEN)
    folder = ResultFolder(tmp_path / "ensemble")
    found = stack(contest, results, folders, folder, most=8)
    assert found is not None
    assert (found.model, found.family, found.status) == ("ensemble", "ensemble", "measured")
    weights = found.settings
    assert set(weights) <= {"mean", "title-mean"}
    # Predictions are the weighted deviations from the mean of what validation was cut from.
    mean = contest.validation.train.mean
    parts = [folders[at].answers(1)["predicted"].astype(np.float64) for at in (0, 1)]
    expected = mean + sum(
        weights.get(name, 0) * (part - mean)
        for name, part in zip(("mean", "title-mean"), parts, strict=True)
    )
    assert folder.answers(1)["predicted"] == pytest.approx(expected, abs=1e-3)
    used = [one for one in results[:2] if one.model in weights]
    assert found.splits[0].seconds_fit == pytest.approx(sum(u.splits[0].seconds_fit for u in used))


def test_less_than_two_models_make_no_stack(contest: RatingContest, tmp_path: Path) -> None:
    results, folders = entered(contest, tmp_path, MEAN, BROKEN)
    assert stack(contest, results, folders, ResultFolder(tmp_path / "x"), most=8) is None


def test_the_table_has_a_row_for_each_model_with_places_and_differences(
    contest: RatingContest, tmp_path: Path
) -> None:
    results, folders = entered(contest, tmp_path, BROKEN, MEAN, TITLE_MEAN)
    tables = tables_of(contest, results, folders)
    broken, mean, better = tables.comparison.to_pylist()
    assert (broken["status"], broken["rmse"], broken["place"]) == ("failed", None, None)
    assert (mean["place"], better["place"]) == (2, 1) if better["rmse"] < mean["rmse"] else (1, 2)
    assert mean["baseline"] is None
    assert better["baseline"] == "mean"
    held = [split.held_out for split in contest.splits]
    errors = [
        np.concatenate([
            (folder.answers(at)["predicted"] - one.values.astype(np.float64)) ** 2
            for at, one in enumerate(held)
        ])
        for folder in folders[1:]
    ]  # fmt: skip
    # Above 0 where a model is better than the baseline, whichever way is better.
    assert better["difference"] == pytest.approx((errors[0] - errors[1]).mean())
    assert better["difference_low"] < better["difference"] < better["difference_high"]
    assert json.loads(better["settings"])["seed"] == 0
    assert better["n_trials"] == 3
    splits = tables.splits.to_pylist()
    assert [(row["model"], row["split"]) for row in splits] == [
        ("mean", "fold 1"), ("mean", "fold 2"), ("title-mean", "fold 1"), ("title-mean", "fold 2"),
    ]  # fmt: skip
    of_title = [row["rmse"] for row in splits[2:]]
    assert better["rmse"] == pytest.approx(sum(of_title) / 2)
    trials = [row for row in tables.trials.to_pylist() if row["model"] == "title-mean"]
    assert [row["chosen"] for row in trials].count(True) == 1
    chosen = next(row for row in trials if row["chosen"])
    curve = [row for row in tables.curves.to_pylist() if row["model"] == "title-mean"]
    assert min(row["value"] for row in curve) == pytest.approx(chosen["value"])


def test_the_manifest_tells_the_best_first_and_what_failed_last(
    contest: RatingContest, tmp_path: Path
) -> None:
    results, folders = entered(contest, tmp_path, BROKEN, MEAN, TITLE_MEAN)
    tables = tables_of(contest, results, folders)
    told = comparison_results(tables)
    assert [row.get("place") for row in told] == [1, 2, None]
    assert told[-1]["reason"] == "this model never works"
    assert told[0]["rmse"] < told[1]["rmse"]
    assert "ndcg_100" not in told[0]


def test_a_table_of_failures_alone_is_a_table(contest: RatingContest, tmp_path: Path) -> None:
    results, folders = entered(contest, tmp_path, BROKEN)
    tables = tables_of(contest, results, folders)
    assert tables.comparison["status"].to_pylist() == ["failed"]
    assert tables.splits.num_rows == 0


def test_memory_that_is_given_back_was_used_nevertheless() -> None:
    with peak_memory() as small:
        pass
    with peak_memory() as peak:
        np.ones(64 * 2**20 // 8).sum()
    if peak.mib is None:
        pytest.skip("the system does not tell")
    assert small.added_mib is not None
    assert peak.added_mib is not None
    assert small.added_mib < 8
    assert 56 < peak.added_mib < 96


def test_a_reason_is_one_line_and_names_what_is_not_ours() -> None:
    assert reason_of(SourceError("a\n b")) == "a b"
    assert reason_of(KeyError("x")) == "KeyError: 'x'"
    assert reason_of(ValueError("y" * 999)).endswith("y...")


def test_models_are_told_by_name() -> None:
    assert isinstance(TitleMean(), Model)
