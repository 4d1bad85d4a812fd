from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.models.ranking.directions import largest_directions
from reelhouse.models.ranking.pure_svd import PureSVD
from reelhouse.recommend.rated import RatedTitles

SEEN = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=np.float32)


def test_the_largest_direction_is_that_of_most_users() -> None:
    found = largest_directions(sparse.csr_matrix(SEEN), 1, seed=0)
    assert found == pytest.approx(np.array([[0.5, 0.5, 0, 0]]) ** 0.5, abs=1e-6)


def test_no_more_directions_are_found_than_there_are() -> None:
    assert largest_directions(sparse.csr_matrix(SEEN), 4, seed=0).shape == (2, 4)


def test_a_history_is_scored_by_its_projection() -> None:
    model = PureSVD(2).fit(RatedTitles.of(sparse.csr_matrix(SEEN)))
    one = sparse.csr_matrix(np.array([[1, 0, 0, 0]], np.float32))
    # Half of it lies along titles 0 and 1, which were always seen together.
    assert model.score_users(one) == pytest.approx(np.array([[0.5, 0.5, 0, 0]]), abs=2e-6)


def test_scores_are_those_of_the_singular_vectors() -> None:
    seen = (np.random.default_rng(2).random((50, 20)) < 0.3).astype(np.float32)
    model = PureSVD(5).fit(RatedTitles.of(sparse.csr_matrix(seen)))
    vectors = np.linalg.svd(seen.astype(np.float64))[2][:5]
    scores = model.score_users(sparse.csr_matrix(seen))
    assert scores == pytest.approx(seen @ vectors.T @ vectors, abs=1e-4)


def test_titles_are_divided_by_a_power_of_their_popularity() -> None:
    seen = (np.random.default_rng(2).random((50, 20)) < 0.3).astype(np.float32)
    model = PureSVD(5, title_power=0.5).fit(RatedTitles.of(sparse.csr_matrix(seen)))
    scales = seen.sum(axis=0) ** -0.25
    vectors = np.linalg.svd(seen * scales)[2][:5]
    expected = seen * scales @ vectors.T @ vectors / scales
    assert model.score_users(sparse.csr_matrix(seen)) == pytest.approx(expected, abs=1e-4)
