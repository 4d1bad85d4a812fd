"""A Bayesian factorization machine over the features of users and of titles.

References
----------
As of `reelhouse.models.rating.kernels_machine`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.models.rating.bpmf import Noise
from reelhouse.models.rating.kernels_machine import (
    COUNT,
    N_KNOWN,
    PRODUCT,
    Doubles,
    collect,
    draw_factor,
    draw_weights,
    settle,
)
from reelhouse.models.rating.linear_groups import LinearGroup
from reelhouse.models.rating.samples import Sample
from reelhouse.models.ratings import Ratings


class FeatureSide:
    """Features of the users or of the titles, with a weight and factors for each.

    Parameters
    ----------
    groups : sequence of csr_matrix of shape (n_rows, n_features of the group)
        Features that share a prior.
    numbers : ndarray of shape (n_ratings,), int32
        Row of each rating.
    """

    def __init__(
        self,
        groups: Sequence[sparse.csr_matrix],
        numbers: NDArray[np.int32],
        n_factors: int,
        rng: np.random.Generator,
    ) -> None:
        self.numbers = numbers
        self.features = sparse.csr_matrix(sparse.hstack(groups, "csr"), dtype=np.float64)
        n_rows, n_features = self.features.shape
        self.known = np.zeros((n_rows, N_KNOWN))
        self.known[:, COUNT] = np.bincount(numbers, minlength=n_rows)
        columns = self.features.tocsc()
        sizes = [group.shape[1] for group in groups]
        self._columns = columns.indptr.astype(np.int64), columns.indices, columns.data
        self._group_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        # Features that a rating has: the others say nothing about their group.
        has = (self.known[:, COUNT] > 0).astype(np.float64) @ (columns != 0) > 0
        self._members = [np.flatnonzero(has & (self._group_of == g)) for g in range(len(sizes))]
        self.weights = np.zeros(n_features)
        self.factors = 0.1 * rng.standard_normal((n_factors, n_features))
        self._means = np.zeros((n_factors + 1, len(sizes)))
        self._precisions = np.ones((n_factors + 1, len(sizes)))

    def draw_priors(self, rng: np.random.Generator) -> None:
        """Draw mean and precision of the weights and of each factor, by group.

        The prior of a precision is Gamma(1/2, 1/2); that of a mean is normal about 0, worth one
        feature.
        """
        for group, members in enumerate(self._members):
            drawn = np.vstack([self.weights[None, members], self.factors[:, members]])
            means, n = self._means[:, group], members.size
            away = ((drawn - means[:, None]) ** 2).sum(axis=1) + means**2
            precisions = rng.gamma((n + 2) / 2, 2.0 / (1.0 + away))
            middle = drawn.sum(axis=1) / (n + 1)
            noise = rng.standard_normal(means.size)
            self._means[:, group] = middle + noise / np.sqrt(precisions * (n + 1))
            self._precisions[:, group] = precisions

    def draw_weights(
        self, other: FeatureSide, errors: Doubles, alpha: float, rng: np.random.Generator
    ) -> None:
        """Draw the weights, given all else; errors follow."""
        other.known[:, PRODUCT] = 0.0
        collect(self.numbers, other.numbers, errors, other.known, self.known)
        draw_weights(
            *self._columns, self._group_of, self._means[0], self._precisions[0], alpha,
            rng.standard_normal(self.weights.size), self.known, self.weights,
        )  # fmt: skip
        settle(self.numbers, other.numbers, errors, other.known, self.known)

    def draw_factor(
        self,
        factor: int,
        other: FeatureSide,
        errors: Doubles,
        alpha: float,
        rng: np.random.Generator,
    ) -> None:
        """Draw one factor of all features, given all else; errors follow.

        Both sides must `take_up` that factor before.
        """
        collect(self.numbers, other.numbers, errors, other.known, self.known)
        draw_factor(
            *self._columns, self._group_of, self._means[factor + 1],
            self._precisions[factor + 1], alpha, rng.standard_normal(self.weights.size),
            self.known, self.factors[factor],
        )  # fmt: skip
        settle(self.numbers, other.numbers, errors, other.known, self.known)

    def take_up(self, factor: int) -> None:
        """Multiply the features of each row with a factor."""
        self.known[:, PRODUCT] = self.features @ self.factors[factor]

    def folded(self) -> tuple[Doubles, Doubles]:
        """Bias and factors of each row, in which its features count with each other, too."""
        factors = self.features @ self.factors.T
        own = self.features.power(2) @ (self.factors**2).T
        biases = self.features @ self.weights + ((factors**2 - own).sum(axis=1)) / 2
        return biases, factors


class Machine:
    """A Gibbs sampler of the weights and factors of both sides.

    Parameters
    ----------
    train : Ratings
    users, titles : sequence of csr_matrix
        Groups of features of the users and of the titles.

    Attributes
    ----------
    linear : list of LinearGroup
        Features of the ratings themselves; may be added to before the first sweep.
    """

    def __init__(
        self,
        train: Ratings,
        users: Sequence[sparse.csr_matrix],
        titles: Sequence[sparse.csr_matrix],
        n_factors: int,
        rng: np.random.Generator,
    ) -> None:
        self._users = FeatureSide(users, train.users, n_factors, rng)
        self._titles = FeatureSide(titles, train.titles, n_factors, rng)
        self._n_factors, self._rng = n_factors, rng
        self.linear: list[LinearGroup] = []
        self._noise = Noise()
        self._mean = train.mean
        self._errors = train.values.astype(np.float64) - self._predicted(train)

    def sweep(self) -> None:
        """Draw everything once."""
        rng, errors = self._rng, self._errors
        users, titles = self._users, self._titles
        self._noise.draw(float((errors**2).sum()), errors.size, rng)
        alpha = self._noise.precision
        for side in (users, titles):
            side.draw_priors(rng)
        self._draw_mean(alpha)
        users.draw_weights(titles, errors, alpha, rng)
        titles.draw_weights(users, errors, alpha, rng)
        for group in self.linear:
            group.draw(errors, alpha, rng)
        for factor in range(self._n_factors):
            users.take_up(factor)
            titles.take_up(factor)
            users.draw_factor(factor, titles, errors, alpha, rng)
            titles.draw_factor(factor, users, errors, alpha, rng)

    def sample(self) -> Sample:
        """What was drawn last."""
        parts = (
            part.astype(np.float32) for part in (*self._users.folded(), *self._titles.folded())
        )
        user_biases, user_factors, title_biases, title_factors = parts
        weights = tuple(group.weights.astype(np.float32) for group in self.linear)
        return Sample(self._mean, user_biases, title_biases, user_factors, title_factors, weights)

    def _draw_mean(self, alpha: float) -> None:
        total = alpha * self._errors.size + 1.0
        middle = alpha * (self._errors.sum() + self._errors.size * self._mean) / total
        drawn = float(middle + self._rng.standard_normal() / np.sqrt(total))
        self._errors -= drawn - self._mean
        self._mean = drawn

    def _predicted(self, train: Ratings) -> Doubles:
        """Predictions of what is learned from, in float64: errors are followed from here on."""
        user_biases, user_factors = self._users.folded()
        title_biases, title_factors = self._titles.folded()
        predicted: Doubles = self._mean + user_biases[train.users] + title_biases[train.titles]
        for factor in range(self._n_factors):
            predicted += user_factors[train.users, factor] * title_factors[train.titles, factor]
        return predicted
