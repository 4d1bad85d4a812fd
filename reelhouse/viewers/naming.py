"""Names of the clusters of users, from what they prefer.

The rule: up to two genres that set the cluster's ratings apart most ("Horror · Sci-Fi"). Of the
genres with a lift of at least 1.1 and 3 % of the cluster's ratings these are the ones with the
largest share * ln(lift), the genre's part of the divergence between the cluster's ratings and all
ratings: a rare genre with a high lift hardly shapes what a cluster watches. A cluster without such
a genre goes by its two titles of highest lift ("Fans of Alien · Brazil"), one without those by
"Average taste". Clusters that would share a name get their best title behind it ("Drama · Romance:
Emma"), then the next title, and at last their number.

References
----------
Kullback, S. and Leibler, R. A. (1951). On information and sufficiency. Ann. Math. Stat. 22.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from reelhouse.settings import Settings
from reelhouse.viewers.counts import ClusterCounts

SEPARATOR = " · "
AVERAGE = "Average taste"
EMPTY = "Nobody"

#: Columns of USER_CLUSTERS that follow from the ratings.
CLUSTER_TASTES = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("share", pa.float64(), nullable=False),
        pa.field("n_ratings", pa.int64(), nullable=False),
        pa.field("mean_rating", pa.float64()),
        pa.field("top_titles", pa.list_(pa.string())),
        pa.field("top_genres", pa.list_(pa.string())),
    ]
)


class NamingSettings(Settings):
    """What makes a cluster's name."""

    min_lift: float = Field(default=1.1, ge=1)
    """A genre or title below this lift is no mark of a cluster."""

    min_genre_share: float = Field(default=0.03, ge=0, le=1)
    """A genre with a smaller share of the cluster's ratings is no mark of it."""

    top_titles: PositiveInt = 10
    """Titles listed per cluster."""

    top_genres: PositiveInt = 3
    """Genres listed per cluster."""


@dataclass(frozen=True)
class Taste:
    """What marks one cluster: the most telling first, possibly nothing."""

    genres: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


def cluster_tastes(
    counts: ClusterCounts,
    preferences: pa.Table,
    settings: NamingSettings,
    cluster_ids: NDArray[np.int32] | None = None,
) -> pa.Table:
    """Name the clusters and list what they prefer.

    Parameters
    ----------
    counts : ClusterCounts
    preferences : Table of schema PREFERENCES, of the same clusters
    settings : NamingSettings
    cluster_ids : ndarray of shape (n_clusters,), int32, or None
        Published id of each cluster; None: its index.

    Returns
    -------
    Table of schema CLUSTER_TASTES
        One row per cluster, empty ones too, by id.
    """
    ids = cluster_ids if cluster_ids is not None else np.arange(counts.n_clusters)
    order = np.argsort(ids, kind="stable")
    tastes = tastes_of(preferences, settings)
    sizes = counts.sizes[order]
    n = counts.counts.sum(axis=1, dtype=np.int64)[order]
    means = np.divide(counts.sums.sum(axis=1)[order], n, out=np.full(len(n), np.nan), where=n > 0)
    listed = [tastes.get(cluster_id, Taste()) for cluster_id in ids[order].tolist()]
    columns = {
        "cluster_id": ids[order].astype(np.int32),
        "name": cluster_names(ids[order].tolist(), listed, sizes.tolist()),
        "size": sizes,
        "share": sizes / max(1, sizes.sum()),
        "n_ratings": n,
        "mean_rating": pa.array(means, from_pandas=True),
        "top_titles": [list(taste.titles) for taste in listed],
        "top_genres": [list(taste.genres) for taste in listed],
    }
    return pa.table(columns, schema=CLUSTER_TASTES)


def tastes_of(preferences: pa.Table, settings: NamingSettings) -> dict[int, Taste]:
    """What marks each cluster, by its id; clusters without ratings are absent."""
    fields = ("cluster_id", "kind", "rank", "name", "lift", "share")
    rows = sorted(zip(*(preferences[field].to_pylist() for field in fields), strict=True))
    tastes: dict[int, Taste] = {}
    for cluster_id, group in groupby(rows, key=lambda row: row[0]):
        genres: list[tuple[float, str]] = []
        titles: list[str] = []
        for _, kind, _, name, lift, share in group:
            if lift < settings.min_lift:
                continue
            if kind == "title":
                titles.append(name)
            elif share >= settings.min_genre_share:
                genres.append((-share * math.log(lift), name))
        tastes[cluster_id] = Taste(
            tuple(name for _, name in sorted(genres)[: settings.top_genres]),
            tuple(titles[: settings.top_titles]),
        )
    return tastes


def cluster_names(cluster_ids: list[int], tastes: list[Taste], sizes: list[int]) -> list[str]:
    """Names, no two alike, by the rule of this module."""
    plain = [_plain(taste, size) for taste, size in zip(tastes, sizes, strict=True)]
    names = list(plain)
    for rank in range(2):
        times = Counter(names)
        for index, taste in enumerate(tastes):
            # Those named after their titles already show the first two of them.
            if times[names[index]] > 1 and taste.genres and len(taste.titles) > rank:
                names[index] = f"{plain[index]}: {taste.titles[rank]}"
    times = Counter(names)
    return [
        f"{name} ({cluster_id})" if times[name] > 1 else name
        for name, cluster_id in zip(names, cluster_ids, strict=True)
    ]


def _plain(taste: Taste, size: int) -> str:
    if not size:
        return EMPTY
    if taste.genres:
        return SEPARATOR.join(taste.genres[:2])
    if taste.titles:
        return "Fans of " + SEPARATOR.join(taste.titles[:2])
    return AVERAGE
