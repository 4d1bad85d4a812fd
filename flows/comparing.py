"""The command `python -m flows compare`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from flows.options import (
    Debug,
    Genres,
    Json,
    Quiet,
    Ratings,
    Rows,
    Scale,
    Store,
    StoreBlock,
    TitleNames,
    bounds_of,
    run_flow,
)


class Protocol(StrEnum):
    """What is compared."""

    RATING = "rating"
    RANKING = "ranking"


class Folds(StrEnum):
    """How ratings are cut that are to be predicted."""

    AUTO = "auto"
    RANDOM = "random"
    TEMPORAL = "temporal"


class HeldOut(StrEnum):
    """What is held out where titles are ranked."""

    USERS = "users"
    RATINGS = "ratings"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    ratings: Ratings,
    store: Store,
    models: Annotated[
        str | None,
        typer.Option(help="Names of models, comma-separated; all by default.", metavar="NAMES"),
    ] = None,
    protocol: Annotated[
        list[Protocol] | None,
        typer.Option(help="What is compared, may be repeated; both by default."),
    ] = None,
    title_names: TitleNames = None,
    genres: Genres = None,
    scale: Scale = None,
    folds: Annotated[
        Folds,
        typer.Option(
            help="Rating protocol: auto takes u1.base, u1.test, ... that stand beside the "
            "ratings, else random folds; temporal tests on the newest fifth."
        ),
    ] = Folds.AUTO,
    n_folds: Annotated[int, typer.Option(help="Random folds.", min=2)] = 5,
    split: Annotated[
        HeldOut,
        typer.Option(
            help="Ranking protocol: users holds out whole users; ratings holds out a tenth of "
            "each user's titles that are rated 3 or more, as published for ML-1M."
        ),
    ] = HeldOut.USERS,
    seeds: Annotated[int, typer.Option(help="Random splits of the ranking protocol.", min=1)] = 10,
    test_users: Annotated[
        int | None, typer.Option(help="Users held out; a fifth by default.", min=1)
    ] = None,
    liked: Annotated[
        float | None,
        typer.Option(help="A rating of at least this is liked; 4, or 3 with --split ratings."),
    ] = None,
    trials: Annotated[
        int, typer.Option(help="Settings tried of each model, its own first; 1: no tuning.", min=1)
    ] = 12,
    tuning_minutes: Annotated[
        float, typer.Option(help="After so long no further settings are tried.", min=0)
    ] = 1.0,
    model_minutes: Annotated[
        float, typer.Option(help="A model that takes longer in all is left out.", min=0.01)
    ] = 10.0,
    publish_models: Annotated[
        bool, typer.Option(help="Publish the models of each protocol's first split.")
    ] = True,
    pictures: Annotated[bool, typer.Option(help="Draw the pictures.")] = True,
    checkpoints: Annotated[
        str | None,
        typer.Option(
            help="Folder in which finished models of a killed run are found.", metavar="FOLDER"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.", min=0)] = 0,
    rows_per_partition: Rows = 1_500_000,
    store_block: StoreBlock = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Compare models of ratings: same splits, same budget; publish what each reached and cost.

    Example: python -m flows compare --ratings ml-100k --store my-store --protocol rating
    """  # fmt: skip
    bounds = bounds_of(scale)
    names = None if models is None else tuple(one.strip() for one in models.split(",") if one)

    def load() -> Callable[[], Any]:
        from flows.compare import compare as flow
        from reelhouse.comparison.settings import BudgetSettings, CompareSettings, SplitSettings
        from reelhouse.settings import PartitionSettings

        return partial(
            flow,
            CompareSettings(
                ratings=ratings,
                store=store,
                title_names=title_names,
                genres=genres,
                scale=bounds,
                models=names,
                protocols=tuple(one.value for one in protocol or Protocol),
                splits=SplitSettings(
                    folds=folds.value,
                    n_folds=n_folds,
                    ranking=split.value,
                    n_seeds=seeds,
                    test_users=test_users,
                    liked=liked,
                ),
                budget=BudgetSettings(
                    n_trials=trials, tuning_minutes=tuning_minutes, model_minutes=model_minutes
                ),
                publish_models=publish_models,
                pictures=pictures,
                checkpoints=checkpoints,
                seed=seed,
                partitions=PartitionSettings(rows_per_partition=rows_per_partition),
            ),
        )

    outcome = run_flow(load, store_block=store_block, quiet=quiet, debug=debug)
    from flows.summary import print_outcome

    print_outcome(outcome, store, as_json=as_json)
