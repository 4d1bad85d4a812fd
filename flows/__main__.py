"""The producers' command line: `python -m flows --help`."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from flows import comparing, deepening, keeping
from flows.options import (
    COLLECTIONS,
    PLACE_BY,
    PLACERS,
    Clusters,
    Dask,
    Debug,
    FeatureFile,
    Genres,
    Json,
    Quiet,
    Ratings,
    Rows,
    RunSeed,
    Scale,
    Store,
    StoreBlock,
    TitleNames,
    Titles,
    bounds_of,
    number_of_clusters,
    one_of,
    run_flow,
)
from reelhouse.errors import ReelhouseError
from reelhouse.features.settings import DEFAULT_KIND, FEATURE_KINDS
from reelhouse.redaction import redacted

if TYPE_CHECKING:
    from reelhouse.runs.record import Outcome

app = typer.Typer(
    name="python -m flows",
    help="Run Reelhouse's flows here and now. No server is needed: runs are kept in "
    "Prefect's database on this machine. While a server runs here, name it in PREFECT_API_URL, so "
    "that not two of them write to that database.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def demo(
    # Not from REELHOUSE_STORE: a demo must not land where real versions are.
    store: Annotated[
        str, typer.Option(help="Folder or s3://bucket/prefix to publish to.", metavar="URI")
    ] = "demo-store",
    titles: Annotated[
        str | None, typer.Option(help="A real netflix_titles.csv instead of the synthetic one.")
    ] = None,
    n_titles: Annotated[
        int, typer.Option(help="Titles of the synthetic catalogue.", min=100, max=1_000_000)
    ] = 3_000,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Publish a small catalogue and the night after it into a folder.

    With synthetic titles a comparison of models on synthetic ratings, too.

    Example: python -m flows demo --store demo-store
    """

    def load() -> Callable[[], Any]:
        from flows.demo import demo as flow
        from reelhouse.catalogue.demo import DemoSettings

        return partial(flow, DemoSettings(store=store, titles=titles, n_titles=n_titles))

    outcomes = run_flow(load, quiet=quiet, debug=debug)
    from flows.summary import print_demo

    print_demo(outcomes, store, as_json=as_json)


