"""Where a clustering is weak: clusters that are loose, or blur into a neighbour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

#: A title whose margin is a smaller share of its distance to the next cluster lies on the border.
BORDER = 0.1
#: Weak are clusters of which this share lies on the border to one neighbour, ...
BLUR_SHARE = 0.1
#: ... of which this share are outliers, ...
OUTLIER_SHARE = 0.05
#: ... or whose silhouette is below this share of the mean of all clusters.
SILHOUETTE_SHARE = 0.5


@dataclass(frozen=True)
class ClusterQuality:
    """One cluster.

    Attributes
    ----------
    cluster_id, size : int
    silhouette : float or None
        Mean over its sampled titles.
    outlier_share : float
    margin : float or None
        Mean margin of its titles: how much farther the next centroid is.
    blurs_into : int or None
        The neighbour that most of its border titles are next to.
    blur_share : float
        Share of its titles on that border.
    weak : tuple of str
        What is weak about it, in words; empty where nothing is.
    """

    cluster_id: int
    size: int
    silhouette: float | None
    outlier_share: float
    margin: float | None
    blurs_into: int | None
    blur_share: float
    weak: tuple[str, ...]


def weak_spots(
    assignments: pa.Table, cluster_ids: Sequence[int], silhouettes: Sequence[float | None]
) -> list[ClusterQuality]:
    """Measure every cluster.

    Parameters
    ----------
    assignments : Table with the schema `ASSIGNMENTS`
    cluster_ids : sequence of n_clusters ints
    silhouettes : sequence of n_clusters floats, None where unknown

    Returns
    -------
    list of n_clusters ClusterQuality, in the order of the ids
    """
    of_cluster = assignments["cluster_id"].to_numpy()
    known = [value for value in silhouettes if value is not None]
    usual = float(np.mean(known)) if known else 0.0
    found = []
    for cluster_id, silhouette in zip(cluster_ids, silhouettes, strict=True):
        rows = assignments.take(pa.array(np.flatnonzero(of_cluster == cluster_id)))
        found.append(_measured(rows, cluster_id, silhouette, usual))
    return found


def _measured(
    rows: pa.Table, cluster_id: int, silhouette: float | None, usual: float
) -> ClusterQuality:
    size = rows.num_rows
    statuses = rows["status"].to_pylist()
    outlier_share = statuses.count("outlier") / size if size else 0.0
    margins = [margin for margin in rows["margin"].to_pylist() if margin is not None]
    blurs_into, blur_share = _border(rows)
    weak = []
    if silhouette is not None and silhouette < SILHOUETTE_SHARE * usual:
        weak.append("loose")
    if outlier_share > OUTLIER_SHARE:
        weak.append("many outliers")
    if blur_share > BLUR_SHARE:
        weak.append("blurs")
    margin = float(np.mean(margins)) if margins else None
    return ClusterQuality(
        cluster_id, size, silhouette, outlier_share, margin, blurs_into, blur_share, tuple(weak)
    )


def _border(rows: pa.Table) -> tuple[int | None, float]:
    """The neighbour with the most border titles, and their share."""
    columns = [rows[name].to_pylist() for name in ("margin", "second_distance")]
    seconds = rows["second_cluster_id"].to_pylist()
    near = Counter(
        second
        for margin, distance, second in zip(*columns, seconds, strict=True)
        if margin is not None and margin <= BORDER * distance
    )
    if not near:
        return None, 0.0
    # Of equally near ones the lower id, whatever the order of the titles.
    blurs_into = min(near, key=lambda cluster: (-near[cluster], cluster))
    return int(blurs_into), near[blurs_into] / rows.num_rows
