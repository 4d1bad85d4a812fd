"""How the models on torch fit: rankings from histories, ratings from ratings."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Self

from reelhouse.errors import RecommendationError
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import Progress, RankingModel, RatingModel
from reelhouse.models.checkpoints import fit_of
from reelhouse.models.on_torch import Learner, OnTorch, run_epochs, torch_scope
from reelhouse.models.ratings import Ratings
from reelhouse.models.training import ranking_judge, rating_judge
from reelhouse.recommend.rated import RatedTitles


@dataclass(kw_only=True)
class TorchRanking(OnTorch, RankingModel):
    """A model that ranks; a subclass says what it learns and how it scores."""

    @abstractmethod
    def _learner(self, known: RatedTitles, device: Any) -> Learner:
        """Make the network."""

    def _taken(self, known: RatedTitles) -> tuple[Any, ...]:
        """What is learned from: a checkpoint of anything else is refused."""
        return (known.history,)

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        if known.history.nnz == 0:
            raise RecommendationError(f"{self.name} is given 0 seen titles, required is at least 1")
        held = () if validation is None else (validation.fold_in, validation.held_out)
        with torch_scope(self) as device:
            run_epochs(
                self, self._learner(known, device), ranking_judge(self, validation), progress,
                fit_of(self, self._taken(known), held),
            )  # fmt: skip


@dataclass(kw_only=True)
class TorchRating(OnTorch, RatingModel):
    """A model that predicts ratings; a subclass says what it learns and how it predicts."""

    @abstractmethod
    def _learner(self, train: Ratings, device: Any) -> Learner:
        """Make the network."""

    def _taken(self, train: Ratings) -> tuple[Any, ...]:
        """What is learned from: a checkpoint of anything else is refused."""
        return (train.by_user,)

    def fit(
        self,
        train: Ratings,
        *,
        validation: Ratings | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from ratings; see `reelhouse.models.base.RatingModel`."""
        held = () if validation is None else (validation.by_user,)
        with torch_scope(self) as device:
            run_epochs(
                self, self._learner(train, device), rating_judge(self, validation), progress,
                fit_of(self, self._taken(train), held),
            )  # fmt: skip
        return self
