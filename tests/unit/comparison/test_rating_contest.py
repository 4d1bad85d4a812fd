import numpy as np
import pytest

from reelhouse.comparison.rating_contest import RatingContest, non_negative_weights
from reelhouse.comparison.splits import RatingSplit
from reelhouse.models.ratings import Ratings
from tests.support.small_models import Mean, Popular


def ratings(*rows: tuple[int, int, float]) -> Ratings:
    users, titles, values = (np.array(column) for column in zip(*rows, strict=True))
    return Ratings.of(users, titles, values.astype(np.float32), shape=(8, 3))


@pytest.fixture
def contest() -> RatingContest:
    # User 0 rated six titles' worth; title 0 has six ratings, title 1 three, title 2 none.
    train = ratings(
        *((user, 0, 3.0) for user in range(6)), *((user, 1, 5.0) for user in range(3))
    )  # fmt: skip
    held = ratings((6, 0, 3.0), (7, 1, 1.0), (5, 2, 5.0))
    validation = RatingSplit("validation", train.take(np.arange(7)), train.take(np.array([7, 8])))
    return RatingContest([RatingSplit("one", train, held)], validation)


def test_errors_are_those_computed_by_hand(contest: RatingContest) -> None:
    answers = [{"predicted": np.array([3.0, 3.0, 4.0], np.float32)}]
    found = contest.evaluate(answers, answers)
    (figures,) = found.of_splits
    # Errors 0, 2 and -1.
    assert figures["rmse"] == pytest.approx(np.sqrt(5 / 3))
    assert figures["mae"] == pytest.approx(1.0)
    # Nobody rated more than five titles; titles 1 and 2 have few ratings.
    assert figures["rmse_cold_users"] == pytest.approx(np.sqrt(5 / 3))
    assert figures["rmse_cold_titles"] == pytest.approx(np.sqrt(5 / 2))
    assert found.overall["rmse_low"] < found.overall["rmse"] < found.overall["rmse_high"]
    assert np.concatenate(found.compared.splits).tolist() == [0.0, 4.0, 1.0]


def test_a_slice_without_ratings_has_no_figure(contest: RatingContest) -> None:
    only = contest.splits[0].held_out.take(np.array([0]))
    one = RatingContest([RatingSplit("one", contest.splits[0].train, only)], contest.validation)
    answers = [{"predicted": np.array([4.0], np.float32)}]
    assert one.evaluate(answers, answers).of_splits[0]["rmse_cold_titles"] is None


def test_the_mean_of_folds_is_the_mean_of_their_errors(contest: RatingContest) -> None:
    two = RatingContest([contest.splits[0]] * 2, contest.validation)
    answers = [{"predicted": np.array(values, np.float32)} for values in ([3, 1, 5], [3, 3, 5])]
    found = two.evaluate(answers, answers)
    assert found.overall["rmse"] == pytest.approx((0 + np.sqrt(4 / 3)) / 2)


def test_weights_are_found_and_never_below_0() -> None:
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(200, 3))
    wanted = parts @ np.array([0.25, 0.5, 0.0]) - 0.3 * parts[:, 2]
    weights = non_negative_weights(parts, wanted)
    assert weights[2] == 0
    assert weights[:2] == pytest.approx([0.25, 0.5], abs=0.05)


def test_a_part_that_hardly_says_anything_gets_no_weight_to_speak_of() -> None:
    rng = np.random.default_rng(0)
    telling = rng.normal(size=300)
    parts = np.column_stack([telling, np.full(300, 1e-7)])
    weights = non_negative_weights(parts, telling + 0.2)
    assert weights[0] == pytest.approx(1.0, abs=0.02)
    assert weights[1] < 0.01


def test_a_stack_is_weighed_on_validation_and_stays_within_the_scale(
    contest: RatingContest,
) -> None:
    # Validation holds two 5s, train a mean of 23 / 7: the first model is right, the second wrong.
    right, wrong = ({"predicted": np.array(v, np.float32)} for v in ([5, 5], [1, 1]))
    of_right = [{"predicted": np.array([3, 1, 7], np.float32)}]
    of_wrong = [{"predicted": np.array([5, 5, 1], np.float32)}]
    weights, (stacked,) = contest.stack([right, wrong], [of_right, of_wrong])
    assert weights == pytest.approx([1.0, 0.0], abs=0.01)
    # 3 to 5 were rated.
    assert stacked["predicted"].tolist() == pytest.approx([3.0, 3.0, 5.0], abs=0.01)


def test_who_ranks_cannot_take_part(contest: RatingContest) -> None:
    with pytest.raises(TypeError, match="popular predicts no ratings"):
        contest.fit(Popular(), contest.validation, judged=True)


def test_what_is_held_out_is_not_given_to_a_fit_that_is_not_judged(
    contest: RatingContest, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(Mean, "fit", lambda self, train, **given: seen.append(given["validation"]))
    contest.fit(Mean(), contest.splits[0], judged=False)
    contest.fit(Mean(), contest.validation, judged=True)
    assert seen == [None, contest.validation.held_out]
