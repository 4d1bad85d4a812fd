"""Where every user is placed: block by block, kept in files, and read back as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dask
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.clustering.assign import Placement, place
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.interactions import Interactions, UserTransform
from reelhouse.interactions.blocks import load_arrays, store_arrays
from reelhouse.schema import USER_ASSIGNMENTS
from reelhouse.viewers.blocks import Block

_ARRAYS = ("index", "distance", "second_index", "second_distance", "n_ratings", "user_ids")


@dataclass(frozen=True)
class PlacedUsers:
    """The users of one block and the centroids nearest to them; all arrays have shape (n,)."""

    index: IntArray
    distance: FloatArray
    second_index: IntArray
    second_distance: FloatArray
    n_ratings: IntArray
    user_ids: IntArray


@dataclass(frozen=True)
class Placed:
    """The placement of all users, one file per block of the matrix.

    Attributes
    ----------
    folder : Path
    n_blocks : int
    """

    folder: Path
    n_blocks: int

    def path(self, block: int) -> Path:
        """File of a block."""
        return self.folder / f"placed-{block:05d}.safetensors"

    def load(self, block: int) -> PlacedUsers:
        """Load one block's placement."""
        return PlacedUsers(*load_arrays(self.path(block), _ARRAYS))

    def all(self) -> Iterator[PlacedUsers]:
        """Load one block after the other."""
        return (self.load(block) for block in range(self.n_blocks))

    def labelled(self, interactions: Interactions, block: int) -> Block:
        """The ratings of a block's users with their clusters."""
        rows = interactions.load(block)
        return Block(rows.matrix, rows.user_ids, self.load(block).index)


def place_users(
    interactions: Interactions, transform: UserTransform, centroids: FloatArray, folder: Path
) -> Placed:
    """Place the users of all blocks on the centroids; blocks run in parallel.

    Parameters
    ----------
    interactions : Interactions
    transform : UserTransform
        What the centroids were fitted on.
    centroids : ndarray of shape (n_clusters, n_titles), float32, unit rows
    folder : Path
        Scratch folder that every worker can write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    placed = Placed(folder, interactions.n_blocks)
    model = folder / "centroids.safetensors"
    store_arrays(model, {"centroids": centroids})
    # Wrapped once: the graph would hold a copy of their arrays for every block.
    matrix, shared = dask.delayed(interactions), dask.delayed(transform)
    dask.compute(
        *[
            dask.delayed(_place_block)(matrix, shared, model, block, placed.path(block))
            for block in range(interactions.n_blocks)
        ]
    )
    return placed


def assignments(placed: Placed, cluster_ids: NDArray[np.int32]) -> Iterator[pa.Table]:
    """assignments.parquet, a table per block.

    Parameters
    ----------
    placed : Placed
    cluster_ids : ndarray of shape (n_clusters,), int32
        Published id of each centroid.
    """
    for users in placed.all():
        single = users.second_index < 0
        second = cluster_ids[np.maximum(users.second_index, 0)]
        yield pa.table(
            {
                "user_id": users.user_ids,
                "cluster_id": cluster_ids[users.index],
                "distance": users.distance,
                "second_cluster_id": pa.array(second, mask=single),
                "second_distance": pa.array(users.second_distance, mask=single),
                "margin": pa.array(users.second_distance - users.distance, mask=single),
                "n_ratings": users.n_ratings,
            },
            schema=USER_ASSIGNMENTS,
        )


def _place_block(
    interactions: Interactions, transform: UserTransform, model: Path, block: int, path: Path
) -> None:
    (centroids,) = load_arrays(model, ("centroids",))
    rows = interactions.load(block)
    found: Placement = place(transform.apply(rows.matrix), centroids)
    store_arrays(
        path,
        {
            "index": found.index,
            "distance": found.distance,
            "second_index": found.second_index,
            "second_distance": found.second_distance,
            "n_ratings": np.diff(rows.matrix.indptr).astype(np.int32),
            "user_ids": rows.user_ids,
        },
    )
