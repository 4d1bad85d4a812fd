"""The search for the number of clusters, on a sample."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reelhouse.clustering.centroids import Centroids
from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.rows import Rows, rows_of
from reelhouse.clustering.seeding import Seeding, n_distinct, seed_centroids
from reelhouse.clustering.selection.candidate import Candidate
from reelhouse.clustering.selection.descent import descend
from reelhouse.clustering.selection.stability import bootstrap_stability
from reelhouse.clustering.selection.vote import Vote, vote
from reelhouse.clustering.spectral import leading_coordinates
from reelhouse.errors import ClusteringError

#: Most rows on which numbers of clusters are compared.
SEARCH_ROWS = 8_000
#: Largest number tried at first; doubled while the best lies in the upper half.
_FIRST_RANGE = 64
#: Fewest rows to a cluster: where there are few, and where there are many.
_LEAST_ROWS, _ENOUGH_ROWS = 4, 32
#: Up to here every number is tried; further on, numbers this share apart.
_EVERY, _APART = 20, 0.08


@dataclass(frozen=True)
class Selection:
    """The chosen number of clusters, the curve behind it, and why.

    Attributes
    ----------
    n_clusters : int
    reason : str
    curve : tuple of Candidate
        The numbers tried, rising.
    seeding : Seeding
    votes : dict of str -> int or None
        Where each criterion peaks; None where it has no peak. Empty when the number was asked
        for.
    """

    n_clusters: int
    reason: str
    curve: tuple[Candidate, ...]
    seeding: Seeding
    votes: dict[str, int | None]

    def to_json(self) -> dict[str, Any]:
        """Everything but the centroids, as plain values."""
        return {
            "n_clusters": self.n_clusters,
            "reason": self.reason,
            "votes": self.votes,
            "curve": [candidate.to_json() for candidate in self.curve],
        }


def fixed(sample: sparse.csr_matrix, n_clusters: int, *, seed: int, restarts: int) -> Selection:
    """Seed the number of clusters that the user asked for."""
    seeding = seed_centroids(sample, n_clusters, seed=seed, restarts=restarts)
    some = _search_rows(sample, seed)
    stability = bootstrap_stability(_coordinates(some, n_clusters, seed), [n_clusters], seed=seed)
    labels = Centroids(seeding.centroids, "cosine").labels(rows_of(some))
    candidate = Candidate.of(some, labels, n_clusters, stability=stability[n_clusters])
    reason = f"{n_clusters} clusters were asked for"
    return Selection(n_clusters, reason, (candidate,), seeding, {})


def choose(sample: sparse.csr_matrix, *, seed: int, restarts: int) -> Selection:
    """Choose the number of clusters of a sample: the one at which the criteria agree best.

    The range grows while the best number lies in its upper half, up to one cluster per 32 rows.

    Parameters
    ----------
    sample : csr_matrix of shape (n_sample, n_features), unit rows
    seed : int
    restarts : int
        Seedings of the chosen number.

    Raises
    ------
    ClusteringError
        When the sample has fewer than four rows with known terms, or these are all the same.
    """
    rows = _search_rows(sample, seed)
    most = largest_number(rows.shape[0])
    # Seeding refuses more clusters than there are different rows.
    most = min(most, max(n_distinct(rows, most=most), 2))
    end = min(_FIRST_RANGE, most)
    while True:
        curve = _measured(rows, candidate_numbers(end), seed)
        found = vote(curve)
        if end == most or not _may_lie_above(curve, found, end):
            break
        end = min(2 * end, most)
    seeding = seed_centroids(sample, found.n_clusters, seed=seed, restarts=restarts)
    votes: dict[str, int | None] = {**found.named, **dict.fromkeys(found.unheard)}
    return Selection(found.n_clusters, found.reason, curve, seeding, votes)


def try_numbers(
    sample: sparse.csr_matrix, numbers: Collection[int], *, seed: int
) -> tuple[Candidate, ...]:
    """What the criteria say of these numbers of clusters, where the sample has rows enough."""
    rows = _search_rows(sample, seed)
    different = n_distinct(rows, most=max(numbers))
    most = min(different, rows.shape[0] // _LEAST_ROWS)
    return _measured(rows, [k for k in sorted(set(numbers)) if 2 <= k <= most], seed)


def largest_number(n_rows: int) -> int:
    """Most clusters worth trying: up to 64 with 4 rows each, more with 32 rows each.

    Raises
    ------
    ClusteringError
        When there are fewer than four rows.
    """
    if n_rows < _LEAST_ROWS:
        raise ClusteringError(f"{n_rows} titles with known terms, expected at least 4 to cluster")
    few = min(n_rows // _LEAST_ROWS, _FIRST_RANGE)
    return max(few, n_rows // _ENOUGH_ROWS, 2)


def candidate_numbers(most: int) -> list[int]:
    """Numbers of clusters to try: each from 2 to 20, then 8 % apart, `most` the last."""
    numbers = list(range(2, min(most, _EVERY) + 1))
    while numbers[-1] < most:
        numbers.append(min(round(numbers[-1] * (1 + _APART)), most))
    return numbers


def _may_lie_above(curve: Sequence[Candidate], found: Vote, end: int) -> bool:
    silhouette = max(curve, key=lambda candidate: candidate.silhouette)
    return max(found.n_clusters, silhouette.n_clusters) > end // 2


def _search_rows(sample: sparse.csr_matrix, seed: int) -> sparse.csr_matrix:
    """At most `SEARCH_ROWS` rows, of those that are not empty."""
    filled = np.flatnonzero(np.diff(sample.indptr) > 0)
    if filled.size > SEARCH_ROWS:
        filled = np.sort(np.random.default_rng(seed).choice(filled, SEARCH_ROWS, replace=False))
    return sample[filled]


def _coordinates(rows: sparse.csr_matrix, most: int, seed: int) -> Rows:
    """The rows along their leading directions, where these say more than the rows do."""
    every = rows_of(rows)
    found = leading_coordinates(every, most, "cosine", seed=seed, weights=np.ones(every.n))
    return every if found is None else rows_of(found)


def _measured(rows: sparse.csr_matrix, numbers: Sequence[int], seed: int) -> tuple[Candidate, ...]:
    """What the criteria say of rising numbers of clusters."""
    if not numbers:
        return ()
    coordinates = _coordinates(rows, numbers[-1], seed)
    stability = bootstrap_stability(coordinates, numbers, seed=seed)
    rng = np.random.default_rng([seed, 0])
    measured = [
        Candidate.of(rows, _placed(rows, labels, number), number, stability=stability[number])
        for number, labels in descend(coordinates, numbers, rng, np.ones(rows.shape[0]))
    ]
    return tuple(reversed(measured))


def _placed(rows: sparse.csr_matrix, labels: IntArray, n_clusters: int) -> IntArray:
    """One exact step on the rows themselves, from clusters found along their directions."""
    n = rows.shape[0]
    member = sparse.csr_matrix((np.ones(n, np.float32), (labels, np.arange(n))), (n_clusters, n))
    return Centroids((member @ rows).toarray(), "cosine").labels(rows_of(rows))
