"""All tables that describe the clusters of users, from two passes over the labelled blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.settings import Settings
from reelhouse.viewers.blocks import KernelBlock, LoadBlock, read_blocks
from reelhouse.viewers.counts import ClusterCounts, count_ratings
from reelhouse.viewers.heatmaps import DensestCells, HeatmapSettings
from reelhouse.viewers.naming import NamingSettings, cluster_tastes
from reelhouse.viewers.preferences import PreferenceSettings, preferences_table
from reelhouse.viewers.tastes import GenreTastes, TasteSettings, choose_genres
from reelhouse.viewers.titles import Titles


class DescriptionSettings(Settings):
    """How clusters of users are described."""

    preferences: PreferenceSettings = PreferenceSettings()
    """What counts as a preference."""

    naming: NamingSettings = NamingSettings()
    """What makes a cluster's name."""

    heatmaps: HeatmapSettings = HeatmapSettings()
    """How much of a cluster a heatmap shows."""

    tastes: TasteSettings = TasteSettings()
    """The genre scatter: which genres and which users."""


@dataclass(frozen=True)
class Descriptions:
    """Tables that describe the clusters.

    Attributes
    ----------
    clusters : Table of schema CLUSTER_TASTES
    preferences : Table of schema PREFERENCES
    heatmaps : Table of schema HEATMAP
    tastes : Table of schema TASTES
    counts : ClusterCounts
        What the tables were made from.
    """

    clusters: pa.Table
    preferences: pa.Table
    heatmaps: pa.Table
    tastes: pa.Table
    counts: ClusterCounts


def describe_clusters(
    load: LoadBlock,
    n_blocks: int,
    titles: Titles,
    *,
    n_clusters: int,
    settings: DescriptionSettings,
    cluster_ids: NDArray[np.int32] | None = None,
    n_threads: int | None = None,
) -> Descriptions:
    """Describe the clusters, in memory O(n_clusters x n_titles) and a few blocks.

    Parameters
    ----------
    load : callable
        Returns the block of an index; called twice for each, from threads.
    n_blocks : int
    titles : Titles
        Of the blocks' columns.
    n_clusters : int
        Labels are 0 to n_clusters - 1, or negative for users who are in no cluster.
    settings : DescriptionSettings
    cluster_ids : ndarray of shape (n_clusters,), int32, or None
        Published id of each cluster; None: its index.
    n_threads : int or None
        None: one per core; the tables do not depend on it.

    Raises
    ------
    ClusteringError
        A block does not fit, or the settings name an unknown genre.
    """
    n_titles = len(titles.names)

    def blocks() -> Iterator[KernelBlock]:
        return read_blocks(
            load, n_blocks, n_clusters=n_clusters, n_titles=n_titles, n_threads=n_threads
        )

    counts = count_ratings(blocks(), n_clusters=n_clusters, n_titles=n_titles, n_threads=n_threads)
    cells = DensestCells(counts, titles, settings.heatmaps, n_threads)
    genres = choose_genres(counts, titles, settings.tastes)
    tastes = GenreTastes(titles, genres, settings.tastes, n_threads)
    for block in blocks():
        cells.add(block)
        tastes.add(block)
    preferences = preferences_table(counts, titles, settings.preferences, cluster_ids)
    return Descriptions(
        clusters=cluster_tastes(counts, preferences, settings.naming, cluster_ids),
        preferences=preferences,
        heatmaps=cells.table(cluster_ids),
        tastes=tastes.table(cluster_ids),
        counts=counts,
    )
