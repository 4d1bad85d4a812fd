"""`reelhouse clusters`: the clusters, or one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reelhouse.cli import output
from reelhouse.cli.options import AsJson, Collection, StoreUri, VersionNumber, open_version
from reelhouse.errors import ReelhouseError

if TYPE_CHECKING:
    from reelhouse.recommend.catalogue import Catalogue

N_TERMS = 6


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: reelhouse clusters --tree --store demo-store")(clusters)


def clusters(
    store: StoreUri,
    cluster: Annotated[
        int | None, typer.Option("--cluster", metavar="ID", min=0, help="Show this one in full.")
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Show which clusters belong together.")
    ] = False,
    version: VersionNumber = None,
    collection: Collection = "catalogue",
    as_json: AsJson = False,
) -> None:
    """List the clusters, show one in full, or all of them as a tree."""
    if tree and (cluster is not None or collection == "viewers"):
        raise typer.BadParameter("--tree shows all clusters of a catalogue; leave the rest out")
    opened = open_version(store, collection, version)
    if collection == "viewers":
        from reelhouse.cli.viewers import show_clusters

        show_clusters(opened, cluster, as_json=as_json)
        return
    from reelhouse.recommend.catalogue import Catalogue

    catalogue = Catalogue(opened)
    if tree:
        from reelhouse.cli.tree import show_tree

        show_tree(catalogue, as_json=as_json)
        return
    if cluster is not None:
        _show_one(catalogue, cluster, as_json=as_json)
        return
    rows = sorted(catalogue.clusters.values(), key=lambda row: (-row["size"], row["cluster_id"]))
    if as_json:
        output.print_json(rows)
        return
    output.print_text(
        output.table(
            ("id", "name", "titles", "event", "more terms"),
            [
                (
                    row["cluster_id"],
                    row["name"],
                    row["size"],
                    _event(row),
                    ", ".join(_more_terms(row)[:N_TERMS]),
                )
                for row in rows
            ],
            right=("id", "titles"),
        )
    )


def _show_one(catalogue: Catalogue, cluster_id: int, *, as_json: bool) -> None:
    if cluster_id not in catalogue.clusters:
        known = sorted(catalogue.clusters)
        raise ReelhouseError(
            f"version {catalogue.version.number} has no cluster {cluster_id}, "
            f"it has {len(known)} from {known[0]} to {known[-1]}"
        )
    about = dict(catalogue.clusters[cluster_id])
    about["representatives"] = _named(catalogue, about["representative_title_ids"])
    about["neighbours"] = [
        {
            "cluster_id": other,
            "name": catalogue.cluster_name(other),
            "distance": distance,
            "family": (catalogue.family(cluster_id, other) or {}).get("name"),
        }
        for other, distance in catalogue.neighbours.get(cluster_id, [])
    ]
    if as_json:
        output.print_json(about)
    else:
        _print_one(about)


def _print_one(about: Mapping[str, Any]) -> None:
    facts = [f"{about['size']:,} titles", _event(about)]
    for name, field in (("mean distance", "mean_distance"), ("silhouette", "silhouette")):
        if about[field] is not None:
            facts.append(f"{name} {about[field]:.2f}")
    output.print_text(
        output.heading(f"cluster {about['cluster_id']}: {about['name']}"),
        output.indented("; ".join(facts)),
        output.indented(f"terms: {', '.join(_terms(about))}"),
        output.line(""),
        output.heading("most typical titles"),
        *(output.indented(output.work(title)) for title in about["representatives"]),
        output.line(""),
        output.heading("nearest clusters"),
        output.table(
            ("id", "name", "distance", "both are"),
            [
                (n["cluster_id"], n["name"], f"{n['distance']:.2f}", n["family"])
                for n in about["neighbours"]
            ],
            right=("id", "distance"),
            indent=2,
        ),
    )


def _named(catalogue: Catalogue, title_ids: Sequence[str]) -> list[dict[str, Any]]:
    titles = catalogue.titles(catalogue.rows_of_ids(title_ids))
    named: list[dict[str, Any]] = titles.select(
        ["title_id", "title", "type", "release_year"]
    ).to_pylist()
    return named


def _event(row: Mapping[str, Any]) -> str:
    """The lineage event; parents only where they say more than the event itself."""
    parents = [parent for parent in row["parents"] or [] if parent != row["cluster_id"]]
    told = f" from {', '.join(map(str, parents))}" if parents else ""
    return f"{row['event']}{told}"


def _terms(row: Mapping[str, Any]) -> list[str]:
    from reelhouse.recommend.terms import bare_term

    return list(dict.fromkeys(bare_term(term) for term in row["top_terms"] or []))


def _more_terms(row: Mapping[str, Any]) -> list[str]:
    """Top terms that the name does not say already."""
    from reelhouse.naming.names import says

    return [term for term in _terms(row) if not says(row["name"], term)]
