"""What the autoencoders that predict ratings have in common: rows of ratings in, products out.

A row is what one user gave, or what one title was given, less the mean of all ratings and what the
user and the title deviate from it. The last layer is linear: a prediction is the product of a
user's numbers and a title's, so that a trained model is two tables, whatever the network before the
last layer.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.base import checked_pairs
from reelhouse.models.deviations import deviations
from reelhouse.models.kernels_layers import pair_products
from reelhouse.models.on_torch import (
    Learner,
    Tensor,
    batches,
    to_numpy,
)
from reelhouse.models.ratings import Ratings
from reelhouse.models.torch_fits import TorchRating

#: Rows that go through a trained network at once.
_ROWS = 512


class RowsLearner(Learner):
    """Trains on rows of ratings in batches.

    Parameters
    ----------
    train : Ratings
    batch_size : int
    device : torch.device
    rows_are_users : bool
        Whether a row is of a user, not of a title.
    """

    def __init__(
        self, train: Ratings, batch_size: int, device: Any, *, rows_are_users: bool
    ) -> None:
        self.device = device
        self.held = {}
        self._train, self._batch_size = train, batch_size
        self._deviations = deviations(train)
        of_users, of_titles = self._deviations
        rest = train.values - train.mean - of_users[train.users] - of_titles[train.titles]
        without = replace(train, values=rest.astype(np.float32))
        self._rows = without.by_user if rows_are_users else without.by_title
        self._rated = np.flatnonzero(np.diff(self._rows.indptr))
        self._rows_are_users = rows_are_users
        self.n_rows, self.n_columns = self._rows.shape

    def epoch(self, number: int, random: Any) -> None:
        """Train on all rows that hold a rating."""
        for chosen in batches(self._rated.size, self._batch_size, random):
            self.learn(*self._dense(self._rated[chosen.cpu().numpy()]), random)

    @abstractmethod
    def learn(self, rows: Tensor, known: Tensor, random: Any) -> None:
        """Take a step: rows, 0 where nothing is known, and 1.0 where something is."""

    @abstractmethod
    def hidden(self, rows: Tensor) -> Tensor:
        """Units of the last hidden layer."""

    @abstractmethod
    def last(self) -> tuple[Tensor, Tensor]:
        """Weights of shape (n_units, n_columns) and biases of the last layer."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Tables of users and titles; a product with 1 adds the bias."""
        with torch.no_grad():
            units = torch.cat([
                self.hidden(self._dense(np.arange(first, min(first + _ROWS, self.n_rows)))[0])
                for first in range(0, self.n_rows, _ROWS)
            ])  # fmt: skip
            weights, bias = self.last()
            of_rows = torch.cat([units, torch.ones_like(units[:, :1])], dim=1)
            of_columns = torch.cat([weights, bias[None, :]]).T
        tables = [to_numpy(of_rows), to_numpy(of_columns)]
        users, titles = tables if self._rows_are_users else reversed(tables)
        train = self._train
        of_users, of_titles = (side[:, None].astype(np.float32) for side in self._deviations)
        users = np.hstack([users, of_users, np.ones_like(of_users)])
        titles = np.hstack([titles, np.ones_like(of_titles), of_titles])
        return {
            "users": _filled(users, np.bincount(train.users, minlength=train.n_users)),
            "titles": _filled(titles, np.bincount(train.titles, minlength=train.n_titles)),
            "mean_and_bounds": np.array([train.mean, *train.bounds]),
        }

    def _dense(self, numbers: NDArray[np.integer]) -> tuple[Tensor, Tensor]:
        chosen = self._rows[numbers]
        rows = np.zeros(chosen.shape, dtype=np.float32)
        known = np.zeros(chosen.shape, dtype=np.float32)
        places = np.repeat(np.arange(numbers.size), np.diff(chosen.indptr)), chosen.indices
        rows[places] = chosen.data
        known[places] = 1
        return torch.from_numpy(rows).to(self.device), torch.from_numpy(known).to(self.device)


@dataclass(kw_only=True)
class RatedRowsAutoencoder(TorchRating):
    """An autoencoder of rows of ratings; a subclass says what it learns."""

    def predict(
        self,
        users: NDArray[np.integer],
        titles: NDArray[np.integer],
        days: NDArray[np.number] | None = None,
    ) -> FloatArray:
        """Predict ratings; see `reelhouse.models.base.RatingModel`."""
        learned = self.learned_
        checked_pairs(users, titles, learned["users"].shape[0], learned["titles"].shape[0])
        found = np.empty(users.size, dtype=np.float64)
        pair_products(
            users.astype(np.int64),
            titles.astype(np.int64),
            learned["users"],
            learned["titles"],
            found,
        )
        mean, low, high = learned["mean_and_bounds"]
        within: FloatArray = np.clip(found + mean, low, high).astype(np.float32)
        return within


def _filled(table: FloatArray, counts: NDArray[np.integer]) -> FloatArray:
    """Give rows without ratings the mean of the others, each by its ratings.

    A product with it is the mean of the products: what is known of the other side alone.
    """
    mean = np.average(table.astype(np.float64), axis=0, weights=counts)
    return np.where(counts[:, None] > 0, table, mean.astype(np.float32))
