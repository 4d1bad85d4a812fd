"""What every model on torch must do beside what all models must: seeds, devices, checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import CurvePoint
from reelhouse.models.ratings import Ratings
from reelhouse.models.registry import ENTRIES, Entry
from reelhouse.recommend.rated import RatedTitles
from tests.support.extras import needs_torch

pytestmark = needs_torch

DEEP = [entry for entry in ENTRIES if entry.extra == "deep"]
RANKING = [entry for entry in DEEP if entry.protocol == "ranking"]
#: Small enough for a test; all others as they are.
SMALL: dict[str, dict[str, Any]] = {
    "deep-autoencoder": {"hidden": (8, 4)},
    "mult-vae": {"hidden": 16, "latent": 4},
    "recvae": {"hidden": 16, "latent": 4},
    "gcmc": {"messages": 6, "factors": 4, "steps": 1},
    "graphsage": {"factors": 8, "steps": 1},
    "gat": {"factors": 8, "heads": 2, "steps": 1},
    "lightgcn": {"factors": 8},
    "xsimgcl": {"factors": 8},
}
N_USERS, N_TITLES = 30, 24


class KilledError(Exception):
    """What a test ends a fit with."""


def make(entry: Entry, **settings: Any) -> Any:
    small = SMALL.get(entry.name, {"hidden": 8})
    return entry.load()(**{**small, "epochs": 7, "every": 1, "device": "cpu", **settings})


def histories(seed: int, n_users: int = N_USERS) -> sparse.csr_matrix:
    """Users who saw titles of their own half, and few of the other's."""
    rng = np.random.default_rng(seed)
    alike = np.arange(n_users)[:, None] % 2 == np.arange(N_TITLES) % 2
    seen = rng.random((n_users, N_TITLES)) < np.where(alike, 0.6, 0.05)
    seen[:, -1] = False
    return sparse.csr_matrix(seen.astype(np.float32))


def known() -> RatedTitles:
    features = sparse.csr_matrix(np.eye(2, dtype=np.float32)[np.arange(N_TITLES) % 2])
    return RatedTitles.of(histories(0), features=features)


def ratings(seed: int = 0) -> Ratings:
    """What users gave, of rank 1; the last user and the last title have no rating."""
    rng = np.random.default_rng(seed)
    users, titles = np.nonzero(rng.random((N_USERS - 1, N_TITLES - 1)) < 0.6)
    values = 3 + 2 * np.where(users % 2 == titles % 2, 1, -1)
    features = sparse.csr_matrix(np.eye(2, dtype=np.float32)[np.arange(N_TITLES) % 2])
    return Ratings.of(users, titles, values, shape=(N_USERS, N_TITLES), features=features)


def held_out() -> HeldOutUsers:
    everything = histories(1, 6)
    hidden = histories(2, 6)
    hidden = (hidden - hidden.multiply(everything)).tocsr()
    hidden.eliminate_zeros()
    return HeldOutUsers(np.arange(6), everything, hidden)


def fitted(entry: Entry, *, validated: bool = False, progress: Any = None, **settings: Any) -> Any:
    if entry.protocol == "ranking":
        validation: Any = held_out() if validated else None
        return make(entry, **settings).fit(known(), validation=validation, progress=progress)
    train = ratings()
    at = np.arange(train.n_ratings) % 5 == 0
    part = train.take(np.flatnonzero(~at)) if validated else train
    validation = train.take(np.flatnonzero(at)) if validated else None
    return make(entry, **settings).fit(part, validation=validation, progress=progress)


def same(one: Any, other: Any) -> bool:
    arrays, others = one.arrays(), other.arrays()
    return arrays.keys() == others.keys() and all(
        np.array_equal(arrays[name], others[name]) for name in arrays
    )


