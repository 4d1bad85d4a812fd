"""A figure measured in several splits, where the same user may have been measured several times."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reelhouse.evaluation.uncertainty import (
    Comparison,
    FloatArray,
    Interval,
    bootstrap_mean,
    compare_paired,
)


@dataclass
class Repeated:
    """Values of one figure, a row per split.

    Attributes
    ----------
    splits : list of ndarray of shape (n,)
        One value for each user, or each rating, of a split.
    users : list of ndarray of shape (n,)
        Whose each value is: values of one user stay together where users are resampled.
    """

    splits: list[FloatArray] = field(default_factory=list)
    users: list[NDArray[np.integer]] = field(default_factory=list)

    def add(self, values: FloatArray, users: NDArray[np.integer]) -> None:
        """Add a split; one without values says nothing and is left out."""
        if values.size:
            self.splits.append(values)
            self.users.append(users)

    @property
    def n_values(self) -> int:
        """Values of all splits."""
        return sum(each.size for each in self.splits)

    @property
    def n_users(self) -> int:
        """Users of all splits, each counted once."""
        return int(np.unique(np.concatenate(self.users)).size) if self.users else 0

    @property
    def mean(self) -> float:
        """Mean of all values."""
        return float(np.concatenate(self.splits).mean())

    @property
    def deviation_of_splits(self) -> float:
        """Standard deviation of the splits' means."""
        return float(np.std([each.mean() for each in self.splits]))

    def interval(self, *, seed: int = 0) -> Interval:
        """Interval of the mean, by resampling users."""
        users = np.concatenate(self.users)
        return bootstrap_mean(np.concatenate(self.splits), users=users, seed=seed)

    def against(self, other: Repeated, *, seed: int = 0) -> Comparison:
        """What this is ahead of another one, measured on the same users of the same splits."""
        pair = (np.concatenate(one.splits) for one in (self, other))
        return compare_paired(*pair, users=np.concatenate(self.users), seed=seed)
