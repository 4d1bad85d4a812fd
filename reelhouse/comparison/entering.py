"""Who takes part in which contest."""

from __future__ import annotations

import difflib
from importlib.util import find_spec
from typing import Any

from reelhouse.comparison.contest import Contest
from reelhouse.comparison.data import ComparedRatings
from reelhouse.comparison.ranking_contest import RankingContest
from reelhouse.comparison.rating_contest import RatingContest
from reelhouse.comparison.settings import CompareSettings
from reelhouse.comparison.splits import (
    ranking_splits,
    ranking_validation,
    rating_splits,
    rating_validation,
)
from reelhouse.errors import RecommendationError
from reelhouse.models import registry
from reelhouse.models.registry import Entry, Protocol


def entered(settings: CompareSettings) -> dict[Protocol, list[Entry]]:
    """The models that take part in each protocol, in the order of the registry.

    Raises
    ------
    RecommendationError
        A name is not known, none of the models takes part in the protocols, or tuning is wanted
        and Optuna is not installed.
    """
    known = {entry.name for entry in registry.ENTRIES}
    for name in settings.models or ():
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"; is it {near[0]}?" if near else ""
            raise RecommendationError(
                f"no model is called {name!r}{hint} Known are {', '.join(sorted(known))}"
            )
    wanted = known if settings.models is None else set(settings.models)
    found: dict[Protocol, list[Entry]] = {
        protocol: [one for name, one in registry.entries(protocol).items() if name in wanted]
        for protocol in settings.protocols
    }
    if not any(found.values()):
        raise RecommendationError(
            f"none of {', '.join(sorted(wanted)) or '0 models'} takes part in "
            f"{' or '.join(settings.protocols)}, required is 1"
        )
    if settings.budget.n_trials > 1 and find_spec("optuna") is None:
        raise RecommendationError(
            "tuning requires optuna: pip install 'reelhouse[compare]', or ask for 1 trial"
        )
    return {protocol: entries for protocol, entries in found.items() if entries}


def make_contest(
    protocol: Protocol, data: ComparedRatings, settings: CompareSettings
) -> Contest[Any]:
    """Cut the ratings for a protocol.

    Raises
    ------
    EvaluationError
        There are too few ratings, or users, to cut.
    """
    cut, seed = settings.splits, settings.seed
    if protocol == "rating":
        rating = rating_splits(data, cut, seed=seed)
        return RatingContest(rating, rating_validation(rating[0], cut, seed=seed), seed=seed)
    ranking = ranking_splits(data, cut, seed=seed)
    return RankingContest(
        ranking,
        ranking_validation(data, ranking[0], cut, seed=seed),
        beginners=cut.ranking == "users",
        seed=seed,
    )
