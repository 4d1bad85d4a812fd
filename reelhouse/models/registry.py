"""The models by name, and which of their settings a tuner may try.

Modules are imported when a model of theirs is asked for: those on torch are an extra.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from reelhouse.errors import RecommendationError
from reelhouse.models.base import RankingModel, RatingModel

Protocol = Literal["rating", "ranking"]

_RANKING = "reelhouse.models.ranking"


@dataclass(frozen=True)
class Range:
    """Numbers that a tuner may try, ends included; `log`: evenly by their logarithm."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Choices:
    """Values that a tuner may try."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Entry:
    """A model of the comparison.

    Attributes
    ----------
    name : str
        The model's own.
    protocol : str
        What it predicts: ratings, or a ranking.
    where : str
        Module and class, as "reelhouse.models.rating.bias:Bias".
    space : mapping
        By name of a setting, what a tuner may try; the settings themselves are the first trial.
    extra : str or None
        The optional extra that must be installed.
    """

    name: str
    protocol: Protocol
    where: str
    space: Mapping[str, Range | Choices]
    extra: str | None = None

    def load(self) -> type[RatingModel] | type[RankingModel]:
        """Import the class.

        Raises
        ------
        RecommendationError
            When the extra is not installed.
        """
        module, _, name = self.where.partition(":")
        try:
            found: type[RatingModel] | type[RankingModel] = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if self.extra is None:
                raise
            raise RecommendationError(
                f"the model {self.name} requires {error.name}: "
                f"pip install 'reelhouse[{self.extra}]'"
            ) from None
        return found


_RATE = Range(3e-4, 3e-3, log=True)
_GRAPH_RATE = Range(2e-3, 2e-2, log=True)
_BATCH = Choices((64, 128, 256))
_SHARE = Range(0.2, 0.8)

#: In the order of the published table.
ENTRIES: tuple[Entry, ...] = (
    # Ratings by biases and factors.
    Entry(
        "bias", "rating", "reelhouse.models.rating.bias:Bias",
        {
            "user_regularization": Range(0.5, 30, log=True),
            "title_regularization": Range(0.5, 30, log=True),
        },
    ),
    Entry(
        "svd", "rating", "reelhouse.models.rating.sgd:SVD",
        {
            "n_factors": Choices((20, 40, 80, 160)),
            "learning_rate": Range(0.005, 0.04, log=True),
            "regularization": Range(0.5, 3, log=True),
        },
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
    # Rankings by factors, weights of pairs, and a graph's filter.
    Entry("popularity", "ranking", f"{_RANKING}.baselines:PopularityModel", {}),
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
    # Autoencoders on torch.
    Entry(
        "autorec-item", "rating", "reelhouse.models.autoencoders.autorec:ItemAutoRec",
        {"hidden": Range(100, 600, log=True, whole=True), "dropout": _SHARE,
         "l2": Range(5, 200, log=True), "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "autorec-user", "rating", "reelhouse.models.autoencoders.autorec:UserAutoRec",
        {"hidden": Range(100, 600, log=True, whole=True), "dropout": _SHARE,
         "l2": Range(5, 200, log=True), "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "deep-autoencoder", "rating", "reelhouse.models.autoencoders.deep:DeepAutoencoder",
        {"hidden": Choices(((64, 64), (128, 64), (128, 128), (256, 128))),
         "dropout": Range(0.2, 0.9), "l2": Range(10, 500, log=True),
         "refeeding": Choices((0, 1, 2)), "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "mult-dae", "ranking", "reelhouse.models.autoencoders.mult_vae:MultDAE",
        {"hidden": Range(200, 800, log=True, whole=True), "dropout": _SHARE,
         "l2": Range(1e-4, 1e-2, log=True), "batch_size": _BATCH, "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "mult-vae", "ranking", "reelhouse.models.autoencoders.mult_vae:MultVAE",
        {"hidden": Range(300, 1000, log=True, whole=True), "latent": Choices((100, 200, 300)),
         "dropout": _SHARE, "kl_weight": Range(0.05, 1.0, log=True), "batch_size": _BATCH,
         "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "recvae", "ranking", "reelhouse.models.autoencoders.recvae:RecVAE",
        {"hidden": Choices((200, 300, 600)), "latent": Choices((100, 200)), "dropout": _SHARE,
         "kl_weight": Range(1e-3, 2e-2, log=True), "batch_size": _BATCH, "learning_rate": _RATE},
        "deep",
    ),
    # Graph models on torch.
    Entry(
        "gcmc", "rating", "reelhouse.models.graph.gcmc:GCMC",
        {"messages": Choices((25, 50, 100)), "factors": Choices((25, 50, 75)), "dropout": _SHARE,
         "learning_rate": _GRAPH_RATE}, "deep",
    ),
    Entry(
        "graphsage", "ranking", "reelhouse.models.graph.sage:GraphSAGE",
        {"factors": Choices((64, 128)), "hidden_share": _SHARE, "dropout": _SHARE,
         "l2": Range(1e-3, 10.0, log=True), "learning_rate": _GRAPH_RATE}, "deep",
    ),
    Entry(
        "gat", "ranking", "reelhouse.models.graph.gat:GAT",
        {"factors": Choices((64, 128)), "heads": Choices((1, 4)), "hidden_share": _SHARE,
         "dropout": _SHARE, "l2": Range(1e-3, 10.0, log=True), "learning_rate": _GRAPH_RATE},
        "deep",
    ),
    Entry(
        "lightgcn", "ranking", "reelhouse.models.graph.light:LightGCN",
        {"factors": Choices((64, 128, 256)), "layers": Choices((1, 2, 3)),
         "l2": Range(1e-5, 1e-2, log=True), "learning_rate": _GRAPH_RATE}, "deep",
    ),
    Entry(
        "xsimgcl", "ranking", "reelhouse.models.graph.xsimgcl:XSimGCL",
        {"factors": Choices((64, 128, 256)), "layers": Choices((1, 2, 3)),
         "noise": Range(0.02, 0.3, log=True), "contrast": Range(1e-3, 0.2, log=True),
         "temperature": Range(0.1, 0.5, log=True), "learning_rate": _GRAPH_RATE}, "deep",
    ),
)  # fmt: skip


def entries(protocol: Protocol) -> dict[str, Entry]:
    """The models that take part in one protocol, by name."""
    return {entry.name: entry for entry in ENTRIES if entry.protocol == protocol}
