"""Tables of a catalogue version."""

from __future__ import annotations

import pyarrow as pa

from reelhouse.schema.column import column
from reelhouse.schema.sources import SOURCE_TITLES

_NAMES = pa.list_(pa.string())
_SOURCE_ONLY = ("row", "unreadable", "raw")

#: titles.parquet
TITLES = pa.schema(
    [column("title_id", pa.string(), "stable id: `t` and 16 hexadecimal digits", null=False)]
    + [field for field in SOURCE_TITLES if field.name not in _SOURCE_ONLY]
)

#: assignments.parquet
ASSIGNMENTS = pa.schema(
    [
        column("title_id", pa.string(), "one row per title", null=False),
        column("cluster_id", pa.int32(), "stable id of the nearest cluster", null=False),
        column(
            "distance",
            pa.float32(),
            "cosine distance to its centroid, 0 to 2, on the day it was placed; of deep clusters 1 "
            "less the title's share in the cluster",
        ),
        column("second_cluster_id", pa.int32(), "the next cluster; null when there is one cluster"),
        column("second_distance", pa.float32(), "distance to that centroid"),
        column(
            "margin",
            pa.float32(),
            "`second_distance` - `distance`; below 0 where a classifier chose otherwise",
        ),
        column(
            "status",
            pa.string(),
            "whether it fits its cluster; an outlier lies farther out than the cluster allows",
            null=False,
            values=("placed", "outlier"),
        ),
        column(
            "placed_in_version",
            pa.int64(),
            "version that placed the title: its first night, or the last refit",
            null=False,
        ),
        column(
            "probability",
            pa.float32(),
            "of the cluster, by the classifier that placed the title; null where the nearest "
            "centroid did",
        ),
    ]
)

#: clusters.parquet
CLUSTERS = pa.schema(
    [
        column("cluster_id", pa.int32(), "stable id, never used twice", null=False),
        column(
            "name",
            pa.string(),
            "what most of its titles are, such as `Korean romantic TV dramas`; unique within a "
            "version",
            null=False,
        ),
        column("size", pa.int64(), "titles; 0 for a cluster that died", null=False),
        column("top_terms", _NAMES, "up to 12, the most distinctive first"),
        column("representative_title_ids", _NAMES, "up to 5, the nearest to the centroid first"),
        column("mean_distance", pa.float32(), "mean distance of its titles to the centroid"),
        column("silhouette", pa.float32(), "mean over its sampled titles, of the fit"),
        column(
            "event",
            pa.string(),
            "what became of it in the last refit; `kept` at night",
            null=False,
            values=("born", "kept", "split", "merged", "died"),
        ),
        column("parents", pa.list_(pa.int32()), "clusters of the version before that it came from"),
    ]
)

#: neighbours.parquet
NEIGHBOURS = pa.schema(
    [
        column("cluster_id", pa.int32(), "a cluster", null=False),
        column("rank", pa.int32(), "1 is the nearest; up to 10", null=False),
        column("neighbour_id", pa.int32(), "another cluster", null=False),
        column("distance", pa.float32(), "cosine distance of the two centroids", null=False),
        column(
            "common_node_id",
            pa.int32(),
            "the lowest node of `hierarchy.parquet` above both; null where the fit published "
            "no tree",
        ),
    ]
)

#: hierarchy.parquet: the tree of clusters
HIERARCHY = pa.schema(
    [
        column(
            "node_id",
            pa.int32(),
            "the clusters first, then the inner nodes; the root comes last",
            null=False,
        ),
        column("parent_id", pa.int32(), "node above; null for the root"),
        column(
            "height",
            pa.float32(),
            "0 for a cluster; the higher, the less alike are the two below",
            null=False,
        ),
        column("cluster_id", pa.int32(), "the cluster; null for an inner node"),
        column("size", pa.int64(), "titles at the fit", null=False),
        column(
            "name",
            pa.string(),
            "of the cluster then, or of the family by the same rule",
            null=False,
        ),
    ]
)

#: changes.parquet
CHANGES = pa.schema(
    [
        column(
            "title_id", pa.string(), "a title that changed since the version before", null=False
        ),
        column(
            "change",
            pa.string(),
            "what happened; `moved` in refits only",
            null=False,
            values=("added", "removed", "edited", "moved"),
        ),
        column("fields", _NAMES, "what was edited"),
        column("from_cluster", pa.int32(), "cluster before; null for added titles"),
        column("to_cluster", pa.int32(), "cluster now; null for removed titles"),
        column("title", pa.string(), "its name"),
        column("reason", pa.string(), "how it was recognised, in words"),
    ]
)

#: recommendations.parquet: for every title the next ones, by title_id and rank
NEXT_TITLES = pa.schema(
    [
        column("title_id", pa.string(), "a title", null=False),
        column("rank", pa.int32(), "1 is the best", null=False),
        column("next_title_id", pa.string(), "another title", null=False),
        column("score", pa.float32(), "cosine similarity of the two, above 0", null=False),
        column(
            "reason",
            pa.string(),
            "why, as a code; `reelhouse.recommend.codes` has the words",
            null=False,
            values=("same-cluster", "neighbour-cluster"),
        ),
    ]
)

#: vectors.parquet: the features of every title, by cluster_id and title_id
VECTORS = pa.schema(
    [
        column("cluster_id", pa.int32(), "the title's cluster; -1 for none", null=False),
        column("title_id", pa.string(), "a title", null=False),
        column(
            "features", pa.list_(pa.int32()), "numbers of `features.parquet`, ascending", null=False
        ),
        column(
            "weights",
            pa.list_(pa.float16()),
            "weight of each of them; the sum of their squares is 1, but for rounding",
            null=False,
        ),
    ]
)

#: positions.parquet: where every title stands on the map
POSITIONS = pa.schema(
    [
        column("title_id", pa.string(), "a title", null=False),
        column("x", pa.float32(), "-1 to 1; one scale for both", null=False),
        column("y", pa.float32(), "-1 to 1", null=False),
    ]
)

#: features.parquet: what the features are
FEATURES = pa.schema(
    [
        column("feature", pa.int32(), "0 and on", null=False),
        column(
            "field",
            pa.string(),
            "field of the titles, or the block of latent dimensions",
            null=False,
        ),
        column("term", pa.string(), "empty for a latent dimension", null=False),
    ]
)

#: quarantine.parquet, of all collections
QUARANTINE = pa.schema(
    [
        column("source", pa.string(), "the input, without credentials", null=False),
        column("row", pa.int64(), "1-based number of the data record", null=False),
        column("title", pa.string(), "its name, if it has one"),
        column("column", pa.string(), "of the first broken rule"),
        column("value", pa.string(), "what stands there"),
        column("expectation", pa.string(), "the broken rules, joined by `; `", null=False),
        column("reason", pa.string(), "the same in words", null=False),
        column("raw", pa.string(), "the record's cells as a JSON array"),
    ]
)

#: The fields of a title whose change makes it *edited*; show_id is renumbered with every snapshot.
COMPARED_FIELDS = (
    "type",
    "title",
    "director",
    "cast",
    "country",
    "date_added",
    "release_year",
    "rating",
    "duration_minutes",
    "seasons",
    "listed_in",
    "description",
)
