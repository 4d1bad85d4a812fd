from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import EvaluationError
from reelhouse.evaluation.held_out_users import (
    UserProtocol,
    UserSplit,
    shown_at_most,
    strong_generalization,
)

#: Takes nearly everybody and everything, so that small matrices say something.
LAX = UserProtocol(min_positives=2, min_training=1)


def pairs(matrix: sparse.csr_matrix, users: NDArray[np.int64], split: UserSplit) -> list[int]:
    """User and title of each stored value, as one number in terms of the matrix split."""
    rows, columns = matrix.nonzero()
    assert (matrix.data == 1).all()
    return (users[rows] * 10_000 + split.title_index[columns]).tolist()


def random_ratings(n_users: int, n_titles: int, seed: int = 0) -> sparse.csr_matrix:
    rng = np.random.default_rng(seed)
    dense = rng.integers(0, 6, size=(n_users, n_titles)).astype(np.float32)
    return sparse.csr_matrix(dense)


@given(st.integers(6, 12), st.integers(3, 9), st.integers(0, 2**16))
def test_no_user_and_no_positive_is_lost_or_doubled(n_users: int, n_titles: int, seed: int) -> None:
    ratings = random_ratings(n_users, n_titles, seed=seed)
    positives = ratings.toarray() >= 4
    taking_part = np.flatnonzero(positives.sum(axis=1) >= 2)
    assume(taking_part.size >= 4)
    split = strong_generalization(ratings, n_validation=1, n_test=2, seed=seed, protocol=LAX)
    users = [split.user_index, split.validation.user_index, split.test.user_index]
    assert np.sort(np.concatenate(users)).tolist() == taking_part.tolist()
    seen = np.flatnonzero(positives[split.user_index].any(axis=0))
    assert split.title_index.tolist() == seen.tolist()
    found = pairs(split.train, split.user_index, split)
    for side in (split.validation, split.test):
        found += pairs(side.fold_in, side.user_index, split)
        found += pairs(side.held_out, side.user_index, split)
    expected = [user * 10_000 + title for user in taking_part for title in seen
                if positives[user, title]]  # fmt: skip
    assert sorted(found) == sorted(expected)


def test_a_fifth_of_a_held_out_users_titles_is_to_be_found() -> None:
    # Everybody likes 23 titles: a fifth of them, rounded down, is 4.
    ratings = sparse.csr_matrix(np.full((40, 23), 5, dtype=np.float32))
    split = strong_generalization(ratings, n_validation=5, n_test=10, seed=0)
    assert np.diff(split.test.held_out.indptr).tolist() == [4] * 10
    assert np.diff(split.test.fold_in.indptr).tolist() == [19] * 10
    assert split.train.shape == (25, 23)
    assert len(set(map(tuple, split.test.held_out.indices.reshape(10, 4)))) > 5


def test_five_titles_leave_one_to_be_found() -> None:
    # In binary 1 - 0.8 is a little less than a fifth.
    ratings = sparse.csr_matrix(np.full((8, 5), 5, dtype=np.float32))
    split = strong_generalization(ratings, n_validation=0, n_test=2, seed=0)
    assert np.diff(split.test.held_out.indptr).tolist() == [1, 1]


def test_ratings_below_four_are_no_positives() -> None:
    row = [5, 4.5, 4, 4, 4, 3.5, 1]
    ratings = sparse.csr_matrix(np.array([row] * 6, dtype=np.float32))
    split = strong_generalization(ratings, n_validation=0, n_test=1, seed=0)
    assert split.title_index.tolist() == [0, 1, 2, 3, 4]
    # One positive less than the paper asks for, and nobody takes part.
    ratings[:, 0] = 3
    with pytest.raises(EvaluationError, match="0 users have 5 positives or more, expected more"):
        strong_generalization(ratings, n_validation=0, n_test=1, seed=0)


