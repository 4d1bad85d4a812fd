"""Centroids that learn: the state of k-means in one geometry, over the compiled kernels.

A centroid is the mean (Euclidean) or the direction (cosine) of the weighted, perhaps faded, sum of
the rows that it received. The sums are the state; the centroids follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.coarse import MAX_CLUSTERS, Coarse
from reelhouse.clustering.geometry import FloatArray, IntArray, unit_rows
from reelhouse.clustering.groups import grouped, mass_by_label, products_with_centroid
from reelhouse.clustering.kernels_sums import add_rows, dot, follow_sums, learn_rows
from reelhouse.clustering.rows import Rows, in_pieces
from reelhouse.clustering.tiles import Tiles

Geometry = Literal["euclidean", "cosine"]
DoubleArray = NDArray[np.float64]

#: A fade below this forgets everything.
_NOTHING = 1e-30


@dataclass(frozen=True)
class Nearest:
    """Where rows were placed; all arrays have shape (n,).

    Attributes
    ----------
    labels : int32, the nearest centroid
    costs : float64, squared Euclidean distance or cosine distance to it
    squares : float64, squared length of the row
    second_labels : int32, the second-nearest centroid, -1 where there is one; empty if not asked
    second_costs : float64, infinity where there is one centroid; empty if not asked
    """

    labels: IntArray
    costs: DoubleArray
    squares: DoubleArray
    second_labels: IntArray
    second_costs: DoubleArray


class Centroids:
    """Centroids, what they received, and the layout that the kernels read.

    Parameters
    ----------
    start : ndarray of shape (n_clusters, n_features)
        Brought to unit length when the geometry is cosine; copied.
    geometry : "euclidean" or "cosine"
    n_threads : int or None
        None: one per core. Results do not depend on it.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features), float32
    sums : ndarray of shape (n_clusters, n_features), float64
    counts : ndarray of shape (n_clusters,), float64
        Weight received; 0 for a centroid that stands where it started.
    """

    def __init__(
        self, start: NDArray[np.floating], geometry: Geometry, *, n_threads: int | None = None
    ) -> None:
        self.geometry: Geometry = geometry
        self.n_threads = n_threads
        cosine = geometry == "cosine"
        self.centers: FloatArray = np.ascontiguousarray(
            unit_rows(start) if cosine else np.array(start, dtype=np.float32)
        )
        self.sums: DoubleArray = np.zeros(self.centers.shape)
        self.counts: DoubleArray = np.zeros(self.n_clusters)
        self._squares: DoubleArray = np.einsum(
            "ij,ij->i", self.centers, self.centers, dtype=np.float64
        )
        self._tiles: Tiles | None = None
        self._coarse: Coarse | None = None
        self._spare: Coarse | None = None

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], geometry: Geometry, *, n_threads: int | None = None
    ) -> Self:
        """The centroids whose `arrays()` these are, to the last bit."""
        made = cls.__new__(cls)
        made.geometry, made.n_threads = geometry, n_threads
        made.centers = arrays["centers"].astype(np.float32)
        made.sums = arrays["sums"].astype(np.float64)
        made.counts = arrays["counts"].astype(np.float64)
        made._squares = arrays["squares"].astype(np.float64)
        made._tiles = made._coarse = made._spare = None
        return made

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The whole state; what else there is follows from it."""
        return {
            "centers": self.centers,
            "sums": self.sums,
            "counts": self.counts,
            "squares": self._squares,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        # What is laid out from it is laid out anew where it arrives: fewer bytes, and aligned.
        return _from_arrays, (self.arrays(), self.geometry, self.n_threads)

    def with_threads(self, n_threads: int) -> Self:
        """These very centroids, to be used by so many threads."""
        shared = object.__new__(type(self))
        vars(shared).update(vars(self), n_threads=n_threads)
        return shared

    @property
    def n_clusters(self) -> int:
        """Number of centroids."""
        return int(self.centers.shape[0])

    def nearest(self, rows: Rows, *, second: bool = False) -> Nearest:
        """Nearest centroid of each row and what it costs; the second-nearest when asked."""
        squares = rows.squares(self.n_threads)
        if second or self.n_clusters > MAX_CLUSTERS:
            scores = self._laid_out().nearest(rows, self.n_threads, second=second)
            labels, best, second_labels, second_best = scores
            costs = self._costs(best, squares)
            second_costs = self._costs(second_best, squares) if second else np.empty(0)
            return Nearest(labels, costs, squares, second_labels, second_costs)
        labels = self.labels(rows)
        products = products_with_centroid(rows, labels, self.centers, self.n_threads)
        costs = self._costs(products + self._bias[labels], squares)
        return Nearest(labels, costs, squares, np.empty(0, np.int32), np.empty(0))

    def labels(self, rows: Rows) -> IntArray:
        """Nearest centroid of each row; up to 128 centroids are compared in double precision."""
        if self.n_clusters > MAX_CLUSTERS:
            return self._laid_out().nearest(rows, self.n_threads, second=False)[0]
        whole = rows.data.dtype.kind == "i"
        if self._coarse is None or self._coarse.whole != whole:
            spare = self._spare if self._spare and self._spare.whole == whole else None
            self._coarse = Coarse.of(
                self.centers, self._bias, whole=whole, n_threads=self.n_threads,
                spare=spare.table if spare else None,
            )  # fmt: skip
        return self._coarse.labels(rows, self.n_threads)

    def costs(self, rows: Rows) -> DoubleArray:
        """Squared Euclidean or cosine distance of each row to each centroid, (n, n_clusters)."""
        scores = self._laid_out().scores(rows, self.n_threads)
        return self._costs(scores, rows.squares(self.n_threads)[:, None])

    @property
    def _bias(self) -> DoubleArray:
        """What a centroid's products are raised by to tell how near it is."""
        euclidean = self.geometry == "euclidean"
        return -0.5 * self._squares if euclidean else np.zeros(self.n_clusters)

    def _laid_out(self) -> Tiles:
        if self._tiles is None:
            self._tiles = Tiles.of(self.centers, self._bias, self.n_threads)
        return self._tiles

    def summed(
        self, rows: Rows, labels: IntArray, weights: DoubleArray
    ) -> tuple[DoubleArray, DoubleArray, float]:
        """Sum rows by cluster; the centroids stay as they are.

        Parameters
        ----------
        rows : Rows
        labels : ndarray of shape (n,), int32
            Their nearest centroids.
        weights : ndarray of shape (n,), float64

        Returns
        -------
        tuple of (sums, weight received, weighted sum of costs)
            The first two have shape (n_clusters, n_features) and (n_clusters,).
        """
        squares = rows.squares(self.n_threads)
        scaled = self._scaled(weights, squares)
        starts, order = grouped(labels, self.n_clusters)
        sums = np.zeros(self.centers.shape)
        in_pieces(
            lambda first, last: add_rows(
                rows.indptr, rows.indices, rows.data, rows.numbers, scaled, starts, order,
                first, last, sums,
            ),
            self.n_clusters, self.n_threads, work=rows.work,
            rows_per_piece=max(1, self.n_clusters // 64),
        )  # fmt: skip
        received = mass_by_label(labels, weights, self.n_clusters)
        products = dot(sums.reshape(-1), self.centers.reshape(-1))
        return sums, received, self._inertia(products, squares, weights, received)

    def learn(
        self, rows: Rows, labels: IntArray, weights: DoubleArray, *, fade: float = 1.0
    ) -> float:
        """Fade what was received, add the rows, and move the centroids that received any.

        Parameters
        ----------
        rows : Rows
        labels : ndarray of shape (n,), int32
            Their nearest centroids.
        weights : ndarray of shape (n,), float64
        fade : float

        Returns
        -------
        float
            Weighted sum of what the rows cost at the centroids as they were.
        """
        if fade < _NOTHING:
            self.sums[:] = 0
            self.counts[:] = 0
            fade = 1.0
        squares = rows.squares(self.n_threads)
        scaled = self._scaled(weights, squares)
        received = mass_by_label(labels, weights, self.n_clusters)
        before = self._squares.copy()
        self.counts *= fade
        self.counts += received
        starts, order = grouped(labels, self.n_clusters)
        products = np.empty(self.n_clusters)
        in_pieces(
            lambda first, last: learn_rows(
                rows.indptr, rows.indices, rows.data, rows.numbers, scaled, starts, order, fade,
                self.counts, self.geometry == "cosine", first, last, self.sums, self.centers,
                self._squares, products,
            ),
            self.n_clusters, self.n_threads, work=rows.work + self.sums.size,
            rows_per_piece=max(1, self.n_clusters // 32),
        )  # fmt: skip
        self._forget_layouts()
        return self._inertia(float(products.sum()), squares, weights, received, before)

    def absorb(self, sums: DoubleArray, received: DoubleArray, *, fade: float = 1.0) -> None:
        """As `learn`, with rows that were summed elsewhere; a fade of 0 keeps these sums alone."""
        if fade == 0.0:
            self.sums[:] = sums
            self.counts[:] = received
        else:
            self.sums *= fade
            self.sums += sums
            self.counts *= fade
            self.counts += received
        in_pieces(
            lambda first, last: follow_sums(
                self.sums, self.counts, self.geometry == "cosine", received > 0, first, last,
                self.centers, self._squares,
            ),
            self.n_clusters, self.n_threads, work=self.sums.size,
            rows_per_piece=max(1, self.n_clusters // 8),
        )  # fmt: skip
        self._forget_layouts()

    def replace(self, clusters: IntArray, rows: FloatArray, weight: float) -> None:
        """Put centroids onto rows, as if each had received its row with that weight.

        Parameters
        ----------
        clusters : ndarray of shape (n,)
        rows : ndarray of shape (n, n_features)
        """
        placed = unit_rows(rows) if self.geometry == "cosine" else rows
        self.centers[clusters] = placed
        self.sums[clusters] = placed.astype(np.float64) * weight
        self.counts[clusters] = weight
        self._squares[clusters] = np.einsum("ij,ij->i", placed, placed, dtype=np.float64)
        self._forget_layouts()

    def _forget_layouts(self) -> None:
        """What was laid out from centroids that have moved; the room is kept."""
        self._spare, self._coarse, self._tiles = self._coarse or self._spare, None, None

    def _scaled(self, weights: DoubleArray, squares: DoubleArray) -> DoubleArray:
        """What rows are multiplied by before they are added."""
        if self.geometry == "euclidean":
            return weights
        return weights / np.sqrt(np.where(squares > 0, squares, 1.0))

    def _inertia(
        self,
        products: float,
        squares: DoubleArray,
        weights: DoubleArray,
        received: DoubleArray,
        lengths: DoubleArray | None = None,
    ) -> float:
        """Weighted sum of costs, from sums: no row is looked at for it."""
        if self.geometry == "cosine":
            return max(float(weights.sum()) - products, 0.0)
        lengths = self._squares if lengths is None else lengths
        return max(dot(squares, weights) - 2.0 * products + dot(received, lengths), 0.0)

    def _costs(self, scores: NDArray[np.floating], squares: DoubleArray) -> DoubleArray:
        if self.geometry == "euclidean":
            return np.maximum(squares - 2.0 * scores, 0.0)
        # A row without an entry is equally far from every centroid.
        return np.clip(1.0 - scores / np.sqrt(np.where(squares > 0, squares, 1.0)), 0.0, 2.0)


def _from_arrays(
    arrays: Mapping[str, NDArray[Any]], geometry: Geometry, n_threads: int | None
) -> Centroids:
    return Centroids.from_arrays(arrays, geometry, n_threads=n_threads)
