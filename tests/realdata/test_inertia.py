"""The default fit against full scikit-learn KMeans runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.preprocessing import normalize

from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.passes import fit_blocks


@pytest.fixture(scope="module")
def users(real_data: Path) -> sparse.csr_matrix:
    """Ratings of ML-100K, shape (943, 1682)."""
    path = real_data / "movielens" / "ml-100k" / "u.data"
    user, title, rating = np.loadtxt(path, dtype=np.int32, usecols=(0, 1, 2)).T
    return sparse.csr_matrix((rating.astype(np.float32), (user - 1, title - 1)))


@pytest.mark.realdata
@pytest.mark.parametrize("unit", [False, True])
def test_the_default_fit_is_as_good_as_the_best_of_ten_full_runs(
    users: sparse.csr_matrix, unit: bool
) -> None:
    X = normalize(users) if unit else users
    best = KMeans(20, n_init=10, random_state=0).fit(X).inertia_
    for seed in range(3):
        ours = MiniBatchKMeans(20, random_state=seed).fit(X)
        assert ours.inertia_ <= 1.01 * best
        assert ours.inertia_ == pytest.approx(-ours.score(X))


@pytest.mark.realdata
def test_a_fit_of_blocks_is_as_good(users: sparse.csr_matrix) -> None:
    best = KMeans(20, n_init=10, random_state=0).fit(users).inertia_
    model = MiniBatchKMeans(20, random_state=0)
    fit = fit_blocks(lambda index: users[index::7], 7, model, lloyd_passes=30)
    assert -fit.estimator.score(users) <= 1.01 * best