def test_a_title_that_no_training_user_liked_is_left_out() -> None:
    dense = np.full((20, 9), 5, dtype=np.float32)
    # The last four titles are of user 0 alone, who has five others.
    dense[1:, 5:] = 0
    for seed in range(20):
        split = strong_generalization(sparse.csr_matrix(dense), n_validation=0, n_test=8, seed=seed)
        assert split.train.shape[1] == (9 if 0 in split.user_index else 5)
        assert split.test.fold_in.shape[1] == split.train.shape[1]


def test_a_user_with_too_few_titles_left_has_nothing_held_out() -> None:
    dense = np.full((20, 6), 5, dtype=np.float32)
    # User 0 has five titles, two of which nobody else has.
    dense[:, 4:] = 0
    dense = np.hstack([dense, np.full((20, 1), 5, np.float32), np.zeros((20, 1), np.float32)])
    dense[0] = [5, 5, 5, 0, 5, 5, 0, 0]
    splits = [strong_generalization(sparse.csr_matrix(dense), n_validation=0, n_test=8, seed=seed)
              for seed in range(20)]  # fmt: skip
    held = [split for split in splits if 0 in split.test.user_index]
    assert held
    for split in held:
        row = split.test.user_index.tolist().index(0)
        assert split.test.held_out[row].nnz == 0
        assert split.test.fold_in[row].nnz == 3


def test_titles_with_fewer_positives_than_asked_are_left_out() -> None:
    ratings = random_ratings(60, 40)
    protocol = UserProtocol(min_training=12)
    split = strong_generalization(ratings, n_validation=5, n_test=5, seed=3, protocol=protocol)
    counts = (ratings.toarray()[split.user_index] >= 4).sum(axis=0)
    assert split.title_index.tolist() == np.flatnonzero(counts >= 12).tolist()
    assert 0 < split.title_index.size < 40
    everything = UserProtocol(min_training=0)
    whole = strong_generalization(ratings, n_validation=5, n_test=5, seed=3, protocol=everything)
    assert whole.title_index.tolist() == list(range(40))


def test_the_seed_decides_who_is_held_out_and_what() -> None:
    ratings = random_ratings(60, 40)
    first, again, other = (
        strong_generalization(ratings, n_validation=10, n_test=10, seed=seed) for seed in (1, 1, 2)
    )
    assert first.test.user_index.tolist() == again.test.user_index.tolist()
    assert (first.test.held_out != again.test.held_out).nnz == 0
    assert first.test.user_index.tolist() != other.test.user_index.tolist()


def test_matrices_are_as_recommenders_take_them() -> None:
    split = strong_generalization(random_ratings(60, 40), n_validation=10, n_test=10, seed=1)
    for matrix in (split.train, split.validation.fold_in, split.test.held_out):
        assert matrix.dtype == np.float32
        assert matrix.indices.dtype == np.int32
        assert matrix.has_sorted_indices


def test_more_held_out_users_than_there_are_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="than n_validation=30 and n_test=30 together"):
        strong_generalization(random_ratings(60, 40), n_validation=30, n_test=30, seed=1)


def test_beginners_are_shown_few_titles_and_nothing_of_theirs_is_lost() -> None:
    users = strong_generalization(random_ratings(60, 40), n_validation=0, n_test=30, seed=1).test
    few = shown_at_most(users, 5, seed=2)
    before = users.fold_in + users.held_out
    assert (before != few.fold_in + few.held_out).nnz == 0
    assert np.diff(few.fold_in.indptr).max() == 5
    expected = np.minimum(np.diff(users.fold_in.indptr), 5)
    assert np.diff(few.fold_in.indptr).tolist() == expected.tolist()
    # Shown is what was shown before.
    assert (few.fold_in - users.fold_in).max() == 0
    assert (shown_at_most(users, 5, seed=2).fold_in != few.fold_in).nnz == 0
    assert (shown_at_most(users, 5, seed=3).fold_in != few.fold_in).nnz > 0


def test_users_who_are_beginners_already_stay_as_they_are() -> None:
    users = strong_generalization(random_ratings(60, 40), n_validation=0, n_test=30, seed=1).test
    same = shown_at_most(users, 40, seed=2)
    assert (same.fold_in != users.fold_in).nnz == (same.held_out != users.held_out).nnz == 0
