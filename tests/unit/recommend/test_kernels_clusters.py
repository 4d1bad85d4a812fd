"""Many users at once get by compiled loops what each gets alone by the plain recommenders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from reelhouse.recommend.content import ContentRecommender
from reelhouse.recommend.neighbours import NeighbourClusters
from reelhouse.recommend.rated import RatedTitles
from reelhouse.recommend.same_cluster import SameCluster

N_USERS, N_TITLES, N_CLUSTERS, N_FEATURES = 120, 200, 9, 12
RECOMMENDERS = (SameCluster, NeighbourClusters)


def rated(seed: int, *, signed: bool) -> RatedTitles:
    """Titles in uneven clusters, some in none, with few features; users who saw few or most."""
    rng = np.random.default_rng(seed)
    features = (rng.random((N_TITLES, N_FEATURES)) < 0.3) * rng.integers(1, 9, N_FEATURES) / 8
    if signed:
        features *= rng.choice([-1.0, 1.0], features.shape)
    # Some titles are the same but for their number, and some have no features.
    features[::10] = features[1]
    features[5] = 0.0
    cluster_of = (N_CLUSTERS * rng.random(N_TITLES) ** 2).astype(np.int32)
    cluster_of[::17] = -1
    liked = rng.random((N_USERS, N_CLUSTERS)) < rng.random((N_USERS, 1))
    likes = np.concatenate([liked, np.ones((N_USERS, 1), bool)], axis=1)[:, cluster_of]
    seen = likes & (rng.random((N_USERS, N_TITLES)) < rng.random((N_USERS, 1)))
    return RatedTitles.of(
        sparse.csr_matrix(seen * rng.integers(1, 6, seen.shape), dtype=np.float32),
        features=sparse.csr_matrix(features, dtype=np.float32),
        cluster_of=cluster_of,
    )


def compare(recommender: ContentRecommender, known: RatedTitles, n: int) -> int:
    """Check every user; returns how many titles were recommended in all."""
    recommender.fit(known)
    history = sparse.csr_matrix((known.history > 0).astype(np.float32))
    ranked = recommender.recommend_users(history, n)
    placed = known.cluster_of >= 0
    for user in range(N_USERS):
        # Liked titles without a cluster are refused one by one, and count for nothing here.
        liked = [int(one) for one in history[user].indices if placed[one]]
        alone = recommender.recommend([str(one) for one in liked], n) if liked else []
        assert [(one.title_id, one.score) for one in alone] == [
            (str(title), pytest.approx(score, rel=1e-6)) for title, score in ranked.row(user)
        ]
    return int((ranked.titles >= 0).sum())


@pytest.mark.parametrize("n", [1, 10])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("make", RECOMMENDERS)
def test_many_users_get_what_each_gets_alone(
    make: type[ContentRecommender], signed: bool, n: int
) -> None:
    assert compare(make(), rated(3, signed=signed), n) > N_USERS * n / 4


@pytest.mark.long
def test_no_loop_reads_or_writes_beyond_an_array(tmp_path: Path) -> None:
    # Compiled anew with checks of every index: without them a wrong one reads what lies there.
    environment = {
        **os.environ,
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(Path(__file__).parent)]),
    }
    code = (
        "import test_kernels_clusters as t\n"
        "for make in t.RECOMMENDERS:\n"
        "    make().fit(known := t.rated(5, signed=True)).recommend_users(known.history, 10)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
