"""Graph convolution over one graph for each level of rating.

References
----------
van den Berg, R., Kipf, T. N. and Welling, M. (2017). Graph convolutional matrix completion.
    arXiv:1706.02263.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.base import checked_pairs
from reelhouse.models.deviations import deviations
from reelhouse.models.graph.bipartite import Edges, share_of
from reelhouse.models.kernels_layers import expected_levels
from reelhouse.models.on_torch import (
    Learner,
    Tensor,
    dropped,
    generator,
    glorot,
    to_numpy,
    zeros,
)
from reelhouse.models.ratings import Ratings
from reelhouse.models.torch_fits import TorchRating
from reelhouse.recommend.rated import unit_rows


@dataclass(kw_only=True)
class GCMC(TorchRating):
    """GC-MC: messages along the ratings of each level, stacked, and a softmax over the levels.

    Features of titles, where they are known, join a title's messages. A pair of which one has no
    rating gets what the other deviates from the mean.

    Parameters
    ----------
    messages : int
        Length of the messages of a level.
    factors : int
        Length of the vectors of users and titles.
    bases : int
        Matrices that the bilinear forms of all levels are mixed of.
    feature_units : int
        Units that features of titles are brought to.
    levels : int
        Most levels: where ratings have more values, those that are near share one.
    dropout : float
        Share of the users and titles whose messages training hides.
    l2 : float
        Weight of the squared weights beside the losses of all ratings.
    averaging : float
        Predictions come from a moving average of the weights: how much of it stays in each step.
    steps : int
        Steps of an epoch, each on all ratings.
    epochs, learning_rate, patience, every, seed, device, threads, checkpoint, checkpoint_every
        See `reelhouse.models.on_torch.TorchSettings`.
    """

    name: ClassVar[str] = "gcmc"
    family: ClassVar[str] = "graph"
    messages: int = 50
    factors: int = 75
    bases: int = 2
    feature_units: int = 10
    levels: int = 10
    dropout: float = 0.5
    l2: float = 0.0
    averaging: float = 0.98
    steps: int = 5
    epochs: int = 60
    learning_rate: float = 0.02

    def _learner(self, train: Ratings, device: Any) -> _LevelsLearner:
        return _LevelsLearner(self, train, device)

    def _taken(self, train: Ratings) -> tuple[Any, ...]:
        return (train.by_user, train.features)

    def predict(
        self,
        users: NDArray[np.integer],
        titles: NDArray[np.integer],
        days: NDArray[np.number] | None = None,
    ) -> FloatArray:
        """Predict ratings; see `reelhouse.models.base.RatingModel`."""
        learned = self.learned_
        checked_pairs(users, titles, learned["users"].shape[1], learned["titles"].shape[0])
        found = np.empty(users.size, dtype=np.float64)
        expected_levels(
            users.astype(np.int64), titles.astype(np.int64), learned["users"],
            learned["titles"], learned["coefficients"],
            learned["levels"], found,
        )  # fmt: skip
        mean, low, high = learned["mean_and_bounds"]
        # The vector of a node without messages means nothing.
        simple = mean + learned["user_deviations"][users] + learned["title_deviations"][titles]
        known = learned["users_known"][users] & learned["titles_known"][titles]
        within: FloatArray = np.clip(np.where(known, found, simple), low, high).astype(np.float32)
        return within


def levels_of(
    values: NDArray[np.floating], most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Level of each rating, and the rating that each level stands for.

    Parameters
    ----------
    values : ndarray of shape (n_ratings,)
    most : int
        Most levels; where there are more values, a level is the mean of about as many ratings.

    Returns
    -------
    level : ndarray of shape (n_ratings,)
    stands_for : ndarray of shape (n_levels,), ascending
    """
    different = np.unique(values)
    if different.size > most:
        borders = np.unique(np.quantile(values, np.arange(1, most) / most))
        _, level = np.unique(np.searchsorted(borders, values, "right"), return_inverse=True)
    else:
        level = np.searchsorted(different, values)
    sums = np.bincount(level, weights=values.astype(np.float64))
    return level, sums / np.bincount(level)


