"""`reelhouse recommend`: more of what somebody liked, and why."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from reelhouse.cli import output
from reelhouse.cli.options import AsJson, Collection, StoreUri, VersionNumber, open_version

if TYPE_CHECKING:
    from reelhouse.recommend.base import Recommendation, Recommender
    from reelhouse.recommend.catalogue import Catalogue


class Strategy(StrEnum):
    """Names of the recommenders."""

    SAME_CLUSTER = "same-cluster"
    NEIGHBOUR_CLUSTERS = "neighbour-clusters"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog='Example: reelhouse recommend --liked "Stranger Things" --liked Narcos '
        "--explore 0.3 -n 10 --store demo-store"
    )(recommend)


def recommend(
    store: StoreUri,
    liked: Annotated[
        list[str],
        typer.Option("--liked", metavar="TITLE", help="A title, or its title_id; repeatable."),
    ],
    n: Annotated[int, typer.Option("-n", metavar="N", min=1, help="Most titles.")] = 10,
    strategy: Annotated[
        Strategy, typer.Option("--strategy", help="Where to look.")
    ] = Strategy.SAME_CLUSTER,
    explore: Annotated[
        float | None,
        typer.Option(
            "--explore",
            metavar="SHARE",
            min=0,
            max=1,
            help="Share of titles from neighbour clusters; 0.3 where no number follows.",
        ),
    ] = None,
    version: VersionNumber = None,
    collection: Collection = "catalogue",
    as_json: AsJson = False,
) -> None:
    """Recommend titles like the liked ones, and say why."""
    if explore is not None and strategy is not Strategy.SAME_CLUSTER:
        raise typer.BadParameter("--explore mixes into same-cluster; leave out --strategy")
    recommender = _recommender(strategy, explore)

    from reelhouse.recommend.catalogue import Catalogue

    catalogue = Catalogue(open_version(store, collection, version))
    found = recommender.fit(catalogue).recommend(liked, n)
    if as_json:
        output.print_json(
            {
                "version": catalogue.version.number,
                "strategy": recommender.name,
                "liked": [
                    {"title_id": catalogue.names.title_id(row), "title": catalogue.names.title(row)}
                    for row in catalogue.rows_named(liked)
                ],
                "recommendations": [asdict(one) for one in found],
            }
        )
    elif found:
        _print_found(catalogue, found)
    else:
        output.print_text(
            output.line("nothing to recommend: no title there shares a term with the liked")
        )


def _recommender(strategy: Strategy, explore: float | None) -> Recommender[Catalogue]:
    from reelhouse.recommend.neighbours import Exploring, NeighbourClusters
    from reelhouse.recommend.same_cluster import SameCluster

    if explore is not None:
        return Exploring(explore)
    return SameCluster() if strategy is Strategy.SAME_CLUSTER else NeighbourClusters()


def _print_found(catalogue: Catalogue, found: list[Recommendation]) -> None:
    parts = []
    titles = catalogue.titles(catalogue.rows_of_ids([one.title_id for one in found])).to_pylist()
    for rank, (one, title) in enumerate(zip(found, titles, strict=True), start=1):
        parts.append(output.heading(f"{rank}. {output.work(title)}: {one.score:.2f}"))
        parts.extend(output.indented(reason, by=4) for reason in one.reasons)
    output.print_text(*parts)
