"""Ratings by user and by title."""

from __future__ import annotations

import numpy as np

from reelhouse.models.ratings import Ratings


def test_ratings_are_sorted_by_user_and_by_title_and_a_zero_is_kept() -> None:
    ratings = Ratings.of(
        np.array([2, 0, 2, 0]), np.array([1, 2, 0, 0]), np.array([5.0, 0.0, 3.0, 4.0]), shape=(4, 3)
    )
    by_user, by_title = ratings.by_user, ratings.by_title
    assert by_user.indptr.tolist() == [0, 2, 2, 4, 4]
    assert by_user.indices.tolist() == [0, 2, 0, 1]
    assert by_user.data.tolist() == [4, 0, 3, 5]
    assert by_title.shape == (3, 4)
    assert by_title.indptr.tolist() == [0, 2, 3, 4]
    assert by_title.indices.tolist() == [0, 2, 2, 0]
    assert by_title.data.tolist() == [4, 3, 5, 0]
    assert by_user.data.dtype == by_title.data.dtype == np.float32


def test_the_order_by_user_is_that_of_users_and_titles() -> None:
    rng = np.random.default_rng(0)
    pairs = rng.permutation(200)[:120]
    ratings = Ratings.of(pairs // 10, pairs % 10, rng.random(120), shape=(20, 10))
    order = np.lexsort((ratings.titles, ratings.users))
    assert np.array_equal(ratings.by_user.data, ratings.values[order])
    assert np.array_equal(ratings.by_user.indices, ratings.titles[order])
