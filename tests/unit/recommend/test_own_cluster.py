"""Looking at titles by falling popularity finds what looking at all of them finds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.recommend import cluster_index
from reelhouse.recommend.kernels_clusters import best_by_cluster
from reelhouse.recommend.rated import RatedTitles
from reelhouse.recommend.same_cluster import SameCluster

N_USERS, N_TITLES, N_FEATURES = 300, 240, 12


def rated(seed: int, n_clusters: int) -> RatedTitles:
    """A few titles that most saw, many that few saw, and likenesses with many ties."""
    rng = np.random.default_rng(seed)
    popularity = 1.0 / np.arange(1, N_TITLES + 1)
    seen = rng.random((N_USERS, N_TITLES)) < 0.9 * popularity / popularity.max()
    features = (rng.random((N_TITLES, N_FEATURES)) < 0.2).astype(np.float32)
    return RatedTitles.of(
        sparse.csr_matrix(seen.astype(np.float32)),
        features=sparse.csr_matrix(features),
        # The last cluster holds one title alone: it runs out.
        cluster_of=np.r_[rng.integers(0, n_clusters, N_TITLES - 1), n_clusters].astype(np.int32),
    )


@pytest.mark.parametrize(
    ("seed", "n_clusters", "n"), [(0, 3, 10), (1, 30, 10), (2, 8, 1), (3, 2, 300)]
)
def test_pruning_changes_no_title_and_no_score(
    seed: int, n_clusters: int, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = rated(seed, n_clusters)
    history = known.history
    pruned = SameCluster().fit(known).recommend_users(history, n)

    def looking_at_all(first, last, history, titles, desk, found, scores) -> None:  # type: ignore[no-untyped-def]
        best_by_cluster(first, last, history, titles, 0, desk, found, scores)

    monkeypatch.setattr(cluster_index, "best_of_own_clusters", looking_at_all)
    whole = SameCluster().fit(known).recommend_users(history, n)
    np.testing.assert_array_equal(pruned.titles, whole.titles)
    np.testing.assert_array_equal(pruned.scores, whole.scores)
    assert (pruned.titles >= 0).any()
