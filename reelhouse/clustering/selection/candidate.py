"""One number of clusters that was tried, and what the criteria say of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.selection.dispersion import calinski_harabasz, davies_bouldin
from reelhouse.clustering.selection.products import ClusterProducts
from reelhouse.clustering.selection.silhouette import silhouettes_of, simplified_silhouettes
from reelhouse.schema import column


@dataclass(frozen=True)
class Candidate:
    """One number of clusters that was tried, on a sample; NaN is what was not measured.

    Attributes
    ----------
    n_clusters : int
    inertia : float
        Sum of the rows' distances to their centroids.
    silhouette : float
        Mean over rows, by cosine distance to the other rows.
    simplified_silhouette : float
        Mean over rows, by cosine distance to the centroids.
    calinski_harabasz, davies_bouldin : float
    stability : float
        Adjusted Rand index of fits to bootstrap resamples.
    """

    n_clusters: int
    inertia: float
    silhouette: float
    simplified_silhouette: float = math.nan
    calinski_harabasz: float = math.nan
    davies_bouldin: float = math.nan
    stability: float = math.nan

    @classmethod
    def of(
        cls,
        rows: sparse.csr_matrix,
        labels: NDArray[np.integer],
        n_clusters: int,
        *,
        stability: float,
    ) -> Self:
        """What the criteria say of this clustering of unit rows.

        Parameters
        ----------
        rows : csr_matrix of shape (n, n_features), unit rows, at least one
        labels : ndarray of shape (n,)
        n_clusters : int
        stability : float
        """
        found = ClusterProducts.of(rows, labels)
        lengths = np.sqrt(np.diag(found.between))
        return cls(
            n_clusters=n_clusters,
            inertia=max(float(np.sqrt(found.squares).sum() - lengths.sum()), 0.0),
            silhouette=float(silhouettes_of(found).mean()),
            simplified_silhouette=float(simplified_silhouettes(found).mean()),
            calinski_harabasz=calinski_harabasz(found),
            davies_bouldin=davies_bouldin(found),
            stability=stability,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; None for what is not a finite number."""
        return {
            name: value if math.isfinite(value) else None for name, value in asdict(self).items()
        }


#: Numbers of clusters that were tried, on a sample.
CURVE = pa.schema(
    [
        column("n_clusters", pa.int32(), "number of clusters", null=False),
        column("inertia", pa.float64(), "sum of the distances to the centroids"),
        column("silhouette", pa.float64(), "mean, by distance to titles; high is good"),
        column("simplified_silhouette", pa.float64(), "mean, by distance to centroids"),
        column("calinski_harabasz", pa.float64(), "high is good"),
        column("davies_bouldin", pa.float64(), "low is good"),
        column("stability", pa.float64(), "adjusted Rand index of fits to bootstrap resamples"),
    ]
)


def curve_table(curve: Iterable[Candidate]) -> pa.Table:
    """Candidates as a table of schema `CURVE`, numbers rising; null for what is not finite."""
    ordered = sorted(curve, key=lambda candidate: candidate.n_clusters)
    return pa.Table.from_pylist([candidate.to_json() for candidate in ordered], schema=CURVE)


def curve_of(table: pa.Table) -> tuple[Candidate, ...]:
    """The candidates of a table of schema `CURVE`."""
    return tuple(Candidate(**_values(row)) for row in table.to_pylist())


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in row.items()}