@app.command()
def catalogue(
    titles: Titles,
    store: Store,
    clusters: Clusters = "auto",
    features: Annotated[
        str, typer.Option(help=f"Kind of feature: {', '.join(FEATURE_KINDS)}.", metavar="KIND")
    ] = DEFAULT_KIND,
    feature_options: FeatureFile = None,
    classifier: Annotated[
        str,
        typer.Option(
            help="Network published with the fit, by which nights can place titles: "
            f"none, {', '.join(PLACERS)}.",
            metavar="KIND",
        ),
    ] = "none",
    seed: RunSeed = 0,
    dask: Dask = "auto",
    rows_per_partition: Rows = 50_000,
    store_block: StoreBlock = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Cluster a whole snapshot and publish it; titles and clusters keep their ids.

    Example: python -m flows catalogue --titles netflix_titles.csv --store my-store
    """
    number = number_of_clusters(clusters)
    kind = one_of(features, FEATURE_KINDS, "--features")
    learned = one_of(classifier, ("none", *PLACERS), "--classifier")

    def load() -> Callable[[], Any]:
        from flows.catalogue import catalogue as flow
        from reelhouse.catalogue.settings import CatalogueSettings
        from reelhouse.features.option_file import read_feature_options
        from reelhouse.features.settings import FeatureOptions
        from reelhouse.settings import ClusterSettings, PartitionSettings

        return partial(
            flow,
            CatalogueSettings(
                titles=titles,
                store=store,
                features=kind,
                feature_options=(
                    read_feature_options(feature_options) if feature_options else FeatureOptions()
                ),
                clusters=ClusterSettings(n_clusters=number, seed=seed),
                classifier=learned,
                partitions=PartitionSettings(dask=dask, rows_per_partition=rows_per_partition),
            ),
        )

    outcome = run_flow(load, store_block=store_block, quiet=quiet, debug=debug)
    _show(outcome, store, as_json=as_json)


@app.command()
def nightly(
    titles: Titles,
    store: Store,
    collection: Annotated[
        str,
        typer.Option(help=f"Whose clusters: {' or '.join(COLLECTIONS)}.", metavar="NAME"),
    ] = "catalogue",
    place_by: Annotated[
        str,
        typer.Option(
            help=f"Who places titles, {' or '.join(PLACE_BY)}: the one published with the fit.",
            metavar="WHO",
        ),
    ] = "centroid",
    dask: Dask = "auto",
    rows_per_partition: Rows = 50_000,
    store_block: StoreBlock = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Place the titles added since the last version; no placed title moves.

    Example: python -m flows nightly --titles netflix_titles.csv --store my-store
    """
    whose = one_of(collection, COLLECTIONS, "--collection")
    who = one_of(place_by, PLACE_BY, "--place-by")

    def load() -> Callable[[], Any]:
        from flows.nightly import nightly as flow
        from reelhouse.catalogue.settings import NightlySettings
        from reelhouse.settings import PartitionSettings

        return partial(
            flow,
            NightlySettings(
                titles=titles,
                store=store,
                collection=whose,
                place_by=who,
                partitions=PartitionSettings(dask=dask, rows_per_partition=rows_per_partition),
            ),
        )

    outcome = run_flow(load, store_block=store_block, quiet=quiet, debug=debug)
    _show(outcome, store, as_json=as_json)


@app.command()
def viewers(
    ratings: Ratings,
    store: Store,
    title_names: TitleNames = None,
    genres: Genres = None,
    clusters: Clusters = "20",
    values: Annotated[
        str,
        typer.Option(help="What a user's vector holds: binary (rated or not) or rating."),
    ] = "binary",
    scale: Scale = None,
    min_user_ratings: Annotated[
        int, typer.Option(help="Users with fewer ratings are left out.", min=1, max=2**31 - 1)
    ] = 1,
    min_title_ratings: Annotated[
        int, typer.Option(help="Titles with fewer ratings are left out.", min=1, max=2**31 - 1)
    ] = 1,
    recommendations: Annotated[
        int, typer.Option(help="Titles recommended to every user; 0: none.", min=0)
    ] = 10,
    links: Annotated[
        bool, typer.Option(help="Link the rated titles to those of the store's catalogue.")
    ] = True,
    pictures: Annotated[bool, typer.Option(help="Draw the pictures.")] = True,
    checkpoints: Annotated[
        str | None,
        typer.Option(help="Folder in which a killed fit is found and resumed.", metavar="FOLDER"),
    ] = None,
    seed: RunSeed = 0,
    dask: Dask = "auto",
    rows_per_partition: Rows = 1_500_000,
    store_block: StoreBlock = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Cluster the users of a set of ratings; say and draw what each cluster prefers.

    Example: python -m flows viewers --ratings ml-latest-small --store my-store
    """
    number, bounds = number_of_clusters(clusters), bounds_of(scale)
    if values not in ("binary", "rating"):
        raise typer.BadParameter(f"{values!r} is neither binary nor rating", param_hint="--values")

    def load() -> Callable[[], Any]:
        from flows.viewers import viewers as flow
        from reelhouse.interactions import InteractionSettings
        from reelhouse.settings import PartitionSettings
        from reelhouse.viewers.settings import ViewerClusterSettings, ViewersSettings

        return partial(
            flow,
            ViewersSettings(
                ratings=ratings,
                store=store,
                title_names=title_names,
                genres=genres,
                scale=bounds,
                matrix=InteractionSettings(
                    values="rating" if values == "rating" else "binary",
                    min_user_ratings=min_user_ratings,
                    min_title_ratings=min_title_ratings,
                ),
                clusters=ViewerClusterSettings(n_clusters=number, seed=seed),
                recommendations=recommendations,
                links=links,
                pictures=pictures,
                checkpoints=checkpoints,
                partitions=PartitionSettings(dask=dask, rows_per_partition=rows_per_partition),
            ),
        )

    outcome = run_flow(load, store_block=store_block, quiet=quiet, debug=debug)
    _show(outcome, store, as_json=as_json)


deepening.register(app)
comparing.register(app)
keeping.register(app)


def main() -> None:
    """Run the command line; an error is one line and exit status 1, unless --debug is given."""
    try:
        app()
    except Exception as error:
        if isinstance(error, ValidationError) and error.title.endswith("Settings"):
            _tell_error(_setting_error(error))
            sys.exit(2)
        if "--debug" in sys.argv:
            sys.stderr.write(redacted(traceback.format_exc()))
            sys.exit(1)
        line = " ".join(redacted(str(error)).split())
        if isinstance(error, TimeoutError):
            line = f"the run took too long: {line}"
        elif not isinstance(error, ReelhouseError):
            line = f"unexpected {type(error).__name__}: {line} (--debug shows where)"
        _tell_error(line)
        sys.exit(1)


def _tell_error(line: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"error: {line}", markup=False, highlight=False)


def _setting_error(error: ValidationError) -> str:
    """The first wrong setting, by the name that the flow's settings have for it."""
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    return redacted(f"setting {name} is {first['input']!r}: {first['msg']}")


def _show(outcome: Outcome, store: str, *, as_json: bool) -> None:
    from flows.summary import print_outcome

    print_outcome(outcome, store, as_json=as_json)


if __name__ == "__main__":
    main()
