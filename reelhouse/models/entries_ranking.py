"""Models that rank titles without torch."""

from __future__ import annotations

from reelhouse.models.entry import Choices, Entry, Range

_RANKING = "reelhouse.models.ranking"

RANKING: tuple[Entry, ...] = (
    # Rankings by factors, weights of pairs, and a graph's filter.
    Entry("popularity", "ranking", f"{_RANKING}.baselines:PopularityModel", {}, quick=True),
    Entry(
        "item-neighbours", "ranking", f"{_RANKING}.baselines:ItemNeighboursModel",
        {
            "n_neighbours": Range(10, 400, log=True, whole=True),
            "activity": Range(0.0, 1.0),
            "shrinkage": Range(0.0, 10.0),
        },
    ),
    Entry(
        "pure-svd", "ranking", f"{_RANKING}.pure_svd:PureSVD",
        {"n_factors": Range(8, 128, log=True, whole=True), "title_power": Range(0.0, 0.75)},
    ),
    Entry(
        "ials", "ranking", f"{_RANKING}.ials:IALS",
        {
            "n_factors": Choices((32, 64, 96, 128, 192)),
            "unseen_weight": Range(0.03, 1.0, log=True),
            "regularization": Range(0.05, 2.0, log=True),
            "power": Choices((0.25, 0.5, 0.75)),
            "activity": Range(0.0, 0.75),
        },
    ),
    Entry(
        "bpr", "ranking", f"{_RANKING}.bpr:BPR",
        {
            "n_factors": Choices((32, 64, 128)),
            "learning_rate": Range(0.01, 0.1, log=True),
            "regularization": Range(0.003, 0.05, log=True),
        },
    ),
    Entry(
        "ease", "ranking", f"{_RANKING}.ease:EASE",
        {"l2": Range(30.0, 3000.0, log=True), "title_power": Range(0.0, 0.75)},
        quick=True,
    ),
    Entry(
        "edlae", "ranking", f"{_RANKING}.ease:EDLAE",
        {
            "l2": Range(30.0, 3000.0, log=True),
            "title_power": Range(0.0, 0.75),
            "dropout": Range(0.0, 0.6),
        },
    ),
    Entry(
        "gf-cf", "ranking", f"{_RANKING}.gf_cf:GFCF",
        {
            "n_factors": Range(16, 256, log=True, whole=True),
            "ideal": Range(0.05, 3.0, log=True),
        },
    ),
)  # fmt: skip
