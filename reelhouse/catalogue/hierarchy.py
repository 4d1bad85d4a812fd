"""hierarchy.parquet: the tree of clusters with the names of its families."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from reelhouse.clustering.hierarchy import common_node, ward_tree
from reelhouse.clustering.model import ClusterModel
from reelhouse.naming.counts import ClusterTerms
from reelhouse.naming.names import family_names
from reelhouse.schema import HIERARCHY


def hierarchy_table(model: ClusterModel, names: Sequence[str], terms: ClusterTerms) -> pa.Table:
    """hierarchy.parquet of a fit.

    Parameters
    ----------
    model : ClusterModel
    names : sequence of n_clusters names
    terms : ClusterTerms
        What the families' names are made of.

    Returns
    -------
    Table with the schema `HIERARCHY`
        First the clusters, in the order of the model, then the inner nodes; the root comes last.
    """
    tree = ward_tree(model.centroids)
    families = terms.grouped(tree.members())
    inner = tree.parents.size - tree.n_leaves
    columns = {
        "node_id": pa.array(np.arange(tree.parents.size), pa.int32()),
        "parent_id": pa.array(tree.parents, pa.int32(), mask=tree.parents < 0),
        "height": pa.array(tree.heights, pa.float32()),
        "cluster_id": pa.array([*model.cluster_ids.tolist(), *[None] * inner], pa.int32()),
        "size": pa.array([*terms.sizes.tolist(), *families.sizes.tolist()], pa.int64()),
        "name": pa.array([*names, *family_names(families)], pa.string()),
    }
    return pa.table(columns, schema=HIERARCHY)


def common_nodes(
    hierarchy: pa.Table, left: Sequence[int], right: Sequence[int]
) -> list[int | None]:
    """The lowest node above both clusters of each pair; None for a cluster that has no node.

    Parameters
    ----------
    hierarchy : Table with the schema `HIERARCHY`
    left, right : sequences of n_pairs cluster ids
    """
    nodes = hierarchy.sort_by("node_id")
    parents = nodes["parent_id"].fill_null(-1).to_numpy().astype(np.int64)
    leaf = {
        cluster: node
        for node, cluster in enumerate(nodes["cluster_id"].to_pylist())
        if cluster is not None
    }
    return [
        common_node(parents, leaf[one], leaf[other]) if one in leaf and other in leaf else None
        for one, other in zip(left, right, strict=True)
    ]
