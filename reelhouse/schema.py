"""Arrow schemas: the canonical titles and the published tables.

The published column names are a contract (docs/architecture.md); columns may be added, never
renamed or removed.
"""

from __future__ import annotations

import pyarrow as pa

_names = pa.list_(pa.string())

#: What a source yields for every data row of its file, good or bad.
SOURCE_TITLES = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),  # 1-based number of the data record
        pa.field("show_id", pa.string()),
        pa.field("type", pa.string()),  # "Movie" or "TV Show"
        pa.field("title", pa.string()),
        pa.field("director", _names),
        pa.field("cast", _names),
        pa.field("country", _names),
        pa.field("date_added", pa.date32()),
        pa.field("release_year", pa.int32()),
        pa.field("rating", pa.string()),
        pa.field("duration_minutes", pa.int32()),
        pa.field("seasons", pa.int32()),
        pa.field("listed_in", _names),
        pa.field("description", pa.string()),
        pa.field("repaired", _names),  # names of the fields that were mended while reading
        # Cells that could not be converted, and records of the wrong width.
        pa.field(
            "unreadable",
            pa.list_(
                pa.struct(
                    [("column", pa.string()), ("value", pa.string()), ("required", pa.string())]
                )
            ),
        ),
        pa.field("raw", _names),  # the record's fields as they stand in the file
    ]
)

_SOURCE_ONLY = ("row", "unreadable", "raw")

#: titles.parquet
TITLES = pa.schema(
    [pa.field("title_id", pa.string(), nullable=False)]
    + [field for field in SOURCE_TITLES if field.name not in _SOURCE_ONLY]
)

#: assignments.parquet
ASSIGNMENTS = pa.schema(
    [
        pa.field("title_id", pa.string(), nullable=False),
        pa.field("cluster_id", pa.int32(), nullable=False),
        # Cosine distance to the centroid, 0 to 2; of deep clusters 1 less the title's share in it.
        pa.field("distance", pa.float32()),
        pa.field("second_cluster_id", pa.int32()),  # null when there is one cluster
        pa.field("second_distance", pa.float32()),
        pa.field("margin", pa.float32()),  # second_distance - distance
        pa.field("status", pa.string(), nullable=False),  # placed | outlier
        pa.field("placed_in_version", pa.int64(), nullable=False),
        # By the classifier that placed the title; null where the nearest centroid did.
        pa.field("probability", pa.float32()),
    ]
)

#: clusters.parquet
CLUSTERS = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("top_terms", _names),
        pa.field("representative_title_ids", _names),
        pa.field("mean_distance", pa.float32()),
        pa.field("silhouette", pa.float32()),
        pa.field("event", pa.string(), nullable=False),  # born | kept | split | merged | died
        pa.field("parents", pa.list_(pa.int32())),
    ]
)

#: neighbours.parquet
NEIGHBOURS = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),  # 1 is the nearest
        pa.field("neighbour_id", pa.int32(), nullable=False),
        pa.field("distance", pa.float32(), nullable=False),  # cosine distance of the centroids
        # The lowest node of hierarchy.parquet above both; null where the fit published none.
        pa.field("common_node_id", pa.int32()),
    ]
)

#: hierarchy.parquet: the tree of clusters
HIERARCHY = pa.schema(
    [
        pa.field("node_id", pa.int32(), nullable=False),  # clusters first, the root last
        pa.field("parent_id", pa.int32()),  # null for the root
        pa.field("height", pa.float32(), nullable=False),  # 0 for a cluster
        pa.field("cluster_id", pa.int32()),  # null for an inner node
        pa.field("size", pa.int64(), nullable=False),  # titles at the fit
        pa.field("name", pa.string(), nullable=False),
    ]
)

#: changes.parquet
CHANGES = pa.schema(
    [
        pa.field("title_id", pa.string(), nullable=False),
        pa.field("change", pa.string(), nullable=False),  # added | removed | edited | moved
        pa.field("fields", _names),
        pa.field("from_cluster", pa.int32()),
        pa.field("to_cluster", pa.int32()),
        pa.field("title", pa.string()),
        pa.field("reason", pa.string()),  # how identity was decided, in words
    ]
)

