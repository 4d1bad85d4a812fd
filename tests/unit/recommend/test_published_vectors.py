"""Vectors read back cluster by cluster."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from reelhouse.errors import DamagedFileError
from reelhouse.recommend.names import TitleNames
from reelhouse.recommend.published_vectors import PublishedVectors
from reelhouse.schema import FEATURES, VECTORS


class Tables:
    """What is read of a version, and which clusters were asked for."""

    number = 7

    def __init__(self, rows: list[dict[str, object]]) -> None:
        self.rows = pa.Table.from_pylist(rows, schema=VECTORS)
        self.asked: list[int] = []

    def read_table(self, name: str) -> pa.Table:
        assert name == "features"
        terms = [("description", "rocket"), ("description", "oven"), ("people", "")]
        return pa.Table.from_pylist(
            [{"feature": at, "field": f, "term": t} for at, (f, t) in enumerate(terms)],
            schema=FEATURES,
        )

    def rows_of(self, name: str, column: str, value: int) -> pa.Table:
        assert (name, column) == ("vectors", "cluster_id")
        self.asked.append(value)
        return self.rows.filter(pc.equal(self.rows[column], value))


ROWS = [
    {"cluster_id": 0, "title_id": "t1", "features": [1], "weights": [1.0]},
    {"cluster_id": 0, "title_id": "t3", "features": [0, 2], "weights": [0.5, -0.25]},
    {"cluster_id": 4, "title_id": "t2", "features": [0], "weights": [1.0]},
    {"cluster_id": 9, "title_id": "t0", "features": [], "weights": []},
]


def opened(tables: Tables) -> PublishedVectors:
    ids = pa.array(["t0", "t1", "t2", "t3"])
    clusters = np.array([9, 0, 4, 0], np.int32)
    return PublishedVectors(tables, TitleNames(ids, ids), clusters)  # type: ignore[arg-type]


def test_vectors_come_in_the_order_asked_for_and_only_their_clusters_are_read() -> None:
    tables = Tables(ROWS)
    vectors = opened(tables)
    found = vectors.of([3, 2, 1, 3])
    assert found.dtype == np.float32
    assert found.toarray().tolist() == [[0.5, 0, -0.25], [1, 0, 0], [0, 1, 0], [0.5, 0, -0.25]]
    assert tables.asked == [0, 4]
    vectors.of([1])
    assert tables.asked == [0, 4]
    assert vectors.terms[2] == ("people", "")


def test_a_title_of_which_nothing_is_known_has_an_empty_row() -> None:
    assert opened(Tables(ROWS)).of([0]).nnz == 0
    assert opened(Tables(ROWS)).of([]).shape == (0, 3)


def test_a_title_that_the_table_lacks_is_named() -> None:
    with pytest.raises(DamagedFileError, match="version 7 has no t3 in cluster 0"):
        opened(Tables(ROWS[:1] + ROWS[2:])).of([1, 3])
