"""The command `python -m flows deep`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from flows.options import (
    Clusters,
    Dask,
    Debug,
    FeatureFile,
    Json,
    Quiet,
    Rows,
    RunSeed,
    Store,
    StoreBlock,
    Titles,
    named_list,
    number_of_clusters,
    one_of,
    run_flow,
)
from reelhouse.deep.measured import TITLE_FIELDS, TITLE_IDEC, TITLE_INPUT
from reelhouse.features.settings import FEATURE_KINDS
from reelhouse.models.device import Device

_KINDS = ("sequences", *FEATURE_KINDS)
_CLASSIFIERS = ("linear", "dense", "shallow-lstm", "deep-lstm")
_FIELDS = ("description", "listed_in", "director", "cast", "country", "rating", "type")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(deep)


def deep(
    titles: Titles,
    store: Store,
    clusters: Clusters = "auto",
    features: Annotated[
        str, typer.Option(help=f"What is read: {', '.join(_KINDS)}.", metavar="KIND")
    ] = TITLE_INPUT,
    fields: Annotated[
        str,
        typer.Option(help=f"Of which fields: {', '.join(_FIELDS)}.", metavar="NAMES"),
    ] = ",".join(TITLE_FIELDS),
    feature_options: FeatureFile = None,
    reconstruction: Annotated[
        float,
        typer.Option(
            help="Weight of the reconstruction while clusters are refined; 0 is DEC, more is IDEC.",
            min=0,
        ),
    ] = TITLE_IDEC.reconstruction,
    classifiers: Annotated[
        str, typer.Option(help=f"{', '.join(_CLASSIFIERS)}; or none.", metavar="NAMES")
    ] = "linear,dense",
    pictures: Annotated[bool, typer.Option(help="Draw the pictures.")] = True,
    checkpoints: Annotated[
        str | None,
        typer.Option(help="Folder in which a killed fit is found and resumed.", metavar="FOLDER"),
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu or cuda; auto takes a GPU where there is one.")
    ] = "auto",
    threads: Annotated[int, typer.Option(help="Of torch on the CPU.", min=1)] = 1,
    seed: RunSeed = 0,
    dask: Dask = "auto",
    rows_per_partition: Rows = 50_000,
    store_block: StoreBlock = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Cluster titles by networks that read them (deep embedded clustering), and publish it.

    Example: python -m flows deep --titles netflix_titles.csv --store my-store --clusters 20

    The descriptions alone: --fields description --features word-vectors
    """
    number = number_of_clusters(clusters)
    kind = one_of(features, _KINDS, "--features")
    chosen = () if classifiers == "none" else named_list(classifiers, _CLASSIFIERS, "--classifiers")
    read = named_list(fields, _FIELDS, "--fields")
    place = one_of(device, get_args(Device), "--device")

    def load() -> Callable[[], Any]:
        from flows.deep import deep as flow

        return partial(
            flow,
            _settings(
                feature_options,
                reconstruction,
                titles=titles,
                store=store,
                features=kind,
                fields=read,
                n_clusters=number,
                classifiers=chosen,
                seed=seed,
                device=place,
                threads=threads,
                pictures=pictures,
                checkpoints=checkpoints,
                partitions={"dask": dask, "rows_per_partition": rows_per_partition},
            ),
        )

    outcome = run_flow(load, store_block=store_block, quiet=quiet, debug=debug)
    from flows.summary import print_outcome

    print_outcome(outcome, store, as_json=as_json)


def _settings(feature_options: Path | None, reconstruction: float, **given: Any) -> Any:
    from reelhouse.embedded.settings import DeepSettings
    from reelhouse.features.option_file import read_feature_options

    if feature_options is not None:
        given["feature_options"] = read_feature_options(feature_options)
    settings = DeepSettings(**given)
    refinement = settings.refinement.model_copy(update={"reconstruction": reconstruction})
    return settings.model_copy(update={"refinement": refinement})
