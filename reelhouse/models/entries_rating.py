"""Models that predict ratings by biases and factors."""

from __future__ import annotations

from reelhouse.models.entry import Choices, Entry, Range

RATING: tuple[Entry, ...] = (
    # Ratings by biases and factors.
    Entry(
        "bias", "rating", "reelhouse.models.rating.bias:Bias",
        {
            "user_regularization": Range(0.5, 30, log=True),
            "title_regularization": Range(0.5, 30, log=True),
        },
        quick=True,
    ),
    Entry(
        "svd", "rating", "reelhouse.models.rating.sgd:SVD",
        {
            "n_factors": Choices((20, 40, 80, 160)),
            "learning_rate": Range(0.005, 0.04, log=True),
            "regularization": Range(0.5, 3, log=True),
        },
        quick=True,
    ),
    Entry(
        "als", "rating", "reelhouse.models.rating.als:ALS",
        {
            "n_factors": Choices((5, 10, 20, 40)),
            "regularization": Range(0.05, 3, log=True),
            "power": Choices((0.5, 1.0)),
        },
    ),
    Entry(
        "nmf", "rating", "reelhouse.models.rating.nmf:NMF",
        {"n_factors": Choices((5, 10, 20)), "regularization": Range(0.03, 0.5, log=True)},
    ),
    Entry(
        "pmf", "rating", "reelhouse.models.rating.pmf:PMF",
        {"n_factors": Choices((2, 3, 5, 10)), "regularization": Range(1, 20, log=True)},
    ),
    Entry(
        "bpmf", "rating", "reelhouse.models.rating.bpmf:BPMF",
        {"n_factors": Choices((5, 10, 20))},
    ),
    Entry(
        "svd++", "rating", "reelhouse.models.rating.svdpp:SVDpp",
        {
            "n_factors": Choices((20, 40, 80, 160)),
            "learning_rate": Range(0.005, 0.025, log=True),
            "regularization": Range(0.8, 4, log=True),
        },
    ),
    Entry(
        "timesvd++", "rating", "reelhouse.models.rating.timesvdpp:TimeSVDpp",
        {
            "n_factors": Choices((20, 40, 80, 160)),
            "n_bins": Choices((1, 5, 20)),
            "time_regularization": Range(0.5, 20, log=True),
            "regularization": Range(0.8, 4, log=True),
        },
    ),
    Entry(
        "bayesian-svd++", "rating", "reelhouse.models.rating.bayesian_svdpp:BayesianSVDpp",
        {"n_factors": Choices((7, 10, 14))},
    ),
    Entry(
        "bayesian-timesvd++",
        "rating",
        "reelhouse.models.rating.bayesian_timesvdpp:BayesianTimeSVDpp",
        {"n_factors": Choices((7, 10, 14)), "n_bins": Choices((1, 5, 20))},
    ),
)  # fmt: skip