class _LevelsLearner(Learner):
    def __init__(self, settings: GCMC, train: Ratings, device: Any) -> None:
        self.device = device
        self.held = {}
        self._settings, self._train = settings, train
        level, self._stands_for = levels_of(train.values, settings.levels)
        self._level = torch.from_numpy(level.astype(np.int64)).to(device)
        self._users = torch.from_numpy(train.users.astype(np.int64)).to(device)
        self._titles = torch.from_numpy(train.titles.astype(np.int64)).to(device)
        self._counts = (
            np.bincount(train.users, minlength=train.n_users),
            np.bincount(train.titles, minlength=train.n_titles),
        )
        self._edges = self._edges_of(level)
        self._features = self._dense_features()
        self.parameters = self._weights(generator(device, settings.seed, 0))
        self.optimizers = [
            torch.optim.Adam(list(self.parameters.values()), lr=settings.learning_rate)
        ]
        self.held = {name: one.detach().clone() for name, one in self.parameters.items()}

    def epoch(self, number: int, random: Any) -> None:
        steps = self._settings.steps
        for step in range(1, steps + 1):
            self._step((number - 1) * steps + step, random)

    def _step(self, number: int, random: Any) -> None:
        net, settings = self.parameters, self._settings
        users, titles = self._vectors(net, settings.dropout, random)
        rated = titles.index_select(0, self._titles)
        forms = [
            ((users @ base).index_select(0, self._users) * rated).sum(dim=1)
            for base in net["bases"]
        ]
        logits = torch.stack(forms, dim=1) @ net["coefficients"].T
        loss = torch.nn.functional.cross_entropy(logits, self._level)
        if settings.l2:
            squares = sum((one**2).sum() for one in net.values())
            loss = loss + settings.l2 / self._train.n_ratings * squares
        self.optimizers[0].zero_grad()
        loss.backward()
        self.optimizers[0].step()
        with torch.no_grad():
            # At first the average of all so far.
            step = max(1 - settings.averaging, 1 / number)
            for name, one in net.items():
                self.held[name].lerp_(one, step)

    def arrays(self) -> dict[str, NDArray[Any]]:
        with torch.no_grad():
            users, titles = self._vectors(self.held, 0.0, None)
            of_users = torch.stack([users @ base for base in self.held["bases"]])
        train, (rated_by, raters) = self._train, self._counts
        user_deviations, title_deviations = deviations(train)
        return {
            "users": to_numpy(of_users),
            "titles": to_numpy(titles),
            "coefficients": to_numpy(self.held["coefficients"]),
            "levels": self._stands_for,
            "mean_and_bounds": np.array([train.mean, *train.bounds]),
            "user_deviations": user_deviations,
            "title_deviations": title_deviations,
            "users_known": rated_by > 0,
            "titles_known": raters > 0,
        }

    def _edges_of(self, level: NDArray[np.int64]) -> list[Edges]:
        """For each level, edges from titles to users."""
        train = self._train
        by_users, by_titles = (share_of(counts, 0.5) for counts in self._counts)
        weights = by_users[train.users] * by_titles[train.titles]
        found = []
        for number in range(self._stands_for.size):
            at = level == number
            places = (train.users[at], train.titles[at])
            shape = (train.n_users, train.n_titles)
            found.append(Edges.of(sparse.csr_matrix((weights[at], places), shape), self.device))
        return found

    def _dense_features(self) -> Tensor | None:
        features = self._train.features
        if features is None or features.shape[1] == 0:
            return None
        return torch.from_numpy(unit_rows(features).toarray()).to(self.device)

    def _weights(self, random: Any) -> dict[str, Tensor]:
        settings, train = self._settings, self._train
        n_levels, width = self._stands_for.size, settings.messages
        found = {
            "from_users": glorot((n_levels, train.n_users, width), random),
            "from_titles": glorot((n_levels, train.n_titles, width), random),
            "user_dense": glorot((n_levels * width, settings.factors), random),
            "title_dense": glorot((n_levels * width, settings.factors), random),
            "user_bias": zeros(settings.factors, self.device),
            "title_bias": zeros(settings.factors, self.device),
            "bases": glorot((settings.bases, settings.factors, settings.factors), random),
            "coefficients": glorot((n_levels, settings.bases), random),
        }
        if self._features is not None:
            n_features = self._features.shape[1]
            found["features"] = glorot((n_features, settings.feature_units), random)
            found["features_bias"] = zeros(settings.feature_units, self.device)
            found["feature_dense"] = glorot((settings.feature_units, settings.factors), random)
        return found

    def _vectors(
        self, net: Mapping[str, Tensor], dropout: float, random: Any
    ) -> tuple[Tensor, Tensor]:
        """Vectors of users and of titles."""
        back = [edges.back() for edges in self._edges]
        of_users = self._received(net["from_titles"], self._edges, dropout, random)
        of_titles = self._received(net["from_users"], back, dropout, random)
        users = of_users @ net["user_dense"] + net["user_bias"]
        titles = of_titles @ net["title_dense"] + net["title_bias"]
        if self._features is not None:
            units = torch.relu(self._features @ net["features"] + net["features_bias"])
            titles = titles + units @ net["feature_dense"]
        return users, titles

    def _received(self, weights: Tensor, edges: list[Edges], dropout: float, random: Any) -> Tensor:
        """Sums of the messages of each level, side by side."""
        if dropout > 0:
            # All messages of a node are hidden together.
            nodes = torch.ones(weights.shape[1], 1, device=self.device)
            weights = weights * dropped(nodes, dropout, random)
        received = [one.send(table) for one, table in zip(edges, weights, strict=True)]
        return dropped(torch.relu(torch.cat(received, dim=1)), dropout, random)
