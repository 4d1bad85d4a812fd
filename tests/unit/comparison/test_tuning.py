from typing import Any

import numpy as np
import pytest

from reelhouse.comparison.limits import Deadline
from reelhouse.comparison.rating_contest import RatingContest
from reelhouse.comparison.settings import BudgetSettings, SplitSettings
from reelhouse.comparison.spaces import as_drawn, as_settings, default_settings, made
from reelhouse.comparison.splits import rating_splits, rating_validation
from reelhouse.comparison.tuning import Tuned, Tuner
from reelhouse.errors import OutOfTimeError
from reelhouse.models.registry import Choices, Entry, Range
from tests.support.small_models import MEAN, SLOW, TITLE_MEAN, Fragile, TitleMean, entry

#: Minutes that no model of the tests comes near.
LIMIT = 5


@pytest.fixture
def contest(data) -> RatingContest:
    splits = rating_splits(data, SplitSettings(n_folds=2), seed=0)
    return RatingContest(splits, rating_validation(splits[0], SplitSettings(), seed=0))


def tuned(contest: RatingContest, one: Entry, **budget: Any) -> Tuned:
    return Tuner(one, contest, BudgetSettings(**budget), 0, Deadline(LIMIT)).run()


def test_the_models_own_settings_are_tried_first(contest: RatingContest) -> None:
    found = tuned(contest, TITLE_MEAN, n_trials=1)
    (trial,) = found.trials
    assert (trial.number, trial.settings, trial.outcome) == (0, {"pull": 5.0}, "done")
    assert found.best is trial
    assert trial.value == pytest.approx(contest.figure(contest.cases(found.model)))


def test_as_many_settings_are_tried_as_are_asked_for_and_the_best_is_taken(
    contest: RatingContest,
) -> None:
    found = tuned(contest, TITLE_MEAN, n_trials=7)
    assert [trial.number for trial in found.trials] == list(range(7))
    values = [trial.value for trial in found.trials if trial.value is not None]
    assert found.best.value == min(values)
    assert contest.figure(contest.cases(found.model)) == pytest.approx(found.best.value)


def test_settings_must_be_better_than_the_models_own_by_more_than_chance(
    contest: RatingContest,
) -> None:
    own = np.array([1.0, 1.0, 1.0, 1.0])
    # Lower is better. Differences of 0.1, 0.3, 0.1, 0.3: mean 0.2, standard error 0.058.
    assert contest.is_clearly_better(own - [0.1, 0.3, 0.1, 0.3], own)
    # 0.5, -0.3, 0.5, -0.3: mean 0.1, standard error 0.231.
    assert not contest.is_clearly_better(own - [0.5, -0.3, 0.5, -0.3], own)
    assert not contest.is_clearly_better(own, own)


def test_the_models_own_settings_stay_where_none_are_clearly_better(
    contest: RatingContest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RatingContest, "is_clearly_better", lambda self, cases, other: False)
    found = tuned(contest, TITLE_MEAN, n_trials=7)
    assert found.best is found.trials[0]
    assert found.model.pull == 5.0  # type: ignore[attr-defined]


def test_the_same_seed_tries_the_same_settings(contest: RatingContest) -> None:
    first, second = (tuned(contest, TITLE_MEAN, n_trials=5) for _ in range(2))
    assert [t.settings for t in first.trials] == [t.settings for t in second.trials]
    assert [t.value for t in first.trials] == [t.value for t in second.trials]


def test_a_model_without_a_space_is_tried_once(contest: RatingContest) -> None:
    assert len(tuned(contest, MEAN, n_trials=9).trials) == 1


def test_few_choices_are_tried_once_each(contest: RatingContest) -> None:
    few = entry(TitleMean, "rating", pull=Choices((5.0, 50.0)))
    found = tuned(contest, few, n_trials=9)
    assert sorted(trial.settings["pull"] for trial in found.trials) == [5.0, 50.0]


def test_no_settings_are_tried_when_the_minutes_are_over(contest: RatingContest) -> None:
    found = tuned(contest, TITLE_MEAN, n_trials=50, tuning_minutes=0.0)
    assert len(found.trials) == 1


def test_a_first_trial_that_takes_too_long_ends_the_model(contest: RatingContest) -> None:
    with pytest.raises(OutOfTimeError, match=r"not done after 0\.001 minutes"):
        Tuner(SLOW, contest, BudgetSettings(), 0, Deadline(0.001)).run()


def test_nothing_of_the_test_parts_is_looked_at(
    contest: RatingContest, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    learn = TitleMean.fit

    def noted(self: TitleMean, train: Any, **given: Any) -> TitleMean:
        seen.append((train, given["validation"]))
        return learn(self, train, **given)

    monkeypatch.setattr(TitleMean, "fit", noted)
    tuned(contest, TITLE_MEAN, n_trials=3)
    assert len(seen) == 3
    validation = contest.validation
    assert all(pair == (validation.train, validation.held_out) for pair in seen)


def test_settings_that_fail_are_noted_and_do_not_end_the_model(contest: RatingContest) -> None:
    found = tuned(contest, entry(Fragile, "rating", pull=Range(1, 90)), n_trials=4)
    assert [trial.outcome for trial in found.trials] == ["done", "failed", "failed", "failed"]
    assert "is too much" in (found.trials[1].reason or "")
    assert found.best.number == 0


def test_a_trial_that_falls_behind_is_ended(contest: RatingContest) -> None:
    one = entry(TitleMean, "rating", pull=Range(1.0, 1e6, log=True))
    found = tuned(contest, one, n_trials=12)
    behind = [trial for trial in found.trials if trial.outcome == "behind"]
    assert behind
    assert all(trial.value is None for trial in behind)


def test_settings_are_drawn_and_given_back(contest: RatingContest) -> None:
    one = Entry("x", "rating", "x:X", {"shape": Choices(((1,), (2, 3))), "pull": Range(1, 9)})
    assert as_settings(one, {"shape": 1, "pull": 2.5}) == {"shape": (2, 3), "pull": 2.5}
    assert as_drawn(one, {"shape": (2, 3), "pull": 2.5}) == {"shape": 1, "pull": 2.5}
    assert as_drawn(one, {"shape": (9,), "pull": 2.5}) is None
    assert as_drawn(one, {"shape": (1,), "pull": 10}) is None
    assert as_drawn(one, {"shape": (1,), "pull": None}) is None


def test_models_that_are_random_get_the_seed() -> None:
    assert made(TITLE_MEAN, {"pull": 2.0}, seed=9) == TitleMean(pull=2.0, seed=9)
    assert made(MEAN, {}, seed=9).name == "mean"
    assert default_settings(TitleMean(pull=3.0), TITLE_MEAN) == {"pull": 3.0}
