"""Models that are simple enough to know what they answer, and a registry of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models import registry
from reelhouse.models.base import Arrays, RankingModel, RatingModel, checked_pairs
from reelhouse.models.ratings import Ratings
from reelhouse.models.registry import Choices, Entry, Range
from reelhouse.models.training import Training, rating_judge


@dataclass
class Mean(RatingModel):
    """The mean rating of all, whoever asks."""

    name: ClassVar[str] = "mean"
    family: ClassVar[str] = "baseline"

    def fit(self, train: Ratings, *, validation=None, progress=None) -> Mean:
        self.curve_, self.epochs_ = [], 0
        self.mean_ = np.array([train.mean], np.float32)
        self.shape_ = (train.n_users, train.n_titles)
        return self

    def predict(self, users, titles, days=None):
        checked_pairs(users, titles, *self.shape_)
        return np.full(users.size, self.mean_[0], np.float32)

    def arrays(self) -> Arrays:
        return {"mean": self.mean_, "shape": np.array(self.shape_)}

    def restore(self, arrays: Arrays) -> None:
        self.mean_, self.shape_ = arrays["mean"], tuple(arrays["shape"])

    @property
    def n_parameters(self) -> int:
        return 1


@dataclass
class TitleMean(RatingModel):
    """The mean rating of a title, reached in steps: half of the way with every epoch."""

    pull: float = 5.0
    epochs: int = 10
    seed: int = 0

    name: ClassVar[str] = "title-mean"
    family: ClassVar[str] = "matrix factorization"

    def fit(self, train: Ratings, *, validation=None, progress=None) -> TitleMean:
        counts = np.bincount(train.titles, minlength=train.n_titles)
        sums = np.bincount(
            train.titles, weights=train.values - train.mean, minlength=train.n_titles
        )
        goal = train.mean + sums / (counts + self.pull)
        self.means_ = np.full(train.n_titles, train.mean)
        self.shape_ = (train.n_users, train.n_titles)

        def step(epoch: int) -> None:
            self.means_ = (self.means_ + goal) / 2

        def put_back(means: np.ndarray) -> None:
            self.means_ = means

        training = Training(
            self.epochs, step, lambda: self.means_.copy(), put_back,
            judge=rating_judge(self, validation), progress=progress,
        )  # fmt: skip
        self.curve_, self.epochs_ = training.run()
        return self

    def predict(self, users, titles, days=None):
        return self.means_[titles].astype(np.float32)

    def arrays(self) -> Arrays:
        return {"means": self.means_}

    def restore(self, arrays: Arrays) -> None:
        self.means_ = arrays["means"]

    @property
    def n_parameters(self) -> int:
        return int(self.means_.size)


@dataclass
class Broken(Mean):
    """Cannot be fitted."""

    name: ClassVar[str] = "broken"

    def fit(self, train: Ratings, *, validation=None, progress=None) -> Broken:
        raise RecommendationError("this model never works")


@dataclass
class Fragile(TitleMean):
    """Works with its own settings alone."""

    name: ClassVar[str] = "fragile"

    def fit(self, train: Ratings, *, validation=None, progress=None) -> Fragile:
        if self.pull != 5.0:
            raise RecommendationError(f"a pull of {self.pull:g} is too much")
        super().fit(train, validation=validation, progress=progress)
        return self


@dataclass
class Slow(TitleMean):
    """Takes half a second for an epoch."""

    epochs: int = 1_000
    name: ClassVar[str] = "slow"

    def predict(self, users, titles, days=None):
        time.sleep(0.05)
        return super().predict(users, titles, days)


class _ByTitle(RankingModel):
    """The same scores for everybody."""

    def _score(self, history):
        return np.repeat(self.scores_[None, :], history.shape[0], axis=0)

    def arrays(self) -> Arrays:
        return {"scores": self.scores_}

    def restore(self, arrays: Arrays) -> None:
        self.scores_ = arrays["scores"]

    @property
    def n_parameters(self) -> int:
        return int(self.scores_.size)


@dataclass
class Popular(_ByTitle):
    """Titles by their number of viewers."""

    name: ClassVar[str] = "popular"
    family: ClassVar[str] = "baseline"

    def _fit(self, known, validation, progress) -> None:
        self.scores_ = known.n_raters.astype(np.float32)


@dataclass
class Together(RankingModel):
    """Titles by how often they are seen with what somebody saw."""

    power: float = 0.5
    name: ClassVar[str] = "together"
    family: ClassVar[str] = "matrix factorization"

    def _fit(self, known, validation, progress) -> None:
        seen = known.history
        counts = np.maximum(known.n_raters, 1).astype(np.float32)
        both = (seen.T @ seen).toarray().astype(np.float32)
        np.fill_diagonal(both, 0)
        self.both_ = both / counts[None, :] ** self.power

    def _score(self, history):
        return np.asarray(history @ self.both_, dtype=np.float32)

    def arrays(self) -> Arrays:
        return {"both": self.both_}

    def restore(self, arrays: Arrays) -> None:
        self.both_ = arrays["both"]

    @property
    def n_parameters(self) -> int:
        return int(self.both_.size)


def entry(kind: type, protocol: Any, **space: Range | Choices) -> Entry:
    return Entry(kind.name, protocol, f"{__name__}:{kind.__name__}", space)  # type: ignore[attr-defined]


MEAN = entry(Mean, "rating")
TITLE_MEAN = entry(TitleMean, "rating", pull=Range(0.1, 100.0, log=True))
BROKEN = entry(Broken, "rating")
SLOW = entry(Slow, "rating")
POPULAR = entry(Popular, "ranking")
TOGETHER = entry(Together, "ranking", power=Choices((0.0, 0.5, 1.0)))
ALL = (MEAN, TITLE_MEAN, BROKEN, POPULAR, TOGETHER)


def use(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    """Make these the models that there are."""
    monkeypatch.setattr(registry, "ENTRIES", entries or ALL)
