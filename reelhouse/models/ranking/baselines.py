"""Recommenders that are no models by birth, as models: what the others are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.models.base import Arrays, Progress, RankingModel
from reelhouse.recommend.item_neighbours import ItemNeighbours
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.preference_lists import PreferenceLists
from reelhouse.recommend.rated import RatedTitles


@dataclass
class PopularityModel(Popularity, RankingModel):
    """Titles by the share of users who saw them; see `Popularity`."""

    family: ClassVar[str] = "baseline"

    half_life: float | None = None
    window: float | None = None

    def __post_init__(self) -> None:
        Popularity.__init__(self, half_life=self.half_life, window=self.window)

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        self._learn(known)

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {"shares": self.lists_.values}

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        self.lists_ = PreferenceLists.of(arrays["shares"])
        self.curve_, self.epochs_ = [], 0

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return int(self.lists_.values.size)


@dataclass
class ItemNeighboursModel(ItemNeighbours, RankingModel):
    """Titles whose viewers are those of the titles somebody saw; see `ItemNeighbours`."""

    family: ClassVar[str] = "baseline"

    n_neighbours: int = 50
    activity: float = 0.75
    shrinkage: float = 0.5

    def __post_init__(self) -> None:
        ItemNeighbours.__init__(
            self, self.n_neighbours, activity=self.activity, shrinkage=self.shrinkage
        )

    def _fit(
        self, known: RatedTitles, validation: HeldOutUsers | None, progress: Progress | None
    ) -> None:
        self._learn(known)

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return {
            "neighbours": self.neighbours_,
            "similarities": self.similarities_,
            "prior": self.prior_,
        }

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        self.neighbours_, self.similarities_ = arrays["neighbours"], arrays["similarities"]
        self.prior_ = arrays["prior"]
        self.curve_, self.epochs_ = [], 0

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return self.similarities_.size
