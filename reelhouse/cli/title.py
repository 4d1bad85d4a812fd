"""`reelhouse title`: where a title is, why there, and what lies around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reelhouse.cli import output
from reelhouse.cli.options import AsJson, Collection, StoreUri, VersionNumber, open_version

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reelhouse.recommend.catalogue import Catalogue
    from reelhouse.recommend.placement import Placement, Side
    from reelhouse.recommend.terms import Weight

N_NEIGHBOURS = 3
# A title whose likeness moved by more than this was edited since it was placed.
_MOVED = 0.005
# Less would be printed as 0.00.
_TOLD = 0.005


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: reelhouse title "The Careless Promise" --store demo-store')(title)


def title(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A title as it is named, or its title_id.")
    ],
    store: StoreUri,
    version: VersionNumber = None,
    collection: Collection = "catalogue",
    as_json: AsJson = False,
) -> None:
    """Show a title's cluster, and why this one."""
    from reelhouse.recommend.catalogue import Catalogue
    from reelhouse.recommend.placement import explain_placement

    catalogue = Catalogue(open_version(store, collection, version))
    placements = [explain_placement(catalogue, row) for row in catalogue.names.required(name)]
    if as_json:
        output.print_json([_described(catalogue, one) for one in placements])
        return
    for at, one in enumerate(placements):
        if at:
            output.print_text(output.line(""))
        _print(catalogue, one)


def _described(catalogue: Catalogue, placement: Placement) -> dict[str, Any]:
    found = asdict(placement)
    found["neighbours"] = [
        {"cluster_id": other, "name": catalogue.cluster_name(other), "distance": distance}
        for other, distance in catalogue.neighbours.get(placement.first.cluster_id, [])
    ]
    return found


def _print(catalogue: Catalogue, found: Placement) -> None:
    first, second = found.first, found.second
    parts = [
        output.heading(_headline(found.title)),
        *(output.indented(text) for text in _facts(found)),
        output.line(""),
        output.heading(_why("why", first)),
        _weights_line(first.weights, found.title),
        _nearest_line(first),
    ]
    if second is not None:
        parts += [
            output.heading(_why("why not", second)),
            _weights_line(second.weights, found.title),
            _nearest_line(second),
            output.heading(
                "what makes the difference: likeness to the first less likeness to the second"
            ),
            _weights_line(found.difference, found.title),
        ]
    near = catalogue.neighbours.get(first.cluster_id, [])[:N_NEIGHBOURS]
    parts += [
        output.heading("clusters around it"),
        *(output.indented(f"{other}: {catalogue.cluster_name(other)}") for other, _ in near),
    ]
    output.print_text(*parts)


def _headline(row: dict[str, Any]) -> str:
    facts = [row["type"], row["release_year"], ", ".join(row["country"] or []), row["rating"]]
    return f"{row['title']} ({', '.join(str(fact) for fact in facts if fact)})"


def _facts(found: Placement) -> list[str]:
    placed, second = found.assignment, found.second
    facts = [f"cluster {found.first.cluster_id}: {found.first.name}, {_distance(found.first)}"]
    if second is not None:
        facts.append(
            f"next is {second.cluster_id}: {second.name}, {_distance(second)}, "
            f"margin {placed['margin']:.2f}"
        )
    chance = placed.get("probability")
    if chance is not None:
        facts.append(f"placed by a classifier, with probability {chance:.2f}")
    verdict = "an outlier there: no cluster fits it well, " if placed["status"] != "placed" else ""
    facts.append(f"{verdict}placed in version {placed['placed_in_version']}")
    repaired = found.title["repaired"]
    if repaired:
        facts.append(f"repaired while it was read: {', '.join(repaired)}")
    if found.encoded:
        facts.append("placed by an encoder: likeness is of the features that it reads")
    elif abs(1 - found.first.distance - found.first.similarity) > _MOVED:
        facts.append(
            "edited since it was placed: as it is now its distance would be "
            f"{1 - found.first.similarity:.2f}"
        )
    return facts


def _why(word: str, side: Side) -> str:
    return f"{word} {side.name}: {side.similarity:.2f} of likeness, most of it from"


def _distance(side: Side) -> str:
    return f"distance {side.distance:.2f}"


def _weights_line(weights: Sequence[Weight], title: dict[str, Any]) -> RenderableType:
    from reelhouse.recommend.terms import called

    told = (f"{called(one, title)} {one.weight:.2f}" for one in weights if one.weight >= _TOLD)
    return output.indented("; ".join(told) or "nothing of weight")


def _nearest_line(side: Side) -> RenderableType:
    told = "; ".join(f"{near.title} ({near.similarity:.2f})" for near in side.nearest)
    return output.indented(f"likest there: {told or 'no other title'}")
