from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from reelhouse.features.graph import choose_names, join, store_names, weighted_names
from reelhouse.features.settings import FieldSettings, NodeVectorSettings
from reelhouse.matrix import store_block
from reelhouse.schema import TITLES

ALL = FieldSettings(weight=1.0, max_terms=100, min_titles=1)
NONE = FieldSettings(weight=0.0, max_terms=1)


def stored(folder: Path, name: str, rows: list[list[int]]) -> Path:
    store_block(folder / name, sparse.csr_matrix(np.array(rows, dtype=np.int32)))
    return folder / name


def test_who_directs_and_who_acts_is_one_node(tmp_path: Path) -> None:
    rows = [
        {"title_id": "a", "director": ["Ava Roe"], "cast": ["Bo Li", "Ava Roe"], "rating": "PG"},
        {"title_id": "b", "cast": ["Ava Roe"], "listed_in": ["Dramas"], "rating": "PG"},
    ]
    part = tmp_path / "part.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=TITLES), part)
    settings = NodeVectorSettings(
        description=NONE, listed_in=NONE, country=NONE, type=NONE, people=ALL, rating=ALL
    )
    n_titles, chosen = choose_names([part], settings)
    assert n_titles == 2
    assert chosen["people"] == {"ava_roe": 2, "bo_li": 1}
    assert chosen["rating"] == {"pg": 2}
    assert [kind for kind, names in chosen.items() if names] == ["people", "rating"]
    weights = weighted_names(store_names([part], chosen, tmp_path), 10)
    # The first title has two people, of which one counts twice but is one edge.
    assert weights.toarray().tolist() == [[0.5, 0.5, 1.0], [1.0, 0.0, 1.0]]


def test_of_too_many_titles_an_even_sample_is_walked_over(tmp_path: Path) -> None:
    # Titles 0 to 6 in partitions of 2, 0 and 5, each with a name of its own; every third is kept.
    eye = np.eye(7, dtype=np.int32).tolist()
    blocks = [
        [stored(tmp_path, "a", eye[:2])],
        [tmp_path / "b"],
        [stored(tmp_path, "c", eye[2:])],
    ]
    store_block(tmp_path / "b", sparse.csr_matrix((0, 7), dtype=np.int32))
    kept = weighted_names(blocks, 3)
    assert kept.toarray().argmax(axis=1).tolist() == [0, 3, 6]
    assert weighted_names(blocks, 7).shape == (7, 7)


def test_names_come_first_and_every_edge_goes_both_ways() -> None:
    # Title 0 (node 3) holds names 0 and 2; title 1 (node 4) holds name 2; name 1 is alone.
    graph = join(sparse.csr_matrix(np.array([[0.5, 0.0, 0.5], [0.0, 0.0, 1.0]])))
    assert graph.n_names == 3
    assert graph.indptr.tolist() == [0, 1, 1, 3, 5, 6]
    assert graph.indices.tolist() == [3, 3, 4, 0, 2, 2]
    assert graph.reach == pytest.approx(np.array([0.5, 0.5, 1.5, 0.5, 1.0, 1.0]))
