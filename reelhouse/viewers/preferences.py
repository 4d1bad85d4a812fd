"""What each cluster of users prefers, by title and by genre: lift over all users.

The lift of a title in a cluster is its share of the cluster's ratings divided by its share of all
ratings, which is the observed number of ratings over the expected one. Both get a pseudo-count, so
that chance on a handful of ratings does not look like taste:

    lift = (n_ratings + pseudo_ratings) / (expected + pseudo_ratings)

and a title is ranked only where enough of the cluster's users rated it.

References
----------
Good, I. J. (1965). The estimation of probabilities. MIT Press. (Pseudo-counts.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveInt

from reelhouse.schema import PREFERENCES
from reelhouse.settings import Settings
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.titles import Titles

FloatArray = NDArray[np.float64]


class PreferenceSettings(Settings):
    """What counts as a preference."""

    top_titles: PositiveInt = 50
    """Titles listed per cluster."""

    min_raters: PositiveInt = 5
    """Fewest users of the cluster who rated a listed title; half of a cluster that is smaller
    than twice this."""

    min_rater_share: float = Field(default=0.05, ge=0, le=1)
    """Smallest share of the cluster's users who rated a listed title."""

    pseudo_ratings: NonNegativeFloat = 10.0
    """Added to the observed and the expected number of ratings."""


def preferences_table(
    counts: ClusterCounts,
    titles: Titles,
    settings: PreferenceSettings,
    cluster_ids: NDArray[np.int32] | None = None,
) -> pa.Table:
    """Rank titles and genres by lift within each cluster.

    Ties go to the more often rated, then to the smaller title id or the genre first in the
    alphabet. A title with several genres counts its rating for each of them. Clusters without
    ratings have no rows.

    Parameters
    ----------
    counts : ClusterCounts
    titles : Titles
    settings : PreferenceSettings
    cluster_ids : ndarray of shape (n_clusters,), int32, or None
        Published id of each cluster; None: its index.

    Returns
    -------
    Table of schema PREFERENCES
        By cluster, titles before genres, by rank.
    """
    ids = cluster_ids if cluster_ids is not None else np.arange(counts.n_clusters, dtype=np.int32)
    by_title = _Kind.of("title", counts, titles.names, titles.title_ids)
    by_genre = _Kind.of("genre", genre_counts(counts, titles), titles.genres)
    per_cluster = counts.counts.sum(axis=1, dtype=np.int64)
    rows = [PREFERENCES.empty_table()]
    for cluster in np.argsort(ids, kind="stable").tolist():
        if not per_cluster[cluster]:
            continue
        share = float(per_cluster[cluster] / per_cluster.sum())
        fewest = min_support(int(counts.sizes[cluster]), settings)
        for kind, most, least in (
            (by_title, settings.top_titles, fewest),
            (by_genre, len(titles.genres), 0),
        ):
            lifts = lift(kind.counts.counts[cluster], kind.totals * share, settings.pseudo_ratings)
            best = _ranked(kind, cluster, lifts, least)[:most]
            table = _rows(kind, cluster, best, lifts[best], int(per_cluster[cluster]))
            identity = pa.array(np.full(len(best), ids[cluster]), pa.int32())
            rows.append(table.add_column(0, PREFERENCES.field("cluster_id"), identity))
    return pa.concat_tables(rows)


def lift(observed: NDArray[Any], expected: NDArray[Any], pseudo: float) -> FloatArray:
    """Observed over expected, both with the pseudo-count; 1 where nothing is expected.

    Parameters
    ----------
    observed, expected : ndarrays of shape (n,)
    """
    lower = expected + pseudo
    ratio: FloatArray = np.divide(
        observed + pseudo, lower, out=np.ones(len(lower)), where=lower > 0
    )
    return ratio


def min_support(size: int, settings: PreferenceSettings) -> int:
    """Fewest raters of a listed title in a cluster of `size` users."""
    fewest = min(settings.min_raters, max(1, math.ceil(size / 2)))
    return max(fewest, math.ceil(settings.min_rater_share * size))


def genre_counts(counts: ClusterCounts, titles: Titles) -> ClusterCounts:
    """Counts and sums by genre instead of title.

    Returns
    -------
    ClusterCounts
        Tables of shape (n_clusters, n_genres), counts int64.
    """
    shape = (counts.n_clusters, len(titles.genres))
    number = np.zeros(shape, dtype=np.int64)
    total = np.zeros(shape, dtype=np.float64)
    for genre in range(len(titles.genres)):
        columns = titles.genre_title[titles.genre_of == genre]
        number[:, genre] = counts.counts[:, columns].sum(axis=1, dtype=np.int64)
        total[:, genre] = counts.sums[:, columns].sum(axis=1)
    return ClusterCounts(counts.sizes, number, total)


@dataclass(frozen=True)
class _Kind:
    """Titles or genres: their counts, names and, in the order of ties, their numbers."""

    kind: Literal["title", "genre"]
    counts: ClusterCounts
    totals: NDArray[np.int64]
    names: tuple[str, ...]
    ids: NDArray[Any]

    @classmethod
    def of(
        cls,
        kind: Literal["title", "genre"],
        counts: ClusterCounts,
        names: tuple[str, ...],
        ids: NDArray[Any] | None = None,
    ) -> _Kind:
        totals = counts.counts.sum(axis=0, dtype=np.int64)
        return cls(kind, counts, totals, names, np.arange(len(names)) if ids is None else ids)


def _ranked(kind: _Kind, cluster: int, lifts: FloatArray, least: int) -> NDArray[np.int64]:
    """Indices of what has at least `least` ratings in the cluster, best first."""
    n = kind.counts.counts[cluster]
    enough = np.flatnonzero(n >= least)
    order: NDArray[np.int64] = enough[np.lexsort((kind.ids[enough], -n[enough], -lifts[enough]))]
    return order


def _rows(
    kind: _Kind, cluster: int, best: NDArray[np.int64], lifts: FloatArray, n_cluster: int
) -> pa.Table:
    """Columns of one cluster's titles or genres in the order given, without the cluster's id."""
    n = kind.counts.counts[cluster, best].astype(np.int64)
    means = np.divide(kind.counts.sums[cluster, best], n, out=np.full(len(n), np.nan), where=n > 0)
    names = pa.array([kind.names[index] for index in best], pa.string())
    of_title = kind.kind == "title"
    columns = {
        "kind": pa.array([kind.kind] * len(best), pa.string()),
        "title_id": pa.array(kind.ids[best] if of_title else [None] * len(best), pa.int32()),
        "genre": pa.nulls(len(best), pa.string()) if of_title else names,
        "name": names,
        "n_ratings": n,
        "mean_rating": pa.array(means, from_pandas=True),
        "share": n / n_cluster,
        "lift": lifts,
        "rank": pa.array(np.arange(1, len(best) + 1), pa.int32()),
    }
    return pa.table(columns, schema=PREFERENCES.remove(0))
