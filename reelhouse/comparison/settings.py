"""Settings of the compare flow."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from reelhouse.models.registry import Protocol
from reelhouse.settings import Seed, Settings
from reelhouse.viewers.settings import RatingsSettings, outcome_settings

COLLECTION = "comparison"

#: A rating of at least this counts as liked, by how the ratings are cut for rankings.
LIKED = {"users": 4.0, "ratings": 3.0}


class SplitSettings(Settings):
    """How ratings are cut into those to learn from and those to test on."""

    folds: Literal["auto", "random", "temporal"] = "auto"
    """Of the rating protocol: auto takes official folds (u1.base, u1.test, ...) that stand beside
    the ratings, else random ones; temporal tests on the newest fifth, one split."""

    n_folds: Annotated[int, Field(ge=2)] = 5
    """Random folds."""

    ranking: Literal["users", "ratings"] = "users"
    """Of the ranking protocol: users holds out whole users (Liang et al. 2018); ratings holds out a
    tenth of each user's titles, and another for validation (8:1:1)."""

    n_seeds: PositiveInt = 10
    """Random splits of the ranking protocol."""

    test_users: PositiveInt | None = None
    """Users held out to test on; None: a fifth of those who like enough titles."""

    liked: NonNegativeFloat | None = None
    """A rating of at least this is liked; None: 4, and 3 where ratings are held out."""

    validation_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Of the first split's training ratings, for choosing settings; of the users twice that."""

    @property
    def threshold(self) -> float:
        """What counts as liked."""
        return LIKED[self.ranking] if self.liked is None else self.liked


class BudgetSettings(Settings):
    """What every model may spend; the same for all."""

    n_trials: PositiveInt = 12
    """Settings tried at most, the model's own defaults first."""

    tuning_minutes: NonNegativeFloat = 1.0
    """After so long no further settings are tried."""

    model_minutes: PositiveFloat = 10.0
    """A model that takes longer, tuning and all splits together, is out of the comparison."""

    ensemble_members: NonNegativeInt = 12
    """Models of the ensemble at most, the best on the validation split; 0: no ensemble."""


class CompareSettings(RatingsSettings):
    """Which models are compared, on what, and what each may spend."""

    models: Annotated[tuple[str, ...] | None, Field(min_length=1, strict=False)] = None
    """Names of models; None: all that there are."""

    protocols: Annotated[tuple[Protocol, ...], Field(min_length=1, strict=False)] = (
        "rating",
        "ranking",
    )
    """rating: how far predicted ratings are off; ranking: what recommended lists find."""

    splits: SplitSettings = SplitSettings()
    """Who and what is held out."""

    budget: BudgetSettings = BudgetSettings()
    """Trials and minutes of every model."""

    publish_models: bool = True
    """Publish the models that were fitted on each protocol's first split."""

    pictures: bool = True
    """Draw accuracy against time, and the learning curves."""

    seed: Seed = 0
    """Seed of splits, tuning and models."""


def contest_settings(settings: CompareSettings) -> dict[str, Any]:
    """The settings that decide how one model does: not who else takes part."""
    others = {"models", "protocols", "publish_models", "pictures"}
    return {name: value for name, value in outcome_settings(settings).items() if name not in others}
