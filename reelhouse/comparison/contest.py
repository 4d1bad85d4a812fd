"""What the two protocols have in common: splits, a validation part, and what is kept of a model.

A contest fits a model on a split, lets it answer for what is held out there, and turns answers
into figures. Answers are arrays, so that they can be kept in files: what is measured of a model can
be measured of an ensemble too, and a run that was interrupted need not begin anew.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import RecommendationError
from reelhouse.evaluation.repeated import Repeated
from reelhouse.models.base import Model, Progress
from reelhouse.models.registry import Protocol

Answers = Mapping[str, NDArray[Any]]
#: A figure of a split that has nothing to measure it on is None.
Figures = dict[str, float | None]

SplitT = TypeVar("SplitT")


@dataclass(frozen=True)
class Evaluation:
    """The figures of one model.

    Attributes
    ----------
    of_splits : list of Figures
        One for each split.
    overall : Figures
        Means over the splits, and bounds of their intervals in `<figure>_low` and `<figure>_high`.
    compared : Repeated
        What models are told apart by, for each user: lower is better for ratings.
    """

    of_splits: list[Figures]
    overall: Figures
    compared: Repeated


class Contest(ABC, Generic[SplitT]):
    """One protocol with its splits."""

    protocol: ClassVar[Protocol]
    by: ClassVar[str]
    """The figure that models are told apart by."""
    higher_is_better: ClassVar[bool]
    splits: Sequence[SplitT]
    validation: SplitT
    seed: int

    @abstractmethod
    def names(self) -> list[str]:
        """Names of the splits."""

    @abstractmethod
    def sizes(self) -> list[tuple[int, int]]:
        """Ratings to learn from, and held out, of each split."""

    @abstractmethod
    def fit(
        self, model: Model, split: SplitT, *, judged: bool, progress: Progress | None = None
    ) -> None:
        """Learn from the training part; with `judged` what is held out tells when to stop."""

    @abstractmethod
    def cases(self, model: Model) -> NDArray[np.float64]:
        """What `figure` is made of, for each rating or user of the validation part."""

    @abstractmethod
    def figure(self, cases: NDArray[np.float64]) -> float:
        """How good a model is, by `by`."""

    def is_clearly_better(self, cases: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
        """Whether models differ by more than the standard error of what they differ by.

        Parameters
        ----------
        cases, other : ndarray of shape (n_cases,)
            In the same order.
        """
        gain = cases - other if self.higher_is_better else other - cases
        error = gain.std(ddof=1) / np.sqrt(gain.size) if gain.size > 1 else 0.0
        return bool(gain.mean() > error)

    @abstractmethod
    def answer(self, model: Model, split: SplitT) -> Answers:
        """What a fitted model says of what is held out: what is timed."""

    @abstractmethod
    def detail(self, model: Model, split: SplitT) -> Answers:
        """What else is kept of it, for cold starts and for the ensemble; not timed."""

    @abstractmethod
    def evaluate(self, answers: Sequence[Answers], baseline: Sequence[Answers]) -> Evaluation:
        """Measure the answers, one of each split.

        Parameters
        ----------
        answers, baseline : sequence of mappings
            What `answer` and `detail` gave together; `baseline` is the first model's.
        """

    @abstractmethod
    def stack(
        self, members: Sequence[Answers], answers: Sequence[Sequence[Answers]]
    ) -> tuple[list[float], list[Answers]]:
        """Weigh models on the validation part, and put their answers together.

        Parameters
        ----------
        members : sequence of n_models mappings
            Their answers on the validation part.
        answers : sequence of n_models sequences of n_splits mappings

        Returns
        -------
        weights : list of n_models floats
        answers : list of n_splits mappings
        """

    def better(self, value: float, other: float) -> bool:
        """Whether one value of `by` beats another."""
        return value > other if self.higher_is_better else value < other


def require_finite(what: str, values: NDArray[np.floating]) -> None:
    """Refuse what a model answers: found out here it is one model's failure, not the run's.

    Raises
    ------
    RecommendationError
    """
    bad = values.size - int(np.count_nonzero(np.isfinite(values)))
    if bad:
        raise RecommendationError(f"{bad:,} of {values.size:,} {what}s are not finite")


def mean_figures(of_splits: Sequence[Figures]) -> Figures:
    """Mean of each figure over the splits that have it."""
    found: Figures = {}
    for name in of_splits[0]:
        values = [value for split in of_splits if (value := split[name]) is not None]
        found[name] = sum(values) / len(values) if values else None
    return found
