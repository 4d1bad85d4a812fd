"""What every model that ranks titles must do; it joins by standing in the registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse import threads
from reelhouse.clustering import rows
from reelhouse.errors import RecommendationError
from reelhouse.evaluation.held_out_users import (
    HeldOutUsers,
    UserProtocol,
    UserSplit,
    strong_generalization,
)
from reelhouse.models import registry
from reelhouse.models.base import CurvePoint, RankingModel
from reelhouse.models.registry import Choices, Entry
from reelhouse.models.saving import load_model, save_model
from reelhouse.models.training import ranking_judge
from reelhouse.recommend import on_ratings
from reelhouse.recommend.base import NO_TITLE, Recommender
from reelhouse.recommend.rated import RatedTitles
from tests.contracts.test_recommender_contract import OnRatings

NAMES = tuple(registry.entries("ranking"))
#: So small that a fit is over at once.
QUICK = {"epochs": 6, "n_factors": 4, "factors": 4, "every": 1, "patience": 2}


def entry_of(name: str) -> Entry:
    entry = registry.entries("ranking")[name]
    if entry.extra == "deep" and find_spec("torch") is None:
        pytest.skip(f"the model {name} requires torch")
    return entry


def make(name: str, **settings: Any) -> RankingModel:
    """A small model; `settings` that it does not have are left out."""
    kind = entry_of(name).load()
    known = {field.name for field in fields(kind)}
    wanted = {key: value for key, value in (QUICK | settings).items() if key in known}
    model = kind(**wanted)
    assert isinstance(model, RankingModel)
    return model


def is_trained(model: RankingModel) -> bool:
    return hasattr(model, "epochs")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def split() -> UserSplit:
    """Two tastes of 15 titles each, whose users see half of their own and a tenth of the rest."""
    rng = np.random.default_rng(8)
    own = np.arange(100)[:, None] % 2 == np.arange(30)[None, :] // 15
    seen = rng.random((100, 30)) < np.where(own, 0.5, 0.1)
    protocol = UserProtocol(threshold=1.0, min_positives=4)
    return strong_generalization(
        sparse.csr_matrix(seen.astype(np.float32)), n_validation=20, n_test=20, seed=0,
        protocol=protocol,
    )  # fmt: skip


@pytest.fixture(scope="module")
def known(split: UserSplit) -> RatedTitles:
    return known_of(split.train)


def known_of(history: sparse.csr_matrix) -> RatedTitles:
    """Titles of a history, with a feature each for the models that look at features."""
    n_titles = history.shape[1]
    genres = np.arange(n_titles) * 2 // max(n_titles, 1)
    features = sparse.csr_matrix(
        (np.ones(n_titles, np.float32), (np.arange(n_titles), genres)), shape=(n_titles, 2)
    )
    return RatedTitles.of(history, features=features)


def same_scores(one: RankingModel, other: RankingModel, users: HeldOutUsers) -> bool:
    return np.array_equal(one.score_users(users.fold_in), other.score_users(users.fold_in))


class TestAsRecommender(OnRatings):
    """The contract of all recommenders, for each of the models."""

    @pytest.fixture(scope="class", params=NAMES)
    @classmethod
    def recommender(cls, request: pytest.FixtureRequest) -> Recommender[Any]:
        return make(request.param).fit(request.getfixturevalue(cls.world))


def test_the_registry_calls_a_model_what_it_calls_itself(name: str) -> None:
    assert make(name).name == name
    assert make(name).family in ("baseline", "matrix factorization", "autoencoder", "graph")


def test_a_tuner_tries_settings_that_the_model_has(name: str) -> None:
    entry = entry_of(name)
    settings = {field.name for field in fields(entry.load())}  # type: ignore[arg-type]
    assert set(entry.space) <= settings


def test_the_first_trial_of_a_tuner_is_in_its_space(name: str) -> None:
    entry = entry_of(name)
    default = entry.load()()
    for setting, tried in entry.space.items():
        value = getattr(default, setting)
        if isinstance(tried, Choices):
            assert value in tried.values
        else:
            assert tried.low <= value <= tried.high


def test_titles_of_a_users_taste_come_first(
    name: str, known: RatedTitles, split: UserSplit
) -> None:
    if name == "popularity":
        pytest.skip("popularity knows no taste")
    model = make(name, epochs=40, patience=40, n_factors=2).fit(known)
    # Somebody who saw the first four titles of one taste, or of the other.
    users, columns = np.repeat([0, 1], 4), np.r_[0:4, 15:19]
    history = sparse.csr_matrix((np.ones(8, np.float32), (users, columns)), shape=(2, 30))
    found = model.recommend_users(history, 8).titles
    assert ((found < 15).sum(axis=1) >= [6, 0]).all()
    assert ((found >= 15).sum(axis=1) >= [0, 6]).all()


def test_the_same_seed_learns_the_same(name: str, known: RatedTitles, split: UserSplit) -> None:
    first, second = (make(name, seed=3).fit(known) for _ in range(2))
    assert same_scores(first, second, split.test)
    arrays, again = first.arrays(), second.arrays()
    assert all(np.array_equal(array, again[key]) for key, array in arrays.items())


def test_the_number_of_threads_changes_nothing(
    name: str, known: RatedTitles, split: UserSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Little work would be done by one thread anyway.
    monkeypatch.setattr(rows, "_SMALL_WORK", 0)
    answers = []
    for n_threads in (1, 3):
        for module in (threads, rows, on_ratings):
            monkeypatch.setattr(module, "available_threads", lambda n=n_threads: n)
        model = make(name).fit(known)
        lists = model.recommend_users(split.test.fold_in, 10)
        answers.append((model.score_users(split.test.fold_in), lists.titles, lists.scores))
    one, several = answers
    assert all(np.array_equal(*pair) for pair in zip(one, several, strict=True))


def test_a_saved_model_is_loaded_as_it_was(
    name: str, known: RatedTitles, split: UserSplit, tmp_path: Path
) -> None:
    model = make(name).fit(known)
    save_model(model, tmp_path / "saved")
    loaded = make(name)
    # Its titles are all that a loaded model is told: it knows nobody's history.
    nobody = known_of(sparse.csr_matrix((0, known.n_titles), dtype=np.float32))
    load_model(loaded, tmp_path / "saved", nobody)
    assert same_scores(loaded, model, split.test)
    told = [(one.title_id, one.score) for one in loaded.recommend(["3", "5"], 5)]
    assert told == [(one.title_id, one.score) for one in model.recommend(["3", "5"], 5)]
    assert loaded.n_parameters == model.n_parameters > 0


def test_a_model_of_other_titles_is_not_loaded(
    name: str, known: RatedTitles, tmp_path: Path
) -> None:
    save_model(make(name).fit(known), tmp_path / "saved")
    others = known_of(sparse.csr_matrix((1, known.n_titles - 1), dtype=np.float32))
    with pytest.raises(RecommendationError, match=r"holds .* required is"):
        load_model(make(name), tmp_path / "saved", others)
    with pytest.raises(RecommendationError, match="ranks titles: required are those"):
        load_model(make(name), tmp_path / "saved")


def test_the_validation_split_is_not_learned_from(
    name: str, known: RatedTitles, split: UserSplit
) -> None:
    model = make(name, patience=100)
    unjudged, judged = model, make(name, patience=100)
    unjudged.fit(known)
    judged.fit(known, validation=split.validation)
    if judged.epochs_ == unjudged.epochs_:
        assert same_scores(unjudged, judged, split.test)
    else:
        fewer = make(name, patience=100, epochs=judged.epochs_).fit(known)
        assert same_scores(fewer, judged, split.test)


def test_the_best_epoch_on_the_validation_split_is_kept(
    name: str, known: RatedTitles, split: UserSplit
) -> None:
    model = make(name).fit(known, validation=split.validation)
    if not is_trained(model):
        assert (model.curve_, model.epochs_) == ([], 0)
        return
    values = [point.value for point in model.curve_]
    judge = ranking_judge(model, split.validation)
    assert judge is not None
    assert judge.measure() == max(values) == values[model.epochs_ - 1]  # type: ignore[type-var]


def test_all_epochs_are_done_without_a_validation_split(name: str, known: RatedTitles) -> None:
    model = make(name).fit(known)
    if is_trained(model):
        assert [point.epoch for point in model.curve_] == [1, 2, 3, 4, 5, 6]
        assert model.epochs_ == 6


def test_progress_is_told_of_every_epoch_and_can_end_the_fit(name: str, known: RatedTitles) -> None:
    told: Iterator[int] = count(1)

    def stop(point: CurvePoint, epochs: int) -> None:
        if (point.epoch, epochs) != (next(told), 6):
            raise AssertionError(point)
        if point.epoch == 2:
            raise TimeoutError

    model = make(name)
    if is_trained(model):
        with pytest.raises(TimeoutError):
            model.fit(known, progress=stop)


def test_no_seen_titles_are_an_error_or_scored_alike(name: str) -> None:
    nothing = known_of(sparse.csr_matrix((3, 4), dtype=np.float32))
    model = make(name)
    fit = partial(model.fit, nothing)
    if entry_of(name).where.endswith("Model"):
        assert np.ptp(fit().score_users(nothing.history)) == 0
    else:
        with pytest.raises(RecommendationError, match="0 seen titles, required is at least 1"):
            fit()


@pytest.mark.parametrize("n_titles", [2, 3, 40])
def test_a_single_user_is_learned_from(name: str, n_titles: int) -> None:
    seen = np.zeros((1, n_titles), dtype=np.float32)
    seen[0, :2] = 1
    history = sparse.csr_matrix(seen)
    model = make(name, n_factors=16, factors=16).fit(known_of(history))
    assert np.isfinite(model.score_users(history)).all()
    found = model.recommend_users(history, 5).titles
    assert (found != NO_TITLE).sum() == min(n_titles - 2, 5)


def test_users_and_titles_without_a_history_are_kept(name: str, known: RatedTitles) -> None:
    """A user who saw nothing teaches nothing, and a title that nobody saw can be recommended."""
    wider = sparse.vstack([known.history, sparse.csr_matrix((2, known.n_titles), dtype=np.float32)])
    wider = sparse.hstack([wider, sparse.csr_matrix((wider.shape[0], 1), dtype=np.float32)])
    model = make(name).fit(known_of(sparse.csr_matrix(wider)))
    everything = sparse.csr_matrix(np.r_[np.ones(known.n_titles), 0][None, :].astype(np.float32))
    assert model.recommend_users(everything, 3).row(0)[0][0] == known.n_titles


def test_all_titles_seen_by_all_are_learned_from(name: str) -> None:
    history = sparse.csr_matrix(np.ones((6, 5), dtype=np.float32))
    model = make(name).fit(known_of(history))
    assert np.isfinite(model.score_users(history)).all()


def test_weights_of_a_history_count_by_their_proportions(name: str, known: RatedTitles) -> None:
    """Learned from a history and from twice that, all scores are the same."""
    twice = replace(known, history=known.history * 2)
    once, again = make(name).fit(known), make(name).fit(twice)
    assert once.score_users(known.history) == pytest.approx(
        again.score_users(known.history), rel=1e-4, abs=1e-6
    )
