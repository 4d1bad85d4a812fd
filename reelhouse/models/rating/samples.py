"""The samples of a Gibbs sampler as the biases and factors of one model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from reelhouse.clustering.geometry import FloatArray
from reelhouse.models.rating.factors import FactorModel, required


@dataclass
class GibbsSettings:
    """What the models learned by Gibbs sampling have in common.

    Parameters
    ----------
    n_factors : int
    epochs : int
        Sweeps of the sampler.
    burn_in : int
        First sweeps whose samples are not kept.
    n_samples : int
        Samples that are kept, evenly spaced over the other sweeps: the prediction is their mean.
        Each takes 4 * n_factors bytes for each user and title.
    seed : int
    """

    n_factors: int = 10
    epochs: int = 200
    burn_in: int = 20
    n_samples: int = 90
    seed: int = 0

    def __post_init__(self) -> None:
        required("n_factors", self.n_factors, 1)
        required("burn_in", self.burn_in, 0)
        required("epochs", self.epochs, self.burn_in + 1)
        required("n_samples", self.n_samples, 1)

    def is_kept(self, epoch: int) -> bool:
        """Whether the sample of a sweep, from 1, is kept."""
        after, n_after = epoch - self.burn_in, self.epochs - self.burn_in
        n = min(self.n_samples, n_after)
        return after > 0 and after * n // n_after > (after - 1) * n // n_after


@dataclass(frozen=True)
class Sample:
    """One sample: offset, biases and factors as `FactorModel` has them.

    Attributes
    ----------
    weights : tuple of ndarray
        Of each `reelhouse.models.rating.linear_groups.LinearGroup`.
    """

    mean: float
    user_biases: FloatArray
    title_biases: FloatArray
    user_factors: FloatArray
    title_factors: FloatArray
    weights: tuple[FloatArray, ...] = ()


@dataclass
class Samples:
    """Samples whose mean prediction is asked for."""

    kept: list[Sample] = field(default_factory=list)

    def tell(self, model: FactorModel, latest: Sample) -> None:
        """Make a model predict the mean of the kept samples; without any, the latest.

        The mean of products of factors is the product of all factors side by side.
        """
        samples = self.kept or [latest]
        n = len(samples)
        model.mean_ = np.array([sum(one.mean for one in samples) / n])
        model.user_biases_ = _mean([one.user_biases for one in samples])
        model.title_biases_ = _mean([one.title_biases for one in samples])
        model.user_factors_ = np.hstack([one.user_factors for one in samples])
        titles = np.hstack([one.title_factors for one in samples])
        model.title_factors_ = titles * np.float32(1.0 / n)

    def mean_weights(self, latest: Sample) -> list[FloatArray]:
        """Mean of each group of weights over the kept samples; without any, the latest."""
        samples = self.kept or [latest]
        return [_mean(list(group)) for group in zip(*(one.weights for one in samples), strict=True)]


def _mean(arrays: list[FloatArray]) -> FloatArray:
    total = np.zeros(arrays[0].shape)
    for array in arrays:
        total += array
    mean: FloatArray = (total / len(arrays)).astype(np.float32)
    return mean
