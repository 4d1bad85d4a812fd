"""Why a title is in its cluster and not in the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.terms import Weight, contributions

N_WEIGHTS = 6
N_NEAREST = 3
#: Most titles of a cluster that one title is compared with; of more, every n-th.
MOST_COMPARED = 2_000


@dataclass(frozen=True)
class Near:
    """Another title and its cosine similarity."""

    title_id: str
    title: str
    similarity: float


@dataclass(frozen=True)
class Side:
    """A title and one cluster.

    Attributes
    ----------
    cluster_id, name : int, str
    distance : float
        As it was published: a cosine distance, or what of the title an encoder puts elsewhere.
    similarity : float
        Cosine similarity of the title as it is today; without an encoder 1 - distance unless it
        was edited since.
    weights : tuple of Weight
        What weighs most for the cluster.
    nearest : tuple of Near
        The cluster's titles that are likest to this one: they say it where features are latent.
    """

    cluster_id: int
    name: str
    distance: float
    similarity: float
    weights: tuple[Weight, ...]
    nearest: tuple[Near, ...]


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
    encoded : bool
        Whether an encoder placed it; likeness then is that of the features it reads, and decided
        nothing by itself.
    difference : tuple of Weight
        What speaks for the first against the second, the largest first: the terms' weights there
        minus their weights here.
    """

    title: dict[str, Any]
    assignment: dict[str, Any]
    first: Side
    second: Side | None
    encoded: bool
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
        found = contributions(vector, _centroid(catalogue, cluster_id), catalogue.terms)
        sides.append(
            Side(
                cluster_id,
                catalogue.cluster_name(cluster_id),
                assignment[distance],
                sum(one.weight for one in found),
                tuple(one for one in found[:N_WEIGHTS] if one.weight > 0),
                _nearest(catalogue, row, vector, cluster_id),
            )
        )
        all_weights.append(found)
    return Placement(
        titles.to_pylist()[0],
        assignment,
        sides[0],
        sides[1] if len(sides) > 1 else None,
        catalogue.is_encoded,
        _difference(*all_weights) if len(sides) > 1 else (),
    )


def _nearest(
    catalogue: Catalogue, row: int, vector: sparse.csr_matrix, cluster_id: int
) -> tuple[Near, ...]:
    inside = catalogue.rows_in([cluster_id])
    inside = inside[inside != row]
    inside = inside[:: max(1, -(-inside.size // MOST_COMPARED))]
    if not inside.size:
        return ()
    vectors = catalogue.vectors_of(inside)
    similarity = (vectors @ vector.T).toarray().ravel()
    # Equal likeness is in the order of the ids, as in recommendations.
    ids = [catalogue.names.title_id(int(at)) for at in inside]
    best = sorted(range(inside.size), key=lambda at: (-round(float(similarity[at]), 6), ids[at]))
    return tuple(
        Near(ids[at], catalogue.names.title(int(inside[at])), float(similarity[at]))
        for at in best[:N_NEAREST]
    )


def _difference(first: list[Weight], second: list[Weight]) -> tuple[Weight, ...]:
    lead = {(one.field, one.term): one.weight for one in first}
    for one in second:
        key = (one.field, one.term)
        lead[key] = lead.get(key, 0.0) - one.weight
    found = [Weight(field, term, weight) for (field, term), weight in lead.items() if weight > 0]
    found.sort(key=lambda one: (-one.weight, one.field, one.term))
    return tuple(found[:N_WEIGHTS])


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
