"""Tables of a viewers version."""

from __future__ import annotations

import pyarrow as pa

from reelhouse.schema.column import column

_NAMES = pa.list_(pa.string())

#: assignments.parquet of a viewers version
USER_ASSIGNMENTS = pa.schema(
    [
        column("user_id", pa.int32(), "as in the ratings", null=False),
        column("cluster_id", pa.int32(), "stable id of the nearest cluster", null=False),
        column("distance", pa.float32(), "to its centroid", null=False),
        column("second_cluster_id", pa.int32(), "the next cluster; null when there is one cluster"),
        column("second_distance", pa.float32(), "distance to that centroid"),
        column("margin", pa.float32(), "`second_distance` - `distance`"),
        column("n_ratings", pa.int32(), "ratings of the user in the matrix", null=False),
    ]
)

#: clusters.parquet of a viewers version
USER_CLUSTERS = pa.schema(
    [
        column("cluster_id", pa.int32(), "stable id, never used twice", null=False),
        column(
            "name",
            pa.string(),
            "the genres or titles that set it apart; unique within a version",
            null=False,
        ),
        column("size", pa.int64(), "users; 0 for a cluster that died", null=False),
        column("share", pa.float64(), "of all users, 0 to 1", null=False),
        column("n_ratings", pa.int64(), "ratings of its users", null=False),
        column("mean_rating", pa.float64(), "mean of these ratings"),
        column("top_titles", _NAMES, "preferred over the average, best first"),
        column("top_genres", _NAMES, "the same for genres"),
        column("mean_distance", pa.float32(), "mean distance of its users to the centroid"),
        column("silhouette", pa.float32(), "mean over its sampled users"),
        column(
            "event",
            pa.string(),
            "what became of it in this run",
            null=False,
            values=("born", "kept", "split", "merged", "died"),
        ),
        column("parents", pa.list_(pa.int32()), "clusters of the version before that it came from"),
    ]
)

#: preferences.parquet: what each cluster of users prefers
PREFERENCES = pa.schema(
    [
        column("cluster_id", pa.int32(), "a cluster", null=False),
        column("kind", pa.string(), "what is preferred", null=False, values=("title", "genre")),
        column("title_id", pa.int32(), "null for a genre"),
        column("genre", pa.string(), "null for a title"),
        column("name", pa.string(), "what to call it", null=False),
        column("n_ratings", pa.int64(), "ratings by the cluster's users", null=False),
        column("mean_rating", pa.float64(), "mean of these ratings"),
        column("share", pa.float64(), "of the cluster's ratings, 0 to 1", null=False),
        column(
            "lift", pa.float64(), "that share over the share among all users, shrunk", null=False
        ),
        column("rank", pa.int32(), "1 is the most preferred of its kind", null=False),
    ]
)

#: titles.parquet of a viewers version: the columns of its matrix
RATED_TITLES = pa.schema(
    [
        column("title_id", pa.int32(), "as in the ratings", null=False),
        column("name", pa.string(), "null when none is known"),
        column("year", pa.int32(), "year of release"),
        column("genres", _NAMES, "null when none are known"),
        column("n_ratings", pa.int64(), "ratings in the matrix", null=False),
        column("mean_rating", pa.float64(), "mean of these ratings", null=False),
    ]
)

#: profile.parquet: the interaction matrix in figures
PROFILE = pa.schema(
    [
        column(
            "section",
            pa.string(),
            "what the figure is about",
            null=False,
            values=("matrix", "ratings per user", "ratings per title", "rating values"),
        ),
        column("name", pa.string(), "of the figure; `bin` for a bar of a histogram", null=False),
        column("lower", pa.float64(), "a bar's lower bound, inclusive"),
        column("upper", pa.float64(), "a bar's upper bound, inclusive"),
        column(
            "value",
            pa.float64(),
            "the figure; for a bar the number of users, titles or ratings",
            null=False,
        ),
    ]
)

#: links.parquet: titles of a catalogue and the rated titles that are the same work
LINKS = pa.schema(
    [
        column("title_id", pa.string(), "of the catalogue", null=False),
        column("rated_title_id", pa.int32(), "of the ratings", null=False),
        column(
            "confidence",
            pa.float32(),
            "0 to 1; from 0.75 on the two are taken to be the same work",
            null=False,
        ),
        column("rule", pa.string(), "what the two agree in", null=False),
        column("title", pa.string(), "name in the catalogue"),
        column("release_year", pa.int32(), "year there; of a series that of its newest season"),
        column("rated_name", pa.string(), "name among the rated titles"),
        column("rated_year", pa.int32(), "year there"),
    ]
)

#: recommendations.parquet of a viewers version: for every user the best titles, by user_id and rank
USER_RECOMMENDATIONS = pa.schema(
    [
        column("user_id", pa.int32(), "as in the ratings", null=False),
        column("rank", pa.int32(), "1 is the best", null=False),
        column(
            "title_id", pa.int32(), "as in the ratings; never one that the user rated", null=False
        ),
        column(
            "score",
            pa.float32(),
            "weight of the title, above 0; compares within a user",
            null=False,
        ),
        column(
            "reason",
            pa.string(),
            "why, as a code; `reelhouse.recommend.codes` has the words",
            null=False,
            values=("viewer-cluster", "popular"),
        ),
        column("cluster_id", pa.int32(), "the cluster of users that says most for it", null=False),
    ]
)
