"""What was published for one user of the ratings, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reelhouse.cli import output
from reelhouse.errors import ReelhouseError
from reelhouse.recommend.codes import in_words

if TYPE_CHECKING:
    from reelhouse.storage.version import Version

_TABLE = "recommendations"


def show_recommended(opened: Version, user_id: int, n: int, *, as_json: bool) -> None:
    """Print a user's published titles; of the table only what may hold the user is read.

    Raises
    ------
    ReelhouseError
        When the version has no recommendations, or none for this user.
    """
    rows = _published(opened, user_id)[:n]
    titles = _titles(opened, {row["title_id"] for row in rows})
    clusters = {row["cluster_id"]: row for row in opened.read_table("clusters").to_pylist()}
    found = [_told(row, titles, clusters) for row in rows]
    if as_json:
        output.print_json(
            {
                "version": opened.number,
                "strategy": "viewer-clusters",
                "user_id": user_id,
                "recommendations": found,
            }
        )
        return
    parts = []
    for rank, one in enumerate(found, start=1):
        year = f" ({one['year']})" if one["year"] else ""
        parts.append(output.heading(f"{rank}. {one['title']}{year}: {one['score']:.2f}"))
        parts.extend(output.indented(reason, by=4) for reason in one["reasons"])
    output.print_text(*parts)


def _published(opened: Version, user_id: int) -> list[dict[str, Any]]:
    if not opened.has(_TABLE):
        raise ReelhouseError(
            f"version {opened.number} has no recommendations of users, they are written by "
            "python -m flows viewers"
        )
    rows: list[dict[str, Any]] = opened.rows_of(_TABLE, "user_id", user_id).to_pylist()
    if not rows:
        raise ReelhouseError(
            f"version {opened.number} has no recommendations for user {user_id}: "
            "an unknown user, or nothing is left to recommend"
        )
    return sorted(rows, key=lambda row: row["rank"])


def _titles(opened: Version, title_ids: set[int]) -> dict[int, dict[str, Any]]:
    columns = ["title_id", "name", "year"]
    return {
        row["title_id"]: row
        for part in opened.iter_tables("titles", columns)
        for row in part.to_pylist()
        if row["title_id"] in title_ids
    }


def _told(
    row: Mapping[str, Any],
    titles: Mapping[int, Mapping[str, Any]],
    clusters: Mapping[int, Mapping[str, Any]],
) -> dict[str, Any]:
    title = titles.get(row["title_id"], {})
    cluster = clusters.get(row["cluster_id"])
    of = [] if cluster is None else [f"cluster {row['cluster_id']}: {cluster['name']}"]
    return {
        "title_id": row["title_id"],
        "title": title.get("name") or f"title {row['title_id']}",
        "year": title.get("year"),
        "score": row["score"],
        "reasons": [in_words(row["reason"]), *of],
        "reason": row["reason"],
        "cluster_id": row["cluster_id"],
    }
