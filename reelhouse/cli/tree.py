"""`reelhouse clusters --tree`: which clusters belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reelhouse.cli import output
from reelhouse.errors import ReelhouseError

if TYPE_CHECKING:
    from reelhouse.recommend.catalogue import Catalogue


def show_tree(catalogue: Catalogue, *, as_json: bool) -> None:
    """Print the tree of clusters, the widest family first.

    Raises
    ------
    ReelhouseError
        When the version has no tree.
    """
    nodes = catalogue.hierarchy
    if not nodes:
        raise ReelhouseError(
            f"version {catalogue.version.number} has no tree of clusters; the next refit makes one"
        )
    if as_json:
        output.print_json(list(nodes.values()))
        return
    below: dict[int | None, list[Mapping[str, Any]]] = {}
    for row in nodes.values():
        below.setdefault(row["parent_id"], []).append(row)
    output.print_text(
        *(output.indented(text, by=2 * depth) for depth, text in _lines(below, None, 0))
    )


def _lines(
    below: Mapping[int | None, list[Mapping[str, Any]]], parent: int | None, depth: int
) -> Iterator[tuple[int, str]]:
    """Depth and text of the nodes below one, the larger family first."""
    for row in sorted(below.get(parent, []), key=lambda row: (-row["size"], row["node_id"])):
        titles = "1 title" if row["size"] == 1 else f"{row['size']:,} titles"
        if row["cluster_id"] is None:
            yield depth, f"{row['name']}, {titles}"
        else:
            yield depth, f"{row['cluster_id']}: {row['name']}, {titles}"
        yield from _lines(below, row["node_id"], depth + 1)
