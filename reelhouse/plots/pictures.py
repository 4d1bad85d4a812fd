"""What a picture is, and what all of them are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from reelhouse.clustering.selection import Candidate


@dataclass(frozen=True)
class Picture:
    """One picture: with its table it can be drawn, now or later, here or elsewhere.

    Attributes
    ----------
    stem : str
        Name of its files, without the ending.
    kind : str
        What draws it.
    title, caption : str
    settings : mapping of plain values
        What the drawing needs beside the table.
    """

    stem: str
    kind: str
    title: str
    caption: str
    settings: Mapping[str, Any] = field(default_factory=dict)


#: A picture and the table that it shows.
Planned = tuple[Picture, pa.Table]


@dataclass(frozen=True)
class FigureTables:
    """What the pictures show; what is None or empty has no picture.

    Attributes
    ----------
    clusters : Table
        At least cluster_id, name, size.
    preferences : Table of schema PREFERENCES
    heatmaps : Table of schema HEATMAP
    tastes : Table of schema TASTES
    curve : sequence of Candidate
        The numbers of clusters that were tried.
    chosen : int or None
        The number of clusters that was taken; marked on the curves.
    reason : str or None
        Why that number, in words.
    profile : Table of schema PROFILE
    """

    clusters: pa.Table | None = None
    preferences: pa.Table | None = None
    heatmaps: pa.Table | None = None
    tastes: pa.Table | None = None
    curve: Sequence[Candidate] = ()
    chosen: int | None = None
    reason: str | None = None
    profile: pa.Table | None = None

    def names(self) -> dict[int, str]:
        """Names of the clusters by id."""
        if self.clusters is None:
            return {}
        return dict(
            zip(
                self.clusters["cluster_id"].to_pylist(),
                self.clusters["name"].to_pylist(),
                strict=True,
            )
        )

    def sizes(self) -> dict[int, int]:
        """Users of the clusters by id."""
        if self.clusters is None:
            return {}
        return dict(
            zip(
                self.clusters["cluster_id"].to_pylist(),
                self.clusters["size"].to_pylist(),
                strict=True,
            )
        )


def called(cluster_id: int, names: Mapping[int, str]) -> str:
    """A cluster's number and name, within a sentence or a title."""
    name = f" ({names[cluster_id]})" if cluster_id in names else ""
    return f"cluster {cluster_id}{name}"


def listed(cluster_id: int, names: Mapping[int, str]) -> str:
    """A cluster's number and name, in a list of them."""
    return f"{cluster_id}: {names[cluster_id]}" if cluster_id in names else str(cluster_id)


def counted(number: int, one: str) -> str:
    """A number and its noun: 1 user, 2 users."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"
