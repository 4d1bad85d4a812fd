"""Tables of a version of deep clusters that other collections do not have."""

from __future__ import annotations

import pyarrow as pa

from reelhouse.schema.column import column

_CLASSIFIER = (
    column(
        "classifier",
        pa.string(),
        "which one",
        null=False,
        values=("linear", "dense", "shallow-lstm", "deep-lstm"),
    ),
    column(
        "labels_from",
        pa.string(),
        "which clusters it learned to tell: the version's own, or those that k-means found by the "
        "TF-IDF of the fields that are not read",
        null=False,
        values=("clusters", "other fields"),
    ),
)

#: classifiers.parquet
CLASSIFIERS = pa.schema(
    [
        *_CLASSIFIER,
        column("accuracy", pa.float64(), "share of the test titles placed right", null=False),
        column("macro_f1", pa.float64(), "mean F1 of the clusters", null=False),
        column("log_loss", pa.float64(), "mean -ln of the right cluster's probability", null=False),
        column(
            "calibration_error",
            pa.float64(),
            "expected calibration error: how far probabilities are from the share that is right",
            null=False,
        ),
        column("seconds", pa.float64(), "one fit", null=False, unit="seconds"),
        column("n_train", pa.int64(), "titles learned from", null=False),
        column("n_validation", pa.int64(), "titles that told when to stop", null=False),
        column("n_test", pa.int64(), "titles that it never saw", null=False),
        column(
            "places",
            pa.bool_(),
            "whether it is the one that `nightly --place-by classifier` asks",
            null=False,
        ),
    ]
)

#: classifier_report.parquet
CLASSIFIER_REPORT = pa.schema(
    [
        *_CLASSIFIER,
        column(
            "cluster_id",
            pa.int32(),
            "stable id; of clusters of other fields their number",
            null=False,
        ),
        column("precision", pa.float64(), "share of those put there that belong there", null=False),
        column("recall", pa.float64(), "share of those that belong there put there", null=False),
        column("f1", pa.float64(), "harmonic mean of both", null=False),
        column("support", pa.int64(), "test titles of the cluster", null=False),
    ]
)

#: confusion.parquet
CONFUSION = pa.schema(
    [
        *_CLASSIFIER,
        column("true_cluster_id", pa.int32(), "where titles belong", null=False),
        column("predicted_cluster_id", pa.int32(), "where they were put", null=False),
        column("titles", pa.int64(), "test titles; empty cells are not listed", null=False),
    ]
)

#: curves.parquet of deep clusters
NETWORK_CURVES = pa.schema(
    [
        column("network", pa.string(), "`autoencoder`, `refinement`, or a classifier", null=False),
        column(
            "stage",
            pa.string(),
            "of the autoencoder `layer 1` to `all layers`, of a classifier its `labels_from`",
            null=False,
        ),
        column(
            "epoch",
            pa.int32(),
            "within the stage; of the refinement the number of the target",
            null=False,
        ),
        column(
            "what",
            pa.string(),
            "`loss`, `accuracy`, `validation_loss`, `validation_accuracy`; of the refinement "
            "`changed`, `divergence`, `largest`",
            null=False,
        ),
        column("value", pa.float64(), "its value", null=False),
    ]
)