@pytest.mark.parametrize("entry", DEEP, ids=lambda entry: entry.name)
class TestDeepModel:
    @pytest.mark.parametrize("validated", [False, True])
    def test_a_killed_fit_goes_on_to_the_same_bits(
        self, entry: Entry, validated: bool, tmp_path: Path
    ) -> None:
        def die(point: CurvePoint, epochs: int) -> None:
            if point.epoch == 5:
                raise KilledError

        whole = fitted(entry, validated=validated)
        saves = {"checkpoint": tmp_path / "fit", "checkpoint_every": 2, "validated": validated}
        with pytest.raises(KilledError):
            fitted(entry, progress=die, **saves)
        done: list[int] = []
        again = fitted(entry, progress=lambda point, epochs: done.append(point.epoch), **saves)
        assert done[0] == 5
        assert same(again, whole)
        assert again.epochs_ == whole.epochs_
        assert [point.value for point in again.curve_] == [point.value for point in whole.curve_]

    def test_a_seed_gives_one_model_and_another_seed_another(self, entry: Entry) -> None:
        model = fitted(entry, seed=3)
        assert same(model, fitted(entry, seed=3))
        assert not same(model, fitted(entry, seed=4))

    def test_torch_is_left_as_it_was_found(self, entry: Entry) -> None:
        import torch

        def standing() -> tuple[Any, ...]:
            return (
                torch.get_num_threads(),
                torch.are_deterministic_algorithms_enabled(),
                torch.utils.deterministic.fill_uninitialized_memory,
                torch.random.get_rng_state().tolist(),
            )

        before = standing()
        fitted(entry, epochs=1)
        assert standing() == before

    def test_the_machines_threads_and_randomness_do_not_matter(self, entry: Entry) -> None:
        import torch

        model = fitted(entry)
        threads = torch.get_num_threads()
        try:
            torch.set_num_threads(threads + 1)
            torch.rand(3)
            assert same(model, fitted(entry))
        finally:
            torch.set_num_threads(threads)

    def test_a_gpu_that_is_not_there_is_named(self, entry: Entry) -> None:
        import torch

        if torch.cuda.is_available():
            pytest.skip("there is a GPU")
        with pytest.raises(RecommendationError, match="torch finds no GPU"):
            fitted(entry, device="cuda")

    @pytest.mark.parametrize(
        ("setting", "value"),
        [("epochs", 0), ("threads", 0), ("patience", -1), ("learning_rate", 0.0)],
    )
    def test_a_setting_out_of_bounds_is_named(
        self, entry: Entry, setting: str, value: float
    ) -> None:
        with pytest.raises(RecommendationError, match=f"{setting} is {value}, required is"):
            make(entry, **{setting: value})

    def test_parameters_are_counted(self, entry: Entry) -> None:
        assert fitted(entry, epochs=1).n_parameters > N_TITLES


@pytest.mark.parametrize("entry", RANKING, ids=lambda entry: entry.name)
class TestDeepRankingModel:
    def test_a_user_has_the_same_scores_alone_to_the_last_bit(self, entry: Entry) -> None:
        model = fitted(entry)
        users = histories(5, 67)
        among = model.score_users(users)
        for row in (0, 1, 64, 66):
            assert np.array_equal(model.score_users(users[row])[0], among[row])

    def test_who_saw_one_half_is_recommended_it(self, entry: Entry) -> None:
        model = fitted(entry, epochs=60, learning_rate=0.01)
        shown = np.zeros((2, N_TITLES), dtype=np.float32)
        shown[0, [0, 2]] = shown[1, [1, 3]] = 1
        for user, ranked in enumerate(model.recommend_users(sparse.csr_matrix(shown), 5).titles):
            assert set(ranked.tolist()) <= set(range(user, N_TITLES - 1, 2))

    def test_who_saw_nothing_is_recommended_what_many_saw(self, entry: Entry) -> None:
        history = histories(0).toarray()
        history[:, :5] = 1
        model = make(entry, epochs=60, learning_rate=0.01)
        model.fit(RatedTitles.of(sparse.csr_matrix(history)))
        nothing = sparse.csr_matrix((1, N_TITLES), dtype=np.float32)
        assert set(model.recommend_users(nothing, 5).titles[0].tolist()) == set(range(5))

    def test_nothing_seen_is_refused(self, entry: Entry) -> None:
        nothing = RatedTitles.of(sparse.csr_matrix((2, N_TITLES), dtype=np.float32))
        with pytest.raises(RecommendationError, match="0 seen titles"):
            make(entry).fit(nothing)


@pytest.mark.parametrize(
    "entry", [one for one in DEEP if one.protocol == "rating"], ids=lambda entry: entry.name
)
class TestDeepRatingModel:
    def test_what_was_planted_is_found(self, entry: Entry) -> None:
        free = {"dropout": 0.0, "l2": 0.0, "patience": 300}
        model = fitted(entry, validated=True, epochs=300, learning_rate=0.01, **free)
        # 1 and 5 at random: whoever knows only the mean is wrong by 2.
        assert min(point.value for point in model.curve_) < 1

    def test_users_and_titles_without_ratings_get_what_is_known_of_the_others(
        self, entry: Entry
    ) -> None:
        model = fitted(entry, epochs=40, learning_rate=0.01)
        cold_user, cold_title = N_USERS - 1, N_TITLES - 1
        found = model.predict(np.array([cold_user, 0]), np.array([0, cold_title]))
        train = ratings()
        of_title, of_user = train.by_title[0].data.mean(), train.by_user[0].data.mean()
        assert found == pytest.approx([of_title, of_user], abs=0.6)
