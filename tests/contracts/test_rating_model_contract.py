"""What every model that predicts ratings must do, whatever it learns."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import reelhouse.clustering.rows as rows
from reelhouse.errors import RecommendationError
from reelhouse.models.base import CurvePoint, RatingModel
from reelhouse.models.ratings import Ratings
from reelhouse.models.registry import Choices, entries
from reelhouse.models.saving import load_model, save_model

#: A user and a title of whom nothing is known.
COLD_USER, COLD_TITLE = 39, 29
#: Settings that make a fit short.
FEW = {"epochs": 12, "burn_in": 4, "n_samples": 5, "n_factors": 4}


def ratings_of(seed: int) -> Ratings:
    """40 users and 30 titles, the last of either without a rating; stars by two tastes."""
    rng = np.random.default_rng(seed)
    seen = rng.random((40, 30)) < 0.5
    seen[COLD_USER] = seen[:, COLD_TITLE] = False
    users, titles = np.nonzero(seen)
    taste = np.where(users % 2 == titles % 2, 4.2, 2.0) + 0.3 * rng.standard_normal(users.size)
    return Ratings.of(
        users, titles, np.clip(np.round(2 * taste) / 2, 0.5, 5.0), shape=(40, 30),
        days=rng.uniform(0, 300, users.size),
    )  # fmt: skip


@pytest.fixture(scope="module", params=list(entries("rating")))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def train() -> Ratings:
    everything = ratings_of(1)
    return everything.take(np.flatnonzero(np.arange(everything.n_ratings) % 5 != 0))


@pytest.fixture(scope="module")
def validation() -> Ratings:
    everything = ratings_of(1)
    return everything.take(np.flatnonzero(np.arange(everything.n_ratings) % 5 == 0))


@pytest.fixture(scope="module")
def fitted(name: str, train: Ratings) -> RatingModel:
    return made(name).fit(train)


def made(name: str, **settings: Any) -> RatingModel:
    entry = entries("rating")[name]
    if entry.extra is not None:
        pytest.importorskip("torch")
    kind = entry.load()
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    few = {key: value for key, value in FEW.items() if key in known}
    model = kind(**{**few, **settings})
    assert isinstance(model, RatingModel)
    return model


def every_pair() -> tuple[np.ndarray, np.ndarray]:
    users, titles = np.divmod(np.arange(40 * 30), 30)
    return users, titles


def rmse(model: RatingModel, held: Ratings) -> float:
    predicted = model.predict(held.users, held.titles, held.days)
    return float(np.sqrt(np.mean((predicted.astype(np.float64) - held.values) ** 2)))


def same_arrays(one: RatingModel, other: RatingModel) -> bool:
    left, right = one.arrays(), other.arrays()
    return left.keys() == right.keys() and all(
        np.array_equal(left[key], right[key]) for key in left
    )


def test_it_goes_by_the_name_it_is_registered_under(name: str) -> None:
    assert made(name).name == name


def test_what_a_tuner_may_try_can_be_set(name: str) -> None:
    for setting, space in entries("rating")[name].space.items():
        tried = space.values if isinstance(space, Choices) else (space.low, space.high)
        for value in tried:
            assert getattr(made(name, **{setting: value}), setting) == value


def test_every_pair_gets_a_finite_rating_within_the_bounds(
    fitted: RatingModel, train: Ratings
) -> None:
    predicted = fitted.predict(*every_pair())
    assert predicted.dtype == np.float32
    assert np.isfinite(predicted).all()
    assert train.bounds[0] <= predicted.min() <= predicted.max() <= train.bounds[1]


def test_days_are_taken_and_may_lie_outside_those_learned_from(fitted: RatingModel) -> None:
    users, titles = every_pair()
    for day in (-1000.0, 150.5, 5000.0):
        assert np.isfinite(fitted.predict(users, titles, np.full(users.size, day))).all()


def test_a_pair_alone_is_rated_as_among_others(fitted: RatingModel, train: Ratings) -> None:
    together = fitted.predict(train.users, train.titles, train.days)
    for at in (0, 17, train.n_ratings - 1):
        one = train.take(np.array([at]))
        assert fitted.predict(one.users, one.titles, one.days)[0] == together[at]


def test_nobody_is_rated_where_nobody_is_asked_for(fitted: RatingModel) -> None:
    nobody = np.empty(0, dtype=np.int32)
    assert fitted.predict(nobody, nobody).shape == (0,)


def test_a_user_of_whom_nothing_is_known_gets_what_is_known_of_the_title(name: str) -> None:
    rng = np.random.default_rng(2)
    users, titles = np.nonzero(rng.random((60, 8)) < 0.8)
    values = np.where(titles == 0, 5.0, 3.0) + rng.choice([-0.5, 0.0, 0.0], users.size)
    known = Ratings.of(users, titles, values, shape=(61, 8), days=np.ones(users.size))
    predicted = made(name).fit(known).predict(np.array([60, 60]), np.array([0, 1]))
    assert predicted[0] > predicted[1] + 0.5


def test_a_title_of_which_nothing_is_known_gets_what_is_known_of_the_user(name: str) -> None:
    rng = np.random.default_rng(3)
    users, titles = np.nonzero(rng.random((8, 60)) < 0.8)
    values = np.where(users == 0, 5.0, 3.0) + rng.choice([-0.5, 0.0, 0.0], users.size)
    known = Ratings.of(users, titles, values, shape=(8, 61), days=np.ones(users.size))
    predicted = made(name).fit(known).predict(np.array([0, 1]), np.array([60, 60]))
    assert predicted[0] > predicted[1] + 0.5


def test_what_a_model_was_not_told_of_is_an_error(fitted: RatingModel) -> None:
    with pytest.raises(RecommendationError, match="a user of 40 to 40 is asked for"):
        fitted.predict(np.array([40]), np.array([0]))
    with pytest.raises(RecommendationError, match="a title of 30 to 30 is asked for"):
        fitted.predict(np.array([0]), np.array([30]))


def test_it_learns_the_two_tastes(name: str, train: Ratings, validation: Ratings) -> None:
    if made(name).family == "baseline":
        pytest.skip("half of all ratings of any user and of any title are high")
    always_the_mean = float(np.std(validation.values))
    assert rmse(made(name, **ample(name)).fit(train), validation) < 0.6 * always_the_mean


def ample(name: str) -> dict[str, Any]:
    """Enough of everything for a small world."""
    kind: Any = entries("rating")[name].load()
    known = {field.name for field in fields(kind)}
    wanted = {
        "epochs": 120, "learning_rate": 0.03, "decay": 1.0, "regularization": 0.1, "dropout": 0.3,
        # Of all ratings together: what is right for many is too much for few.
        "l2": min(getattr(kind, "l2", 0.0), 1.0),
    }  # fmt: skip
    return {key: value for key, value in wanted.items() if key in known}


def test_a_seed_gives_the_same_model_and_another_one_another(name: str, train: Ratings) -> None:
    assert same_arrays(made(name).fit(train), made(name).fit(train))
    if hasattr(made(name), "seed"):
        assert not same_arrays(made(name).fit(train), made(name, seed=1).fit(train))


def test_the_number_of_threads_does_not_matter(
    name: str, train: Ratings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = []
    for n_threads in (1, 3):
        monkeypatch.setattr(rows, "available_threads", lambda n=n_threads: n)
        monkeypatch.setattr(rows, "_SMALL_WORK", 1)
        fits.append(made(name).fit(train))
    assert same_arrays(*fits)


def test_a_saved_model_predicts_as_before(
    name: str, fitted: RatingModel, train: Ratings, tmp_path: Path
) -> None:
    save_model(fitted, tmp_path / "model")
    loaded = made(name)
    load_model(loaded, tmp_path / "model")
    assert loaded.n_parameters == fitted.n_parameters > 0
    assert np.array_equal(loaded.predict(*every_pair()), fitted.predict(*every_pair()))
    assert np.array_equal(
        loaded.predict(train.users, train.titles, train.days),
        fitted.predict(train.users, train.titles, train.days),
    )


def test_what_is_learned_from_is_not_changed(name: str) -> None:
    given, before = ratings_of(4), ratings_of(4)
    made(name).fit(given)
    for part in ("users", "titles", "values", "days"):
        assert np.array_equal(getattr(given, part), getattr(before, part))


def test_nothing_is_learned_from_the_validation_split(
    name: str, train: Ratings, validation: Ratings
) -> None:
    """Other values there tell when to stop at most: the first epoch is the same."""
    upside_down = Ratings.of(
        validation.users, validation.titles, 5.5 - validation.values, shape=(40, 30),
        days=validation.days,
    )  # fmt: skip
    short = {"epochs": 1, "burn_in": 0} if hasattr(made(name), "epochs") else {}
    settings = {key: value for key, value in short.items() if hasattr(made(name), key)}
    fits = [
        made(name, **settings).fit(train, validation=held)
        for held in (None, validation, upside_down)
    ]
    assert same_arrays(fits[0], fits[1])
    assert same_arrays(fits[0], fits[2])


def test_the_best_epoch_is_kept(name: str, train: Ratings, validation: Ratings) -> None:
    told: list[CurvePoint] = []
    model = made(name).fit(
        train, validation=validation, progress=lambda point, epochs: told.append(point)
    )
    assert model.curve_ == told
    if not told:
        assert model.epochs_ == 0
        return
    judged = {point.epoch: point.value for point in told if point.value is not None}
    assert model.epochs_ == min(judged, key=lambda epoch: judged[epoch])
    assert rmse(model, validation) == pytest.approx(judged[model.epochs_], abs=1e-12)


def test_without_a_validation_split_all_epochs_are_done(fitted: RatingModel) -> None:
    assert fitted.epochs_ == len(fitted.curve_) == getattr(fitted, "epochs", 0)
    assert all(point.value is None for point in fitted.curve_)


def test_what_progress_raises_ends_the_fit(name: str, train: Ratings) -> None:
    if not hasattr(made(name), "epochs"):
        pytest.skip("solved at once")

    def give_up(point: CurvePoint, epochs: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(name).fit(train, progress=give_up)


@pytest.mark.parametrize("world", ["one rating", "one user", "one title", "all alike"])
def test_the_smallest_worlds_have_an_answer(name: str, world: str) -> None:
    n_users, n_titles = {"one rating": (1, 1), "one user": (1, 6), "one title": (6, 1)}.get(
        world, (5, 6)
    )
    users, titles = (part.ravel() for part in np.indices((n_users, n_titles)))
    values = np.full(users.size, 3.0) if world == "all alike" else 1.0 + (users + titles) % 5
    known = Ratings.of(users, titles, values, days=np.zeros(users.size))
    predicted = made(name).fit(known).predict(users, titles)
    assert np.isfinite(predicted).all()
    if world in ("all alike", "one rating"):
        assert predicted.tolist() == pytest.approx(values.tolist(), abs=1e-5)


def test_more_factors_than_users_or_titles_are_no_error(name: str, train: Ratings) -> None:
    if not hasattr(made(name), "n_factors"):
        pytest.skip("has no factors")
    model = made(name, n_factors=50).fit(train)
    assert np.isfinite(model.predict(*every_pair())).all()


def test_features_of_titles_may_be_given(name: str, train: Ratings) -> None:
    genres = sparse.csr_matrix(np.eye(30, 3, dtype=np.float32))
    known = Ratings.of(
        train.users, train.titles, train.values, shape=(40, 30), days=train.days, features=genres
    )
    assert np.isfinite(made(name).fit(known).predict(*every_pair())).all()


@pytest.mark.parametrize("setting", ["n_factors", "epochs"])
def test_settings_out_of_bounds_are_an_error(name: str, setting: str) -> None:
    if not hasattr(made(name), setting):
        pytest.skip(f"has no {setting}")
    with pytest.raises(RecommendationError, match=f"{setting} is 0, required is 1|burn_in"):
        made(name, **{"burn_in": 0} if hasattr(made(name), "burn_in") else {}, **{setting: 0})
