"""The tables of each collection, and what each is about."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from reelhouse import schema
from reelhouse.clustering.selection import CURVE


class PublishedTable(NamedTuple):
    """A table, as the contract names it."""

    collection: str
    name: str
    schema: pa.Schema
    about: str


_PARTS = "the manifest names the first of each part, so that `Version.rows_of` reads one of them"
_QUARANTINE = "Rows that broke a row rule, or that could not be read, with the reason."

PUBLISHED = (
    PublishedTable(
        "catalogue",
        "titles.parquet",
        schema.TITLES,
        "The good rows of the snapshot, by `title_id`.",
    ),
    PublishedTable(
        "catalogue", "assignments.parquet", schema.ASSIGNMENTS, "The cluster of every title."
    ),
    PublishedTable(
        "catalogue", "clusters.parquet", schema.CLUSTERS, "The clusters, those that died too."
    ),
    PublishedTable(
        "catalogue",
        "selection.parquet",
        CURVE,
        "The numbers of clusters that the last refit tried on its sample, one row each; one "
        "row where the number was asked for. Nights carry it and `figures/` along unchanged. "
        "Null is what has no finite value.",
    ),
    PublishedTable(
        "catalogue",
        "neighbours.parquet",
        schema.NEIGHBOURS,
        "For every cluster the nearest others.",
    ),
    PublishedTable(
        "catalogue",
        "recommendations.parquet",
        schema.NEXT_TITLES,
        "For every title what comes next, by `title_id` and `rank`: up to 10 titles of the "
        "same cluster and 5 of neighbour clusters ([methods.md](methods.md#next-titles)). Of a "
        f"large catalogue it is a folder of parts, each a range of ids; {_PARTS} "
        "(`results.recommendations.first`), and decodes the row groups that hold it. A "
        "version made on one that has none has none either, up to the next refit.",
    ),
    PublishedTable(
        "catalogue",
        "vectors.parquet",
        schema.VECTORS,
        "The features of every title, by `cluster_id` and `title_id`: whoever compares titles "
        "reads the row groups of a cluster and needs neither the texts nor the model "
        "(`reelhouse recommend --liked` does). Of a large catalogue it is a folder of parts, "
        f"each a range of clusters; {_PARTS} (`results.vectors.first`). A night adds, replaces "
        "and removes vectors. A version made on one that has none has none either, up to the "
        "next refit; readers then make the vectors anew.",
    ),
    PublishedTable(
        "catalogue",
        "features.parquet",
        schema.FEATURES,
        "What the features are, as the last refit made them.",
    ),
    PublishedTable(
        "catalogue",
        "positions.parquet",
        schema.POSITIONS,
        "Where every title stands on the map of the explorer page "
        "([methods.md](methods.md#the-map)). A night carries the places along; what was added "
        "stands among its next titles.",
    ),
    PublishedTable(
        "catalogue",
        "hierarchy.parquet",
        schema.HIERARCHY,
        "The tree of clusters, as the last refit made it; nights carry it along unchanged.",
    ),
    PublishedTable(
        "catalogue",
        "changes.parquet",
        schema.CHANGES,
        "What changed since the version before.",
    ),
    PublishedTable("catalogue", "quarantine.parquet", schema.QUARANTINE, _QUARANTINE),
    PublishedTable(
        "viewers", "assignments.parquet", schema.USER_ASSIGNMENTS, "The cluster of every user."
    ),
    PublishedTable("viewers", "clusters.parquet", schema.USER_CLUSTERS, "The clusters of users."),
    PublishedTable(
        "viewers",
        "preferences.parquet",
        schema.PREFERENCES,
        "What each cluster prefers over the average, by title and by genre.",
    ),
    PublishedTable(
        "viewers", "titles.parquet", schema.RATED_TITLES, "The rated titles: columns of the matrix."
    ),
    PublishedTable(
        "viewers",
        "recommendations.parquet",
        schema.USER_RECOMMENDATIONS,
        "By `user_id` and `rank`. Of many users it is a folder of parts, each a range of ids; "
        f"{_PARTS}\n(`results.recommendations.first`).",
    ),
    PublishedTable(
        "viewers",
        "links.parquet",
        schema.LINKS,
        "Rated titles and titles of the catalogue that are the same work; where the store has "
        "a catalogue.",
    ),
    PublishedTable(
        "viewers", "profile.parquet", schema.PROFILE, "The interaction matrix in figures."
    ),
    PublishedTable("viewers", "quarantine.parquet", schema.QUARANTINE, _QUARANTINE),
    PublishedTable(
        "comparison",
        "comparison.parquet",
        schema.COMPARISON,
        "A row for each protocol and model: means over the splits.",
    ),
    PublishedTable(
        "comparison",
        "splits.parquet",
        schema.COMPARISON_SPLITS,
        "A row for each protocol, model and split.",
    ),
    PublishedTable(
        "comparison",
        "curves.parquet",
        schema.COMPARISON_CURVES,
        "The best trial of each model, epoch by epoch.",
    ),
    PublishedTable(
        "comparison", "trials.parquet", schema.COMPARISON_TRIALS, "The settings that were tried."
    ),
    PublishedTable("comparison", "quarantine.parquet", schema.QUARANTINE, _QUARANTINE),
)

#: What a source must yield; see docs/extending.md.
SOURCES = (
    PublishedTable(
        "sources",
        "SOURCE_TITLES",
        schema.SOURCE_TITLES,
        "A source of titles: every record of the input is a row, good or bad, and none is dropped.",
    ),
    PublishedTable(
        "sources",
        "RATINGS",
        schema.RATINGS,
        "A source of ratings, in partitions: sorted by user and title, a user in one partition "
        "only.",
    ),
    PublishedTable("sources", "TITLE_NAMES", schema.TITLE_NAMES, "Names of rated titles."),
    PublishedTable("sources", "TITLE_GENRES", schema.TITLE_GENRES, "Genres of rated titles."),
)
