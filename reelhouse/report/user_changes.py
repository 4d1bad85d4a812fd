"""What became of the users since the last version: who came, went and moved, as numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.report.staged import Staged
from reelhouse.storage.version import Version

#: Ways from one cluster to another that are listed, those of the most users.
MOST_WAYS = 100


def user_changes(staged: Staged, last: Version | None) -> dict[str, Any]:
    """Compare who is where with the last version; empty for the first one.

    Parameters
    ----------
    staged : Staged
    last : Version or None

    Returns
    -------
    dict
        `before`: id, name and size of the clusters of the last version; `users`: how many `stayed`
        in their cluster, `moved`, are `new`, are `gone`; `ways`: from, to and users.
    """
    if last is None:
        return {}
    columns = ["user_id", "cluster_id"]
    old, new = last.read_table("assignments", columns), staged.table("assignments", columns)
    before = [
        {"id": row["cluster_id"], "name": row["name"], "size": row["size"]}
        for row in last.read_table("clusters").to_pylist()
        if row["event"] != "died"
    ]
    return {"version": last.number, "before": before, **ways_of(old, new)}


def ways_of(old: pa.Table, new: pa.Table) -> dict[str, Any]:
    """Count users by where they were and where they are.

    Parameters
    ----------
    old, new : Table with `user_id`, each once, and `cluster_id`
    """
    at = pc.index_in(new["user_id"], value_set=old["user_id"].combine_chunks())
    both = pc.is_valid(at).to_numpy(zero_copy_only=False)
    was = old["cluster_id"].take(at.drop_null()).to_numpy()
    now = new["cluster_id"].to_numpy()[both]
    pairs, n_users = np.unique(np.stack([was, now], axis=1), axis=0, return_counts=True)
    moved = pairs[:, 0] != pairs[:, 1]
    order = np.argsort(-n_users[moved], kind="stable")[:MOST_WAYS]
    ways = np.column_stack([pairs[moved], n_users[moved]])[order].tolist()
    return {
        "users": {
            "stayed": int(n_users[~moved].sum()),
            "moved": int(n_users[moved].sum()),
            "new": int((~both).sum()),
            "gone": old.num_rows - int(both.sum()),
        },
        "ways": ways,
    }
