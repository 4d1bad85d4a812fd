"""`reelhouse recommend`: more of what somebody liked, or what a user was given, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from reelhouse.cli import output
from reelhouse.cli.options import AsJson, StoreUri, VersionNumber, open_version
from reelhouse.recommend.strategies import DEFAULT, STRATEGIES, recommender_named

if TYPE_CHECKING:
    from reelhouse.recommend.base import Recommendation, Recommender
    from reelhouse.recommend.catalogue import Catalogue


def _known(strategy: str | None) -> str | None:
    if strategy not in (None, *STRATEGIES):
        raise typer.BadParameter(f"{strategy!r} is not one of {', '.join(STRATEGIES)}")
    return strategy


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog='Example: reelhouse recommend --liked "The Careless Promise" '
        '--liked "The Velvet Ribbon" --explore 0.3 -n 10 --store demo-store'
    )(recommend)


def recommend(
    store: StoreUri,
    liked: Annotated[
        list[str] | None,
        typer.Option("--liked", metavar="TITLE", help="A title, or its title_id; repeatable."),
    ] = None,
    user: Annotated[
        int | None,
        typer.Option("--user", metavar="ID", help="A user of the ratings, instead of --liked."),
    ] = None,
    n: Annotated[int, typer.Option("-n", metavar="N", min=1, help="Most titles.")] = 10,
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            metavar="|".join(STRATEGIES),
            callback=_known,
            help=f"Where to look; {DEFAULT} by default.",
        ),
    ] = None,
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
    diversify: Annotated[
        float | None,
        typer.Option(
            "--diversify",
            metavar="SHARE",
            min=0,
            max=1,
            help="What likeness to a title before it costs; 0.3 where no number follows.",
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="TITLE", help="Say what speaks for one title, and list none."
        ),
    ] = None,
    version: VersionNumber = None,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection",
            metavar="NAME",
            help="Line of versions; catalogue, and with --user viewers, by default.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recommend titles like the liked ones, or those of a user of the ratings, and say why."""
    if (user is None) == (not liked):
        raise typer.BadParameter("give --liked or --user, one of the two")
    if user is not None:
        if strategy or explain or not explore is diversify is None:
            raise typer.BadParameter("--user lists what was published: leave out how to look")
        from reelhouse.cli.recommended import show_recommended

        opened = open_version(store, collection or "viewers", version)
        show_recommended(opened, user, n, as_json=as_json)
        return
    if explore is not None and strategy not in (None, DEFAULT):
        raise typer.BadParameter(f"--explore mixes into {DEFAULT}; leave out --strategy")
    recommender = _recommender(strategy, explore, diversify)

    from reelhouse.recommend.catalogue import Catalogue

    catalogue = Catalogue(open_version(store, collection or "catalogue", version))
    recommender.fit(catalogue)
    names = liked or []
    if explain is not None:
        _show_reasons(explain, recommender.explain(names, explain), as_json=as_json)
    else:
        _show_found(catalogue, recommender, names, n, as_json=as_json)


def _recommender(
    strategy: str | None, explore: float | None, diversify: float | None
) -> Recommender[Catalogue]:
    from reelhouse.recommend.diversified import Diversified
    from reelhouse.recommend.neighbours import Exploring

    chosen: Recommender[Catalogue] = (
        recommender_named(strategy or DEFAULT) if explore is None else Exploring(explore)
    )
    return chosen if diversify is None else Diversified(chosen, diversify)


def _show_reasons(title: str, reasons: list[str], *, as_json: bool) -> None:
    if as_json:
        output.print_json({"title": title, "reasons": reasons})
        return
    output.print_text(output.heading(title), *(output.indented(one) for one in reasons))


def _show_found(
    catalogue: Catalogue,
    recommender: Recommender[Catalogue],
    liked: list[str],
    n: int,
    *,
    as_json: bool,
) -> None:
    found = recommender.recommend(liked, n)
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


def _print_found(catalogue: Catalogue, found: list[Recommendation]) -> None:
    parts = []
    titles = catalogue.titles(catalogue.rows_of_ids([one.title_id for one in found])).to_pylist()
    for rank, (one, title) in enumerate(zip(found, titles, strict=True), start=1):
        parts.append(output.heading(f"{rank}. {output.work(title)}: {one.score:.2f}"))
        parts.extend(output.indented(reason, by=4) for reason in one.reasons)
    output.print_text(*parts)
