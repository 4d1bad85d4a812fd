"""Why a title is in its cluster and not in the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.terms import Weight, weights

N_WEIGHTS = 6


@dataclass(frozen=True)
class Side:
    """A title and one cluster.

    Attributes
    ----------
    cluster_id, name : int, str
    distance : float
        Cosine distance as it was published.
    similarity : float
        Cosine similarity of the title as it is today; 1 - distance unless it was edited since.
    weights : tuple of Weight
        What weighs most for the cluster.
    """

    cluster_id: int
    name: str
    distance: float
    similarity: float
    weights: tuple[Weight, ...]


@dataclass(frozen=True)
class Placement:
    """A title, where it was placed, and why.

    Attributes
    ----------
    title : dict
        Its row of titles.parquet.
    assignment : dict
        Its row of assignments.parquet.
    first : Side
        Its cluster.
    second : Side or None
        The next cluster; None where there is one cluster.
    difference : tuple of Weight
        What speaks for the first against the second, the largest first: the terms' weights there
        minus their weights here.
    """

    title: dict[str, Any]
    assignment: dict[str, Any]
    first: Side
    second: Side | None
    difference: tuple[Weight, ...]


def explain_placement(catalogue: Catalogue, row: int) -> Placement:
    """Say why the title in a row is in its cluster.

    Parameters
    ----------
    catalogue : Catalogue
    row : int
        Row of titles.parquet.
    """
    titles = catalogue.titles([row])
    vector = catalogue.vectors(titles)
    assignment = _assignment(catalogue, row)
    sides, all_weights = [], []
    for cluster, distance in (
        ("cluster_id", "distance"),
        ("second_cluster_id", "second_distance"),
    ):
        cluster_id = assignment[cluster]
        if cluster_id is None:
            continue
        found = weights(vector, _centroid(catalogue, cluster_id), catalogue.terms)
        sides.append(
            Side(
                cluster_id,
                catalogue.cluster_name(cluster_id),
                assignment[distance],
                sum(one.weight for one in found),
                tuple(found[:N_WEIGHTS]),
            )
        )
        all_weights.append(found)
    return Placement(
        titles.to_pylist()[0],
        assignment,
        sides[0],
        sides[1] if len(sides) > 1 else None,
        _difference(*all_weights) if len(sides) > 1 else (),
    )


def _difference(first: list[Weight], second: list[Weight]) -> tuple[Weight, ...]:
    against = {(one.field, one.term): one.weight for one in second}
    lead = [
        Weight(one.field, one.term, one.weight - against.get((one.field, one.term), 0.0))
        for one in first
    ]
    lead.sort(key=lambda one: (-one.weight, one.field, one.term))
    return tuple(one for one in lead[:N_WEIGHTS] if one.weight > 0)


def _assignment(catalogue: Catalogue, row: int) -> dict[str, Any]:
    title_id = catalogue.names.title_id(row)
    for part in catalogue.version.iter_tables("assignments"):
        found = part.filter(pc.equal(part["title_id"], pa.scalar(title_id)))
        if found.num_rows:
            only: dict[str, Any] = found.to_pylist()[0]
            return only
    raise catalogue.no_cluster(row)


def _centroid(catalogue: Catalogue, cluster_id: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    model = catalogue.cluster_model
    at = np.flatnonzero(model.cluster_ids == cluster_id)
    if not at.size:
        return np.zeros(model.centroids.shape[1], dtype=np.float32)
    centroid: np.ndarray[Any, np.dtype[np.float32]] = model.centroids[at[0]]
    return centroid
