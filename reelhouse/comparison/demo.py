"""The demo's comparison: the quick models on synthetic ratings, as they are."""

from __future__ import annotations

from pathlib import Path

from reelhouse.comparison.settings import BudgetSettings, CompareSettings, SplitSettings
from reelhouse.models import registry
from reelhouse.sources.synthetic_ratings import SyntheticRatingsSettings, write_ratings

_RATINGS = SyntheticRatingsSettings(
    n_users=600, n_titles=300, n_ratings=30_000, n_groups=6, group_share=0.6
)


def demo_ratings(folder: Path) -> int:
    """Write the ratings; returns their number."""
    return write_ratings(folder, _RATINGS)


def demo_comparison(ratings: str, store: str) -> CompareSettings:
    """Settings of a comparison that takes some seconds: quick models, few splits, no tuning."""
    return CompareSettings(
        ratings=ratings,
        store=store,
        models=tuple(entry.name for entry in registry.ENTRIES if entry.quick),
        splits=SplitSettings(n_folds=2, n_seeds=2),
        budget=BudgetSettings(n_trials=1),
        pictures=False,
    )
