"""Tables of a comparison of models."""

from __future__ import annotations

import pyarrow as pa

from reelhouse.schema.column import column

#: comparison.parquet: a row for each protocol and model, means over the splits
COMPARISON = pa.schema(
    [
        column(
            "protocol", pa.string(), "what was predicted", null=False, values=("rating", "ranking")
        ),
        column("model", pa.string(), "its name; `ensemble` for all together", null=False),
        column(
            "family",
            pa.string(),
            "family of models that it belongs to",
            null=False,
            values=("baseline", "matrix factorization", "autoencoder", "graph", "ensemble"),
        ),
        column(
            "status",
            pa.string(),
            "whether it was measured",
            null=False,
            values=("measured", "failed", "out of time"),
        ),
        column("reason", pa.string(), "why there are no figures"),
        column("place", pa.int32(), "1 is the best of its protocol, by `rmse` or `ndcg_100`"),
        column(
            "rmse",
            pa.float64(),
            "root mean squared error over all ratings of a split, mean of the splits",
        ),
        column(
            "rmse_low",
            pa.float64(),
            "95 % interval of the error of all splits together, users resampled",
        ),
        column("rmse_high", pa.float64(), "its upper end"),
        column("mae", pa.float64(), "mean absolute error, likewise"),
        column(
            "rmse_cold_users",
            pa.float64(),
            "of ratings by users with at most 5 training ratings; null where there are none",
        ),
        column(
            "rmse_cold_titles", pa.float64(), "of ratings of titles with at most 5 training ratings"
        ),
        column("ndcg_100", pa.float64(), "NDCG@100"),
        column("ndcg_100_low", pa.float64(), "its 95 % interval, users resampled"),
        column("ndcg_100_high", pa.float64(), "its upper end"),
        column("ndcg_10", pa.float64(), "NDCG@10"),
        column("recall_20", pa.float64(), "hits of 20 places over min(20, held out)"),
        column("recall_20_low", pa.float64(), "its 95 % interval"),
        column("recall_20_high", pa.float64(), "its upper end"),
        column("recall_50", pa.float64(), "the same of 50 places"),
        column(
            "recall_10",
            pa.float64(),
            "hits of 10 places over all that is held out, as RecBole counts",
        ),
        column(
            "ndcg_100_cold_users",
            pa.float64(),
            "users of whom 5 titles are shown; where ratings are held out, users with at most 5",
        ),
        column(
            "ndcg_100_cold_titles",
            pa.float64(),
            "where only titles with at most 5 training users are to be found",
        ),
        column("coverage_10", pa.float64(), "share of the titles in at least one list of 10"),
        column("gini_10", pa.float64(), "Gini coefficient of how often titles are in a list of 10"),
        column(
            "novelty_bits_10",
            pa.float64(),
            "mean self-information of the first 10, in bits",
            unit="bits",
        ),
        column(
            "diversity_10",
            pa.float64(),
            "mean cosine distance of the first 10 by genre; null without genres",
        ),
        column(
            "serendipity_10",
            pa.float64(),
            "share of the first 10 that is right and not among the baseline's",
        ),
        column(
            "popularity_shift_10",
            pa.float64(),
            "how much more popular the first 10 are than what the users saw, relative",
        ),
        column(
            "long_tail_10",
            pa.float64(),
            "share of the first 10 outside the most seen fifth of the titles",
        ),
        column(
            "baseline",
            pa.string(),
            "the model that this one is compared with: the first baseline that was measured",
        ),
        column(
            "difference",
            pa.float64(),
            "ahead of it by so much, on the same users: squared error less, or NDCG@100 more",
        ),
        column("difference_low", pa.float64(), "95 % interval"),
        column("difference_high", pa.float64(), "its upper end"),
        column("p_value", pa.float64(), "paired randomization test, two-sided"),
        column(
            "seconds_fit",
            pa.float64(),
            "learning from one split's training part; median of the splits",
            unit="seconds",
        ),
        column(
            "seconds_score",
            pa.float64(),
            "answering for everything held out of it; median",
            unit="seconds",
        ),
        column(
            "peak_mib",
            pa.float64(),
            "most resident memory of the process while fitting, median; null where the system "
            "does not tell",
            unit="MiB",
        ),
        column(
            "added_mib", pa.float64(), "the same, less what was resident before the fit", unit="MiB"
        ),
        column("n_parameters", pa.int64(), "numbers that were learned"),
        column(
            "seconds_tuning",
            pa.float64(),
            "all trials together; for the ensemble, finding the weights",
            unit="seconds",
        ),
        column("n_splits", pa.int32(), "splits that were measured", null=False),
        column("n_trials", pa.int32(), "settings that were tried", null=False),
        column("epochs", pa.int32(), "on every split; null for a model that is solved at once"),
        column("settings", pa.string(), "JSON; of the ensemble its members' weights", null=False),
    ]
)

