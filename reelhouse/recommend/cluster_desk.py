"""What the compiled loops of the recommenders by cluster read, and what they work with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray, IntArray

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]
#: Products of likeness and factor below it are rounded to 0: no score.
LEAST = 4e-7
#: Mean vectors that a title is compared with at once.
LANES = 4


class History(NamedTuple):
    """Arrays of the history of all users."""

    starts: Places
    titles: IntArray
    weights: FloatArray


class Titles(NamedTuple):
    """Arrays of a `ClusterIndex`; its feature vectors by rows (places)."""

    cluster_of: IntArray
    place_of: IntArray
    member_starts: Places
    members: IntArray
    neighbours: IntArray
    vector_starts: Places
    columns: IntArray
    values: FloatArray
    factors: Doubles
    longest: int
    """Most features of a title."""


class Desk(NamedTuple):
    """What one thread works with.

    Between users `row_of` is -1, and `seen`, `liked`, `means`, `packed`, `is_touched` and
    `n_leading` are 0.
    """

    seen: NDArray[np.bool_]
    """Of shape (n_placed,): whether the user saw the title."""
    liked: Doubles
    """Of shape (n_clusters,): weight of what was liked there."""
    row_of: IntArray
    """Of shape (n_clusters,): row of a home in the arrays below."""
    means: Doubles
    """Of shape (n_clusters, n_features): mean vector of what was liked of each home."""
    touched: IntArray
    """Of shape (n_clusters, n_features): features of the liked titles of each home."""
    is_touched: NDArray[np.bool_]
    """Of shape (n_clusters, n_features): whether a feature stands there."""
    packed: Doubles
    """Of shape (n_features, n_lanes): mean vectors of the homes that lead to a cluster."""
    leading: IntArray
    """Of shape (n_clusters, n_clusters): rows of the homes that lead to each cluster, ascending."""
    n_leading: IntArray
    """Of shape (n_clusters,): how many these are."""
    queue_scores: FloatArray
    """Of shape (n_clusters, n)."""
    queue_titles: IntArray
    """Of shape (n_clusters, n)."""


class Homes(NamedTuple):
    """The homes of one user that places are given to, ascending, and what is known of each."""

    clusters: Places
    depths: Places
    """Most places of each."""
    norms: Doubles
    """Most that the product of its mean vector with a title's can be."""
    n_touched: Places
    """Features of its liked titles."""
    sizes: IntArray
    """Titles in its queue."""
    floors: Doubles
    """Titles whose likeness times factor is less cannot enter its queue."""
    limits: Doubles
    """Nor can titles whose factor is less."""


def desk(n_placed: int, n_clusters: int, n_features: int, n: int) -> Desk:
    """Make the arrays of one thread."""
    return Desk(
        seen=np.zeros(n_placed, np.bool_),
        liked=np.zeros(n_clusters),
        row_of=np.full(n_clusters, -1, np.int32),
        means=np.zeros((n_clusters, n_features)),
        touched=np.zeros((n_clusters, n_features), np.int32),
        is_touched=np.zeros((n_clusters, n_features), np.bool_),
        packed=np.zeros((n_features, -(-n_clusters // LANES) * LANES)),
        leading=np.zeros((n_clusters, n_clusters), np.int32),
        n_leading=np.zeros(n_clusters, np.int32),
        queue_scores=np.empty((n_clusters, n), np.float32),
        queue_titles=np.empty((n_clusters, n), np.int32),
    )
