"""Clusters of users, and one user's cluster: what a viewers version tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reelhouse.cli import output
from reelhouse.cli.options import AsJson, StoreUri, VersionNumber, open_version
from reelhouse.errors import ReelhouseError

if TYPE_CHECKING:
    from reelhouse.storage.version import Version

#: Preferences of each kind that one cluster's page shows.
N_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: reelhouse user 1488844 --store my-store")(user)


def user(
    user_id: Annotated[int, typer.Argument(metavar="ID", help="Id of the user in the ratings.")],
    store: StoreUri,
    version: VersionNumber = None,
    as_json: AsJson = False,
) -> None:
    """Show the cluster of a user, and what its users prefer."""
    opened = open_version(store, "viewers", version)
    found = _assignment(opened, user_id)
    clusters = _clusters(opened)
    about = clusters[found["cluster_id"]]
    if as_json:
        output.print_json({**found, "cluster": about})
        return
    second = clusters.get(found["second_cluster_id"])
    output.print_text(
        output.heading(f"user {user_id}: cluster {about['cluster_id']}, {about['name']}"),
        output.indented(f"{found['n_ratings']:,} ratings; distance {found['distance']:.3f}"),
        *(
            [
                output.indented(
                    f"second cluster {second['cluster_id']}, {second['name']}: "
                    f"{found['margin']:.3f} farther"
                )
            ]
            if second
            else []
        ),
        *_preferences(opened, about["cluster_id"]),
    )


def show_clusters(opened: Version, cluster_id: int | None, *, as_json: bool) -> None:
    """List a version's clusters of users, or show one in full.

    Raises
    ------
    ReelhouseError
        When there is no such cluster.
    """
    clusters = _clusters(opened)
    if cluster_id is not None:
        if cluster_id not in clusters:
            raise ReelhouseError(
                f"version {opened.number} has no cluster {cluster_id}, "
                f"it has {len(clusters)} from {min(clusters)} to {max(clusters)}"
            )
        _show_one(opened, clusters[cluster_id], as_json=as_json)
        return
    rows = sorted(clusters.values(), key=lambda row: (-row["size"], row["cluster_id"]))
    if as_json:
        output.print_json(rows)
        return
    output.print_text(
        output.table(
            ("id", "name", "users", "share", "mean rating", "most preferred titles"),
            [
                (
                    row["cluster_id"],
                    row["name"],
                    row["size"],
                    f"{100 * row['share']:.1f} %",
                    _rating(row),
                    "; ".join((row["top_titles"] or [])[:3]),
                )
                for row in rows
            ],
            right=("id", "users", "share", "mean rating"),
        )
    )


def _show_one(opened: Version, about: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        preferred = [
            row
            for row in opened.read_table("preferences").to_pylist()
            if row["cluster_id"] == about["cluster_id"]
        ]
        output.print_json({**about, "preferences": preferred})
        return
    facts = [
        f"{about['size']:,} users ({100 * about['share']:.1f} %)",
        f"{about['n_ratings']:,} ratings",
        f"mean rating {_rating(about)}",
        about["event"],
    ]
    output.print_text(
        output.heading(f"cluster {about['cluster_id']}: {about['name']}"),
        output.indented("; ".join(facts)),
        *_preferences(opened, about["cluster_id"]),
    )


def _preferences(opened: Version, cluster_id: int) -> list[Any]:
    """What a cluster prefers, genres and titles, as lines and tables."""
    rows = opened.read_table("preferences").to_pylist()
    shown: list[Any] = []
    for kind in ("genre", "title"):
        found = [r for r in rows if r["cluster_id"] == cluster_id and r["kind"] == kind]
        found.sort(key=lambda row: row["rank"])
        if found:
            shown += [output.line(""), output.heading(f"{kind}s, by how often its users rate them")]
            shown.append(_table(found[:N_SHOWN]))
    return shown


def _table(rows: Sequence[Mapping[str, Any]]) -> Any:
    return output.table(
        ("name", "times as often", "ratings", "mean rating"),
        [(row["name"], f"{row['lift']:.2f}", row["n_ratings"], _rating(row)) for row in rows],
        right=("times as often", "ratings", "mean rating"),
        indent=2,
    )


def _rating(row: Mapping[str, Any]) -> str:
    return "" if row["mean_rating"] is None else f"{row['mean_rating']:.2f}"


def _clusters(opened: Version) -> dict[int, dict[str, Any]]:
    """The living clusters by id."""
    rows = opened.read_table("clusters").to_pylist()
    return {row["cluster_id"]: row for row in rows if row["event"] != "died"}


def _assignment(opened: Version, user_id: int) -> dict[str, Any]:
    import pyarrow.compute as pc

    for part in opened.iter_tables("assignments"):
        rows = part.filter(pc.equal(part["user_id"], user_id)).to_pylist()
        if rows:
            return dict(rows[0])
    raise ReelhouseError(
        f"version {opened.number} of viewers in {opened.store.uri} has no user {user_id}"
    )