#: recommendations.parquet: for every title the next ones, by title_id and rank
NEXT_TITLES = pa.schema(
    [
        pa.field("title_id", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),  # 1 is the best
        pa.field("next_title_id", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),  # cosine similarity, above 0
        pa.field("reason", pa.string(), nullable=False),  # code of reelhouse.recommend.codes
    ]
)

#: vectors.parquet: the features of every title, by cluster_id and title_id
VECTORS = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),  # -1 for a title without a cluster
        pa.field("title_id", pa.string(), nullable=False),
        # Numbers of features.parquet, and the weight of each; rows have length 1.
        pa.field("features", pa.list_(pa.int32()), nullable=False),
        pa.field("weights", pa.list_(pa.float16()), nullable=False),
    ]
)

#: positions.parquet: where every title stands on the map
POSITIONS = pa.schema(
    [
        pa.field("title_id", pa.string(), nullable=False),
        pa.field("x", pa.float32(), nullable=False),  # -1 to 1, as the fit laid the titles out
        pa.field("y", pa.float32(), nullable=False),
    ]
)

#: features.parquet: what the features are
FEATURES = pa.schema(
    [
        pa.field("feature", pa.int32(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("term", pa.string(), nullable=False),  # empty for a latent dimension of the field
    ]
)

#: Ratings as the sources store them: sorted by user and title, a user in one partition only.
RATINGS = pa.schema(
    [
        pa.field("user_id", pa.int32(), nullable=False),
        pa.field("title_id", pa.int32(), nullable=False),
        pa.field("rating", pa.float32(), nullable=False),
        pa.field("date", pa.date32()),
    ]
)

#: Names of rated titles.
TITLE_NAMES = pa.schema(
    [
        pa.field("title_id", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("year", pa.int32()),
    ]
)

#: Genres of rated titles.
TITLE_GENRES = pa.schema(
    [pa.field("title_id", pa.int32(), nullable=False), pa.field("genres", _names, nullable=False)]
)

#: assignments.parquet of a viewers version
USER_ASSIGNMENTS = pa.schema(
    [
        pa.field("user_id", pa.int32(), nullable=False),
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("distance", pa.float32(), nullable=False),  # to the centroid
        pa.field("second_cluster_id", pa.int32()),  # null when there is one cluster
        pa.field("second_distance", pa.float32()),
        pa.field("margin", pa.float32()),  # second_distance - distance
        pa.field("n_ratings", pa.int32(), nullable=False),
    ]
)

#: clusters.parquet of a viewers version
USER_CLUSTERS = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),  # users
        pa.field("share", pa.float64(), nullable=False),  # of all users
        pa.field("n_ratings", pa.int64(), nullable=False),
        pa.field("mean_rating", pa.float64()),
        pa.field("top_titles", _names),  # preferred over the average, best first
        pa.field("top_genres", _names),
        pa.field("mean_distance", pa.float32()),
        pa.field("silhouette", pa.float32()),
        pa.field("event", pa.string(), nullable=False),  # born | kept | split | merged | died
        pa.field("parents", pa.list_(pa.int32())),
    ]
)

#: preferences.parquet: what each cluster of users prefers
PREFERENCES = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # title | genre
        pa.field("title_id", pa.int32()),  # null for a genre
        pa.field("genre", pa.string()),  # null for a title
        pa.field("name", pa.string(), nullable=False),
        pa.field("n_ratings", pa.int64(), nullable=False),  # by the cluster's users
        pa.field("mean_rating", pa.float64()),
        pa.field("share", pa.float64(), nullable=False),  # of the cluster's ratings
        pa.field("lift", pa.float64(), nullable=False),  # share / share among all users
        pa.field("rank", pa.int32(), nullable=False),  # 1 is the most preferred of its kind
    ]
)

