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

from reelhouse.clustering.coarse import Coarse
from reelhouse.clustering.geometry import FloatArray, IntArray, unit_rows
from reelhouse.clustering.kernels_coarse import MAX_CLUSTERS, coarse_nearest
from reelhouse.clustering.kernels_products import WIDTH, all_scores, nearest_centroids, used_columns
from reelhouse.clustering.kernels_sums import (
    add_rows,
    fade_and_measure,
    group_by_label,
    write_centroids,
)
from reelhouse.clustering.rows import Rows, aligned_zeros, in_pieces

Geometry = Literal["euclidean", "cosine"]
DoubleArray = NDArray[np.float64]

#: A fade below this forgets everything.
_NOTHING = 1e-30
#: Entries per feature that pay for laying the centroids out for the coarse look.
_COARSE_ENTRIES = 30
#: Fewer clusters are looked at exactly in no more time.
_COARSE_CLUSTERS = 48


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

    _coarse: Coarse | None

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
        self._lay_out()

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
        made._lay_out()
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
        # The tiles are laid out anew where it arrives: half the bytes, and aligned.
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

    @property
    def _like(self) -> tuple[float, ...]:
        return (0.0,) * used_columns(self.n_clusters)

    def nearest(self, rows: Rows, *, second: bool = False) -> Nearest:
        """Nearest centroid of each row and what it costs; the second-nearest when asked."""
        others = rows.n if second else 0
        labels, best = np.zeros(rows.n, np.int32), np.full(rows.n, -np.inf, np.float32)
        second_labels = np.full(others, -1, np.int32)
        second_best = np.full(others, -np.inf, np.float32)
        in_pieces(
            lambda first, last: nearest_centroids(
                rows.indptr, rows.indices, rows.data, rows.numbers, self._tiles, self._bias,
                first, last, labels, best, second_labels, second_best, second, self._like,
            ),
            rows.n, self.n_threads, work=rows.work * self.n_clusters,
        )  # fmt: skip
        squares = rows.squares(self.n_threads)
        return Nearest(
            labels,
            self._costs(best, squares),
            squares,
            second_labels,
            self._costs(second_best, squares) if second else np.empty(0),
        )

    def labels(self, rows: Rows) -> IntArray:
        """Nearest centroid of each row."""
        if self._is_worth_coarse(rows):
            return self._coarse_labels(rows)
        return self._exact_labels(rows)

    def _exact_labels(self, rows: Rows) -> IntArray:
        labels, best = np.zeros(rows.n, np.int32), np.full(rows.n, -np.inf, np.float32)
        none = np.empty(0, np.int32)
        in_pieces(
            lambda first, last: nearest_centroids(
                rows.indptr, rows.indices, rows.data, rows.numbers, self._tiles, self._bias,
                first, last, labels, best, none, best[:0], False,
                self._like,
            ),
            rows.n, self.n_threads, work=rows.work * self.n_clusters,
        )  # fmt: skip
        return labels

    def _is_worth_coarse(self, rows: Rows) -> bool:
        """Whether enough entries meet enough centroids to pay for laying them out once more."""
        few_or_many = not _COARSE_CLUSTERS <= self.n_clusters <= MAX_CLUSTERS
        return not few_or_many and rows.work > _COARSE_ENTRIES * self.centers.shape[1]

    def _coarse_labels(self, rows: Rows) -> IntArray:
        """Labels by a coarse look, and by an exact one at the rows that it leaves in doubt."""
        coarse = self._coarse
        if coarse is None:
            coarse = self._coarse = self._laid_out_coarse()
        labels, doubtful = np.zeros(rows.n, np.int32), np.empty(rows.n, np.bool_)
        in_pieces(
            lambda first, last: coarse_nearest(
                rows.indptr, rows.indices, rows.data, rows.numbers, coarse.table, coarse.steps,
                coarse.bias, coarse.step, first, last, labels, doubtful, coarse.like,
            ),
            rows.n, self.n_threads, work=rows.work * self.n_clusters, rows_per_piece=1024,
        )  # fmt: skip
        doubts = np.flatnonzero(doubtful)
        labels[doubts] = self._exact_labels(rows.take(doubts))
        return labels

    def _laid_out_coarse(self) -> Coarse:
        bias = self._bias.reshape(-1)[: self.n_clusters]
        return Coarse.of(self.centers, bias, self.n_threads)

    def costs(self, rows: Rows) -> DoubleArray:
        """Squared Euclidean or cosine distance of each row to each centroid, (n, n_clusters)."""
        scores = np.empty((rows.n, self.n_clusters), np.float32)
        in_pieces(
            lambda first, last: all_scores(
                rows.indptr, rows.indices, rows.data, rows.numbers, self._tiles, self._bias,
                first, last, scores,
            ),
            rows.n, self.n_threads, work=rows.work * self.n_clusters,
        )  # fmt: skip
        return self._costs(scores, rows.squares(self.n_threads)[:, None])

    def add(
        self, rows: Rows, found: Nearest, weights: DoubleArray, into: DoubleArray, *, by: float = 1
    ) -> DoubleArray:
        """Add each row to the sums of its centroid; return the weight that each received.

        Parameters
        ----------
        rows : Rows
        found : Nearest, of these rows
        weights : ndarray of shape (n,), float64
        into : ndarray of shape (n_clusters, n_features), float64
            Added to.
        by : float
            Multiplies the sums that are added.
        """
        scaled = weights * by
        if self.geometry == "cosine":
            scaled = scaled / np.sqrt(np.where(found.squares > 0, found.squares, 1.0))
        k = self.n_clusters
        starts, order = np.empty(k + 1, np.int64), np.empty(rows.n, np.int64)
        group_by_label(found.labels, starts, order)
        in_pieces(
            lambda first, last: add_rows(
                rows.indptr, rows.indices, rows.data, rows.numbers, scaled, starts, order,
                first, last, into,
            ),
            k, self.n_threads, work=rows.work, rows_per_piece=max(1, k // 64),
        )  # fmt: skip
        return mass_by_label(found.labels, weights, k)

    def learn(self, rows: Rows, found: Nearest, weights: DoubleArray, *, fade: float = 1.0) -> None:
        """Fade what was received, add the rows, and move the centroids that received any."""
        if fade < _NOTHING:
            self.sums[:] = 0
            self.counts[:] = 0
            fade = 1.0
        # Added at 1 / fade and then faded with all the rest: one pass over the sums, not two.
        received = self.add(rows, found, weights, self.sums, by=1.0 / fade)
        self._move(received, fade)

    def absorb(self, sums: DoubleArray, received: DoubleArray, *, fade: float = 1.0) -> None:
        """As `learn`, with rows that were summed elsewhere; a fade of 0 keeps these sums alone."""
        if fade == 0.0:
            self.sums[:] = sums
            self.counts[:] = 0
            fade = 1.0
        else:
            self.sums *= fade
            self.sums += sums
            self.counts *= fade
            fade = 1.0
        self._move(received, fade)

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
        self._write(np.zeros(self.n_clusters))

    def _lay_out(self) -> None:
        n_tiles = -(-self.n_clusters // WIDTH)
        self._tiles = aligned_zeros((n_tiles, self.centers.shape[1], WIDTH), np.float32)
        self._bias = np.full((n_tiles, WIDTH), -np.inf, dtype=np.float32)
        self._write(np.zeros(self.n_clusters))

    def _move(self, received: DoubleArray, fade: float) -> None:
        squares = np.empty(self.n_clusters)
        in_pieces(
            lambda first, last: fade_and_measure(self.sums, fade, first, last, squares),
            self.n_clusters, self.n_threads, work=self.sums.size,
            rows_per_piece=max(1, self.n_clusters // 8),
        )  # fmt: skip
        self.counts *= fade
        self.counts += received
        size = np.sqrt(squares) if self.geometry == "cosine" else self.counts
        # Rows without an entry have no direction; and who received nothing stays.
        moved = (received > 0) & (size > 0)
        scale = np.where(moved, 1.0 / np.where(moved, size, 1.0), 0.0)
        self._squares = np.where(moved, squares * scale**2, self._squares)
        self._write(scale)

    def _write(self, scale: DoubleArray) -> None:
        n_features = self.centers.shape[1]
        in_pieces(
            lambda first, last: write_centroids(
                self.sums, scale, self.centers, self._tiles, first, last
            ),
            n_features, self.n_threads, work=self.sums.size, rows_per_piece=4096,
        )  # fmt: skip
        bias = -0.5 * self._squares if self.geometry == "euclidean" else 0.0
        self._bias.reshape(-1)[: self.n_clusters] = bias
        self._coarse = None

    def _costs(self, scores: NDArray[np.floating], squares: DoubleArray) -> DoubleArray:
        if self.geometry == "euclidean":
            return np.maximum(squares - 2.0 * scores, 0.0)
        # A row without an entry is equally far from every centroid.
        return np.clip(1.0 - scores / np.sqrt(np.where(squares > 0, squares, 1.0)), 0.0, 2.0)


def _from_arrays(
    arrays: Mapping[str, NDArray[Any]], geometry: Geometry, n_threads: int | None
) -> Centroids:
    return Centroids.from_arrays(arrays, geometry, n_threads=n_threads)


def mass_by_label(labels: NDArray[np.integer], weights: DoubleArray, n_labels: int) -> DoubleArray:
    """Sum of the weights of each label, shape (n_labels,)."""
    # Without rows bincount counts in integers.
    return np.bincount(labels, weights=weights, minlength=n_labels).astype(np.float64)