#: splits.parquet of a comparison: a row for each protocol, model and split
COMPARISON_SPLITS = pa.schema(
    [
        column(
            "protocol", pa.string(), "what was predicted", null=False, values=("rating", "ranking")
        ),
        column("model", pa.string(), "its name; `ensemble` for all together", null=False),
        column("split", pa.string(), "such as `u1`, `fold 1`, `seed 0`", null=False),
        column("n_train", pa.int64(), "ratings, or positives, learned from", null=False),
        column("n_held_out", pa.int64(), "ratings, or positives, held out", null=False),
        column("rmse", pa.float64(), "over all held-out ratings"),
        column("mae", pa.float64(), "mean absolute error"),
        column(
            "rmse_cold_users",
            pa.float64(),
            "of ratings by users with at most 5 training ratings; null where there are none",
        ),
        column(
            "rmse_cold_titles", pa.float64(), "of ratings of titles with at most 5 training ratings"
        ),
        column("ndcg_100", pa.float64(), "mean over the users"),
        column("ndcg_10", pa.float64(), "NDCG@10"),
        column("recall_20", pa.float64(), "hits of 20 places over min(20, held out)"),
        column("recall_50", pa.float64(), "the same of 50 places"),
        column(
            "recall_10",
            pa.float64(),
            "hits of 10 places over all that is held out, as RecBole counts",
        ),
        column(
            "ndcg_100_cold_users",
            pa.float64(),
            "users of whom 5 titles are shown; where ratings are held out, users with at most 5",
        ),
        column(
            "ndcg_100_cold_titles",
            pa.float64(),
            "where only titles with at most 5 training users are to be found",
        ),
        column("coverage_10", pa.float64(), "share of the titles in at least one list of 10"),
        column("gini_10", pa.float64(), "Gini coefficient of how often titles are in a list of 10"),
        column(
            "novelty_bits_10",
            pa.float64(),
            "mean self-information of the first 10, in bits",
            unit="bits",
        ),
        column(
            "diversity_10",
            pa.float64(),
            "mean cosine distance of the first 10 by genre; null without genres",
        ),
        column(
            "serendipity_10",
            pa.float64(),
            "share of the first 10 that is right and not among the baseline's",
        ),
        column(
            "popularity_shift_10",
            pa.float64(),
            "how much more popular the first 10 are than what the users saw, relative",
        ),
        column(
            "long_tail_10",
            pa.float64(),
            "share of the first 10 outside the most seen fifth of the titles",
        ),
        column("seconds_fit", pa.float64(), "learning from the training part", unit="seconds"),
        column("seconds_score", pa.float64(), "answering for what is held out", unit="seconds"),
        column(
            "peak_mib",
            pa.float64(),
            "most resident memory of the process while fitting",
            unit="MiB",
        ),
        column(
            "added_mib", pa.float64(), "the same, less what was resident before the fit", unit="MiB"
        ),
        column("n_parameters", pa.int64(), "numbers that were learned"),
    ]
)

#: curves.parquet of a comparison: the best trial of each model, epoch by epoch
COMPARISON_CURVES = pa.schema(
    [
        column(
            "protocol", pa.string(), "what was predicted", null=False, values=("rating", "ranking")
        ),
        column("model", pa.string(), "its name; `ensemble` for all together", null=False),
        column("epoch", pa.int32(), "from 1", null=False),
        column("seconds", pa.float64(), "since the fit began", null=False, unit="seconds"),
        column(
            "value",
            pa.float64(),
            "RMSE, or NDCG@100, on the validation part; null where an epoch was not judged",
        ),
    ]
)

#: trials.parquet of a comparison: the settings that were tried
COMPARISON_TRIALS = pa.schema(
    [
        column(
            "protocol", pa.string(), "what was predicted", null=False, values=("rating", "ranking")
        ),
        column("model", pa.string(), "its name; `ensemble` for all together", null=False),
        column("trial", pa.int32(), "from 0, the model's own settings", null=False),
        column("settings", pa.string(), "JSON of those that the tuner may change", null=False),
        column(
            "outcome",
            pa.string(),
            "how it ended; `behind`: worse than the median of earlier trials at the same "
            "epoch, and ended",
            null=False,
            values=("done", "behind", "failed", "out of time"),
        ),
        column("reason", pa.string(), "why it failed"),
        column("value", pa.float64(), "RMSE, or NDCG@100, on the validation part"),
        column("epochs", pa.int32(), "that the kept parameters come from"),
        column("seconds", pa.float64(), "fitting and judging", null=False, unit="seconds"),
        column("chosen", pa.bool_(), "whether these settings were taken", null=False),
    ]
)
