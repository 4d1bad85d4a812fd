import numpy as np
import pytest

from reelhouse.comparison.settings import SplitSettings
from reelhouse.comparison.splits import (
    divide_by_user,
    ranking_splits,
    ranking_validation,
    rating_splits,
    rating_validation,
)
from reelhouse.errors import EvaluationError
from reelhouse.evaluation.splits import Split
from reelhouse.models.ratings import Ratings
from tests.unit.comparison.conftest import compared


def pairs(ratings: Ratings) -> set[tuple[int, int]]:
    return set(zip(ratings.users.tolist(), ratings.titles.tolist(), strict=True))


def test_every_rating_is_held_out_in_one_fold(data) -> None:
    splits = rating_splits(data, SplitSettings(n_folds=4), seed=3)
    held = [pairs(split.held_out) for split in splits]
    assert sum(len(fold) for fold in held) == data.ratings.n_ratings
    assert set.union(*held) == pairs(data.ratings)
    for split in splits:
        assert not pairs(split.train) & pairs(split.held_out)
        assert split.train.n_ratings + split.held_out.n_ratings == data.ratings.n_ratings


def test_official_folds_are_taken_before_random_ones(data) -> None:
    official = Split(np.arange(10, data.ratings.n_ratings), np.arange(10))
    one = compared(data.ratings, folds=(("u1", official),))
    (split,) = rating_splits(one, SplitSettings(), seed=0)
    assert (split.name, split.held_out.n_ratings) == ("u1", 10)
    assert len(rating_splits(one, SplitSettings(folds="random"), seed=0)) == 5


def test_temporal_folds_test_what_came_later_and_validate_so_too(data) -> None:
    settings = SplitSettings(folds="temporal")
    (split,) = rating_splits(data, settings, seed=0)
    assert split.train.days.max() < split.held_out.days.min()
    validation = rating_validation(split, settings, seed=0)
    assert validation.train.days.max() < validation.held_out.days.min()
    assert validation.held_out.days.max() < split.held_out.days.min()


def test_temporal_folds_require_dates(data) -> None:
    undated = Ratings.of(data.ratings.users, data.ratings.titles, data.ratings.values)
    with pytest.raises(EvaluationError, match="not all ratings are dated"):
        rating_splits(compared(undated), SplitSettings(folds="temporal"), seed=0)


def test_more_folds_than_ratings_are_refused() -> None:
    few = compared(Ratings.of(np.array([0, 1]), np.array([0, 0]), np.array([1.0, 2.0])))
    with pytest.raises(EvaluationError, match="2 ratings are to be cut into 5 folds"):
        rating_splits(few, SplitSettings(), seed=0)


def test_the_validation_part_comes_from_the_training_part_alone(data) -> None:
    settings = SplitSettings()
    first = rating_splits(data, settings, seed=0)[0]
    validation = rating_validation(first, settings, seed=0)
    assert not pairs(validation.train) & pairs(validation.held_out)
    assert pairs(validation.train) | pairs(validation.held_out) == pairs(first.train)
    assert validation.held_out.n_ratings == round(0.1 * first.train.n_ratings)


def test_users_are_tested_or_learned_from_and_validated_among_the_latter(data) -> None:
    settings = SplitSettings(n_seeds=2, test_users=10)
    first, second = ranking_splits(data, settings, seed=5)
    assert [first.name, second.name] == ["seed 5", "seed 6"]
    assert first.users.fold_in.shape[0] == 10
    assert first.known.history.shape[0] == 50
    assert set(first.users.user_index) != set(second.users.user_index)
    validation = ranking_validation(data, first, settings, seed=5)
    assert validation.users.fold_in.shape[0] == 10  # a fifth of the 50 learned from
    assert validation.known.history.shape[0] == 40
    shown, held = validation.users.fold_in, validation.users.held_out
    assert shown.multiply(held).nnz == 0
    of_first = first.known.history[validation.users.user_index]
    assert shown.nnz + held.nnz == of_first.nnz


def test_days_and_genres_go_with_what_is_learned_from(data) -> None:
    split = ranking_splits(data, SplitSettings(n_seeds=1, test_users=10), seed=0)[0]
    assert split.known.days is not None
    assert split.known.days.size == split.known.history.nnz
    days = {
        (u, t): day
        for u, t, day in zip(
            data.ratings.users.tolist(), data.ratings.titles.tolist(),
            data.ratings.days.tolist(), strict=True,
        )
    }  # fmt: skip
    learned = sorted(set(range(60)) - set(split.users.user_index.tolist()))
    user = learned[3]
    row = split.known.history[3]
    titles = [int(split.known.names.title_id(column)) for column in row.indices]
    start = split.known.history.indptr[3]
    found = split.known.days[start : start + row.nnz].tolist()
    assert found == [days[user, title] for title in titles]
    assert split.genres is not None
    assert split.genres[:, 0].toarray().ravel().tolist() == [
        float(int(split.known.names.title_id(column)) % 2 == 0)
        for column in range(split.known.n_titles)
    ]


def test_a_fifth_of_those_who_like_enough_is_tested_on(data) -> None:
    split = ranking_splits(data, SplitSettings(n_seeds=1), seed=0)[0]
    liked = np.bincount(data.ratings.users[data.ratings.values >= 4], minlength=60)
    assert split.users.fold_in.shape[0] == round(0.2 * np.count_nonzero(liked >= 5))


@pytest.mark.parametrize(
    ("n", "train", "validation", "test"),
    [(1, 1, 0, 0), (2, 1, 0, 1), (3, 1, 1, 1), (9, 7, 1, 1), (10, 8, 1, 1), (25, 21, 2, 2)],
)
def test_a_users_titles_are_divided_as_recbole_rounds(
    n: int, train: int, validation: int, test: int
) -> None:
    part = divide_by_user(np.repeat([4, 9], [n, 30]), seed=1)
    assert np.bincount(part[:n], minlength=3).tolist() == [train, validation, test]
    assert np.bincount(part[n:], minlength=3).tolist() == [24, 3, 3]


def test_another_seed_divides_otherwise_and_the_same_seed_alike() -> None:
    users = np.zeros(100, dtype=np.int64)
    assert np.array_equal(divide_by_user(users, seed=1), divide_by_user(users, seed=1))
    assert not np.array_equal(divide_by_user(users, seed=1), divide_by_user(users, seed=2))


def test_held_out_titles_are_neither_learned_from_nor_mixed_up(data) -> None:
    settings = SplitSettings(ranking="ratings", n_seeds=1)
    split = ranking_splits(data, settings, seed=0)[0]
    validation = ranking_validation(data, split, settings, seed=0)
    liked = np.count_nonzero(data.ratings.values >= 3)  # 3, where ratings are held out
    parts = [split.known.history, validation.users.held_out, split.users.held_out]
    assert sum(part.nnz for part in parts) == liked
    assert sum(parts).max() == 1
    assert (validation.known.history != split.known.history).nnz == 0
    assert split.left_out is not None
    assert (split.left_out != validation.users.held_out).nnz == 0
    # What is tested later may be recommended while settings are chosen.
    assert validation.left_out is None
