"""What the comparison knows of a model before it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from reelhouse.errors import RecommendationError
from reelhouse.models.base import RankingModel, RatingModel

Protocol = Literal["rating", "ranking"]


@dataclass(frozen=True)
class Range:
    """Numbers that a tuner may try, ends included; `log`: evenly by their logarithm."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Choices:
    """Values that a tuner may try."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Entry:
    """A model of the comparison.

    Attributes
    ----------
    name : str
        The model's own.
    protocol : str
        What it predicts: ratings, or a ranking.
    where : str
        Module and class, as "reelhouse.models.rating.bias:Bias".
    space : mapping
        By name of a setting, what a tuner may try; the settings themselves are the first trial.
    extra : str or None
        The optional extra that must be installed.
    quick : bool
        Fits small data in a moment without an extra: the demo shows it.
    """

    name: str
    protocol: Protocol
    where: str
    space: Mapping[str, Range | Choices]
    extra: str | None = None
    quick: bool = False

    def load(self) -> type[RatingModel] | type[RankingModel]:
        """Import the class.

        Raises
        ------
        RecommendationError
            When the extra is not installed.
        """
        module, _, name = self.where.partition(":")
        try:
            found: type[RatingModel] | type[RankingModel] = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if self.extra is None:
                raise
            raise RecommendationError(
                f"the model {self.name} requires {error.name}: "
                f"pip install 'reelhouse[{self.extra}]'"
            ) from None
        return found