#: titles.parquet of a viewers version: the columns of its matrix
RATED_TITLES = pa.schema(
    [
        pa.field("title_id", pa.int32(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("year", pa.int32()),
        pa.field("genres", _names),
        pa.field("n_ratings", pa.int64(), nullable=False),
        pa.field("mean_rating", pa.float64(), nullable=False),
    ]
)

#: profile.parquet: the interaction matrix in figures
PROFILE = pa.schema(
    [
        pa.field("section", pa.string(), nullable=False),  # matrix | ratings per user | ...
        pa.field("name", pa.string(), nullable=False),  # of the figure; bin for a histogram's
        pa.field("lower", pa.float64()),  # a bin's inclusive bounds
        pa.field("upper", pa.float64()),
        pa.field("value", pa.float64(), nullable=False),
    ]
)

#: links.parquet: titles of a catalogue and the rated titles that are the same work
LINKS = pa.schema(
    [
        pa.field("title_id", pa.string(), nullable=False),  # of the catalogue
        pa.field("rated_title_id", pa.int32(), nullable=False),  # of the ratings
        pa.field("confidence", pa.float32(), nullable=False),  # 0 to 1
        pa.field("rule", pa.string(), nullable=False),  # what the two agree in
        pa.field("title", pa.string()),
        pa.field("release_year", pa.int32()),
        pa.field("rated_name", pa.string()),
        pa.field("rated_year", pa.int32()),
    ]
)

#: recommendations.parquet of a viewers version: for every user the best titles, by user_id and rank
USER_RECOMMENDATIONS = pa.schema(
    [
        pa.field("user_id", pa.int32(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),  # 1 is the best
        pa.field("title_id", pa.int32(), nullable=False),  # of the ratings
        pa.field("score", pa.float32(), nullable=False),  # compares within a user only
        pa.field("reason", pa.string(), nullable=False),  # code of reelhouse.recommend.codes
        pa.field("cluster_id", pa.int32(), nullable=False),  # of users, that speaks most for it
    ]
)

#: What is measured of a model in the rating protocol; null in the other one.
_RATING_FIGURES = ("rmse", "mae", "rmse_cold_users", "rmse_cold_titles")
#: What is measured of a model in the ranking protocol; null in the other one.
_RANKING_FIGURES = (
    "ndcg_100",
    "ndcg_10",
    "recall_20",
    "recall_50",
    "recall_10",
    "ndcg_100_cold_users",
    "ndcg_100_cold_titles",
    "coverage_10",
    "gini_10",
    "novelty_bits_10",
    "diversity_10",
    "serendipity_10",
    "popularity_shift_10",
    "long_tail_10",
)


def _figures(*names: str) -> list[pa.Field]:
    return [pa.field(name, pa.float64()) for name in names]


_MODEL = [
    pa.field("protocol", pa.string(), nullable=False),  # rating | ranking
    pa.field("model", pa.string(), nullable=False),
]
_COSTS = [
    *_figures("seconds_fit", "seconds_score", "peak_mib", "added_mib"),
    pa.field("n_parameters", pa.int64()),
]

#: comparison.parquet: a row for each protocol and model, means over the splits
COMPARISON = pa.schema(
    [
        *_MODEL,
        pa.field("family", pa.string(), nullable=False),  # of models, or baseline, or ensemble
        pa.field("status", pa.string(), nullable=False),  # measured | failed | out of time
        pa.field("reason", pa.string()),  # why nothing was measured
        pa.field("place", pa.int32()),  # 1 is the best of the protocol
        *_figures("rmse", "rmse_low", "rmse_high", "mae", *_RATING_FIGURES[2:]),
        *_figures("ndcg_100", "ndcg_100_low", "ndcg_100_high", "ndcg_10", "recall_20"),
        *_figures("recall_20_low", "recall_20_high", *_RANKING_FIGURES[3:]),
        pa.field("baseline", pa.string()),  # the model that this one is compared with
        *_figures("difference", "difference_low", "difference_high", "p_value"),
        *_COSTS,
        *_figures("seconds_tuning"),
        pa.field("n_splits", pa.int32(), nullable=False),
        pa.field("n_trials", pa.int32(), nullable=False),
        pa.field("epochs", pa.int32()),  # null for a model that is solved at once
        pa.field("settings", pa.string(), nullable=False),  # JSON; an ensemble's weights
    ]
)

#: splits.parquet of a comparison: a row for each protocol, model and split
COMPARISON_SPLITS = pa.schema(
    [
        *_MODEL,
        pa.field("split", pa.string(), nullable=False),
        pa.field("n_train", pa.int64(), nullable=False),
        pa.field("n_held_out", pa.int64(), nullable=False),
        *_figures(*_RATING_FIGURES, *_RANKING_FIGURES),
        *_COSTS,
    ]
)

#: curves.parquet of a comparison: the best trial of each model, epoch by epoch
COMPARISON_CURVES = pa.schema(
    [
        *_MODEL,
        pa.field("epoch", pa.int32(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("value", pa.float64()),  # RMSE or NDCG@100 on the validation part
    ]
)

#: trials.parquet of a comparison: the settings that were tried
COMPARISON_TRIALS = pa.schema(
    [
        *_MODEL,
        pa.field("trial", pa.int32(), nullable=False),  # 0 are the model's own settings
        pa.field("settings", pa.string(), nullable=False),  # JSON
        pa.field("outcome", pa.string(), nullable=False),  # done | behind | failed | out of time
        pa.field("reason", pa.string()),
        pa.field("value", pa.float64()),  # RMSE or NDCG@100 on the validation part
        pa.field("epochs", pa.int32()),
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("chosen", pa.bool_(), nullable=False),
    ]
)

#: Which classifier, and which clusters it learned to tell.
_CLASSIFIER = [
    pa.field("classifier", pa.string(), nullable=False),  # linear | dense | lstm ...
    pa.field("labels_from", pa.string(), nullable=False),  # clusters | other fields
]

#: classifiers.parquet of deep clusters: what each classifier is worth on titles it never saw
CLASSIFIERS = pa.schema(
    [
        *_CLASSIFIER,
        *(
            pa.field(name, pa.float64(), nullable=False)
            for name in ("accuracy", "macro_f1", "log_loss", "calibration_error", "seconds")
        ),
        *(
            pa.field(name, pa.int64(), nullable=False)
            for name in ("n_train", "n_validation", "n_test")
        ),
        pa.field("places", pa.bool_(), nullable=False),  # whether it is the published one
    ]
)

#: classifier_report.parquet: each cluster on the titles for testing
CLASSIFIER_REPORT = pa.schema(
    [
        *_CLASSIFIER,
        pa.field("cluster_id", pa.int32(), nullable=False),  # a number alone for other fields
        *(pa.field(name, pa.float64(), nullable=False) for name in ("precision", "recall", "f1")),
        pa.field("support", pa.int64(), nullable=False),
    ]
)

#: confusion.parquet: where titles for testing belong and where they were put; empty cells are not
#: listed
CONFUSION = pa.schema(
    [
        *_CLASSIFIER,
        pa.field("true_cluster_id", pa.int32(), nullable=False),
        pa.field("predicted_cluster_id", pa.int32(), nullable=False),
        pa.field("titles", pa.int64(), nullable=False),
    ]
)

#: curves.parquet of deep clusters: what is known of each network after each epoch
NETWORK_CURVES = pa.schema(
    [
        pa.field("network", pa.string(), nullable=False),  # autoencoder | refinement | classifier
        pa.field("stage", pa.string(), nullable=False),  # layer 1 | all layers | labels_from
        pa.field("epoch", pa.int32(), nullable=False),  # of a refinement: computations of targets
        pa.field("what", pa.string(), nullable=False),  # loss | validation_loss | changed ...
        pa.field("value", pa.float64(), nullable=False),
    ]
)

#: quarantine.parquet
QUARANTINE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("column", pa.string()),
        pa.field("value", pa.string()),
        pa.field("expectation", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("raw", pa.string()),  # the record as a JSON array
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
