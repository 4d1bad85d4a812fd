"""The estimator against scikit-learn's, in one process, on the same rows.

The rows are those of a stored CSR matrix (`scipy.sparse.save_npz`), or random ones of the shape of
the Netflix Prize: 480,189 users, 17,770 titles, about 100 million ratings.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.cluster import MiniBatchKMeans as Peer

from reelhouse.clustering import MiniBatchKMeans
from reelhouse.threads import available_threads

N_USERS, N_TITLES, MEAN_RATINGS = 480_189, 17_770, 208
N_CLUSTERS = (20, 100, 500)
BATCH = 10_000
#: Users of the comparison of inertia: 5 % of the prize's.
INERTIA_USERS = 24_009


def run(
    data: Path | None = None, repeats: int = 3, *, n_users: int = N_USERS
) -> Iterator[dict[str, Any]]:
    """Measure assignment, an epoch of `partial_fit`, an exact iteration, and the inertia.

    Parameters
    ----------
    data : Path or None
        A CSR matrix of ratings; None makes random ones.
    repeats : int
        Runs of each; the median counts. What takes scikit-learn a minute runs once.
    n_users : int
        Rows made when no data are given.
    """
    rows = sparse.csr_matrix(sparse.load_npz(data)) if data is not None else prize_rows(n_users)
    peer_rows = rows.astype(np.float32)
    about = {
        "n_users": rows.shape[0],
        "n_titles": rows.shape[1],
        "n_ratings": int(rows.nnz),
        "data": str(data) if data is not None else "random, prize-shaped",
        "threads": available_threads(),
    }
    for n_clusters in N_CLUSTERS:
        yield about | _assignment(rows, peer_rows, n_clusters, repeats)
    yield about | _epoch(rows, peer_rows, 100, repeats)
    yield about | _same_rules(rows, 100)
    yield about | _exact_iteration(rows, peer_rows, 20, repeats)
    few = min(INERTIA_USERS, rows.shape[0])
    yield about | {"n_users": few, "n_ratings": int(rows.indptr[few])} | _inertia(rows[:few])


def prize_rows(n_users: int, *, seed: int = 0) -> sparse.csr_matrix:
    """Ratings 1 to 5 (int8) whose users and titles are as unequal as the prize's.

    Returns
    -------
    csr_matrix of shape (n_users, 17770)
    """
    rng = np.random.default_rng(seed)
    wanted = np.exp(rng.normal(0, 1.25, n_users))
    wanted = np.clip(wanted * MEAN_RATINGS * 1.1 / wanted.mean(), 1, N_TITLES // 2).astype(np.int64)
    share = 1 / (np.arange(N_TITLES) + 50.0) ** 1.1
    bounds = np.cumsum(share / share.sum())
    title_of = rng.permutation(N_TITLES).astype(np.int32)
    indptr = np.zeros(n_users + 1, dtype=np.int64)
    indices = np.empty(int(wanted.sum()), dtype=np.int32)
    stored = _draw_titles(wanted, bounds, title_of, seed, indptr, indices)
    ratings = rng.integers(1, 6, stored, dtype=np.int8)
    return sparse.csr_matrix((ratings, indices[:stored], indptr), shape=(n_users, N_TITLES))


@numba.njit(nogil=True, cache=True)
def _draw_titles(
    wanted: NDArray[np.int64],
    bounds: NDArray[np.float64],
    title_of: NDArray[np.int32],
    seed: int,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
) -> int:
    """Draw titles by popularity, none twice for a user; returns how many in all."""
    np.random.seed(seed)  # noqa: NPY002 (the generator of compiled code)
    last_user = np.full(title_of.shape[0], -1, np.int64)
    stored = 0
    for user in range(wanted.shape[0]):
        first = stored
        for _ in range(2 * wanted[user]):
            if stored - first == wanted[user]:
                break
            drawn = int(np.searchsorted(bounds, np.random.random()))  # noqa: NPY002
            title = title_of[min(drawn, bounds.size - 1)]
            if last_user[title] != user:
                last_user[title] = user
                indices[stored] = title
                stored += 1
        indices[first:stored].sort()
        indptr[user + 1] = stored
    return stored


def _assignment(
    rows: sparse.csr_matrix, peer_rows: sparse.csr_matrix, n_clusters: int, repeats: int
) -> dict[str, Any]:
    start = _start(peer_rows, n_clusters)
    ours = MiniBatchKMeans(n_clusters, init=start).start(rows[:0])
    peer = Peer(n_clusters, init=start, n_init=1).fit(peer_rows[: 4 * n_clusters])
    peer.cluster_centers_ = start
    ours.predict(rows[:100])  # compiles
    own_times, labels = _timed(lambda: ours.predict(rows), repeats)
    peer_times, peer_labels = _timed(
        lambda: peer.predict(peer_rows), 1 if n_clusters > 100 else repeats
    )
    agree = float(np.mean(labels == peer_labels))
    figures = _figures(own_times, peer_times, "sklearn MiniBatchKMeans.predict")
    return {"name": "assignment pass", "k": n_clusters, **figures, "labels_agree": agree}


def _epoch(
    rows: sparse.csr_matrix, peer_rows: sparse.csr_matrix, n_clusters: int, repeats: int
) -> dict[str, Any]:
    # From single rows, as k-means++ starts: from means that hardly differ, rounding decides.
    start = peer_rows[:: peer_rows.shape[0] // n_clusters][:n_clusters].toarray()
    ours = MiniBatchKMeans(n_clusters, init=start, reassignment_ratio=0)
    ours.partial_fit(rows[:100])  # compiles

    def epoch(model: Any, batches: list[sparse.csr_matrix]) -> Any:
        for batch in batches:
            model.partial_fit(batch)
        return model

    cut = _cut(rows)
    own_times, ours = _timed(
        lambda: epoch(MiniBatchKMeans(n_clusters, init=start, reassignment_ratio=0), cut), repeats
    )
    peer_cut = _cut(peer_rows)
    peer_times, peer = _timed(
        lambda: epoch(Peer(n_clusters, init=start, n_init=1, reassignment_ratio=0), peer_cut), 1
    )
    return {
        "name": "partial_fit epoch",
        "k": n_clusters,
        "batch_size": BATCH,
        **_figures(own_times, peer_times, "sklearn MiniBatchKMeans.partial_fit"),
        **_apart(ours, peer, rows),
    }


def _same_rules(rows: sparse.csr_matrix, n_clusters: int) -> dict[str, Any]:
    """The same epoch, the peer in double precision: in single, rounding decides its near ties."""
    start = rows[:: rows.shape[0] // n_clusters][:n_clusters].toarray().astype(np.float64)
    ours = MiniBatchKMeans(n_clusters, init=start, reassignment_ratio=0)
    peer = Peer(n_clusters, init=start, n_init=1, reassignment_ratio=0)
    for batch in _cut(rows):
        ours.partial_fit(batch)
        peer.partial_fit(batch.astype(np.float64))
    return {
        "name": "same rules, same result",
        "k": n_clusters,
        "batch_size": BATCH,
        "peer": "sklearn MiniBatchKMeans.partial_fit, float64",
        **_apart(ours, peer, rows),
    }


def _apart(ours: Any, peer: Any, rows: sparse.csr_matrix) -> dict[str, Any]:
    """How far the centroids are apart, as a share of their largest value, and the labels."""
    scale = np.abs(peer.cluster_centers_).max(axis=1, keepdims=True)
    apart = np.abs(ours.cluster_centers_ - peer.cluster_centers_) / scale
    labels = np.concatenate(
        [peer.predict(batch.astype(peer.cluster_centers_.dtype)) for batch in _cut(rows)]
    )
    differ = ours.predict(rows) != labels
    return {
        "centroids_relative_difference": float(apart.max()),
        "labels_agree": 1 - float(differ.mean()),
        "labels_that_differ": int(differ.sum()),
    }


def _cut(rows: sparse.csr_matrix) -> list[sparse.csr_matrix]:
    return [rows[first : first + BATCH] for first in range(0, rows.shape[0], BATCH)]


def _exact_iteration(
    rows: sparse.csr_matrix, peer_rows: sparse.csr_matrix, n_clusters: int, repeats: int
) -> dict[str, Any]:
    start = _start(peer_rows, n_clusters)
    ours = MiniBatchKMeans(n_clusters, init=start, max_iter=0, lloyd_passes=1)
    peer = KMeans(n_clusters, init=start, n_init=1, max_iter=1)
    own_times, _ = _timed(lambda: ours.fit(rows), repeats)
    peer_times, _ = _timed(lambda: peer.fit(peer_rows), repeats)
    figures = _figures(own_times, peer_times, "sklearn KMeans(max_iter=1).fit")
    same = abs(ours.inertia_ / peer.inertia_ - 1)
    return {
        "name": "exact iteration",
        "k": n_clusters,
        **figures,
        "inertia_relative_difference": same,
    }


def _inertia(rows: sparse.csr_matrix) -> dict[str, Any]:
    peer_rows = rows.astype(np.float32)
    own_times, ours = _timed(lambda: MiniBatchKMeans(20, random_state=0).fit(rows), 1)
    peer_times, peer = _timed(lambda: KMeans(20, n_init=10, random_state=0).fit(peer_rows), 1)
    return {
        "name": "inertia of the default fit",
        "k": 20,
        **_figures(own_times, peer_times, "sklearn KMeans(n_init=10).fit"),
        "inertia_ratio": float(ours.inertia_ / peer.inertia_),
    }


def _start(rows: sparse.csr_matrix, n_clusters: int) -> NDArray[np.float32]:
    """Means of random rows: as dense as the centroids of a fit are."""
    rng = np.random.default_rng(n_clusters)
    picks = [rng.choice(rows.shape[0], min(300, rows.shape[0])) for _ in range(n_clusters)]
    return np.vstack([np.asarray(rows[pick].mean(axis=0)) for pick in picks]).astype(np.float32)


def _timed(function: Callable[[], Any], repeats: int) -> tuple[list[float], Any]:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - began)
    return times, result


def _figures(own: list[float], peer: list[float], peer_name: str) -> dict[str, Any]:
    seconds, peer_seconds = statistics.median(own), statistics.median(peer)
    return {
        "seconds": round(seconds, 4),
        "all_seconds": [round(one, 4) for one in own],
        "peer": peer_name,
        "peer_seconds": round(peer_seconds, 3),
        "peer_all_seconds": [round(one, 3) for one in peer],
        "ratio": round(peer_seconds / seconds, 2),
    }
