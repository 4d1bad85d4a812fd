"""How far users and titles deviate from the mean of all ratings, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelhouse.models.ratings import Ratings

#: A deviation is damped as by so many ratings that do not deviate.
_DAMPING = 10.0


def deviations(train: Ratings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Deviations of shape (n_users,) and (n_titles,); 0 where there is no rating.

    Titles come first: what is left of a user's ratings is the user's.
    """
    values = train.values.astype(np.float64) - train.mean
    of_titles = _damped(train.titles, values, train.n_titles)
    of_users = _damped(train.users, values - of_titles[train.titles], train.n_users)
    return of_users, of_titles


def _damped(
    numbers: NDArray[np.integer], values: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    counts = np.bincount(numbers, minlength=n)
    found: NDArray[np.float64] = np.bincount(numbers, values, n) / (counts + _DAMPING)
    return found
