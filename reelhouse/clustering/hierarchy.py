"""A tree of clusters: the two groups that are most alike join first.

Every cluster counts once, whatever its size. Ward's criterion with sizes as weights is the loss of
inertia of the titles, which makes small clusters join anyone first; the tree is to say which
clusters are alike.

References
----------
Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. JASA 58.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray


@dataclass(frozen=True)
class Tree:
    """A binary tree over n leaves; node n and on are inner nodes, the last one is the root.

    Attributes
    ----------
    parents : ndarray of shape (2 n - 1,), int64
        Parent of each node; -1 for the root.
    heights : ndarray of shape (2 n - 1,), float64
        0 for leaves; never below that of a child.
    """

    parents: NDArray[np.int64]
    heights: NDArray[np.float64]

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return (self.parents.size + 1) // 2

    def members(self) -> list[list[int]]:
        """The leaves below each inner node, ascending; inner nodes in their order."""
        below: list[list[int]] = [[leaf] for leaf in range(self.n_leaves)]
        below += [[] for _ in range(self.n_leaves, self.parents.size)]
        # A node comes before its parent.
        for node, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                below[parent] += below[node]
        return [sorted(leaves) for leaves in below[self.n_leaves :]]


def ward_tree(centroids: FloatArray) -> Tree:
    """Group centroids by Ward's criterion, every centroid of weight 1.

    Parameters
    ----------
    centroids : ndarray of shape (n_clusters, n_features)
        At least one row.

    Returns
    -------
    Tree
        Heights as scipy gives them: sqrt(2) times the root of what a join adds to the sum of
        squares, which for two leaves is their distance.
    """
    n = centroids.shape[0]
    parents = np.full(2 * n - 1, -1, dtype=np.int64)
    heights = np.zeros(2 * n - 1)
    if n > 1:
        from scipy.cluster.hierarchy import linkage

        joins = linkage(np.asarray(centroids, dtype=np.float64), method="ward")
        for number, (left, right, height, _) in enumerate(joins.tolist(), start=n):
            parents[[int(left), int(right)]] = number
            heights[number] = height
    return Tree(parents, heights)


def common_node(parents: NDArray[np.int64], left: int, right: int) -> int:
    """The lowest node above, or at, two nodes of one tree.

    Parameters
    ----------
    parents : ndarray of shape (n_nodes,)
        Parent of each node, always of a higher number; -1 for the root.
    left, right : int
    """
    while left != right:
        # The lower number cannot be above the other.
        if left < right:
            left = int(parents[left])
        else:
            right = int(parents[right])
    return left
