from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from reelhouse.schema import TITLE_GENRES
from reelhouse.viewers.blocks import Block
from reelhouse.viewers.tables import Descriptions, DescriptionSettings, describe_clusters
from reelhouse.viewers.titles import Titles, describe_titles


def described(
    dense: np.ndarray, labels: np.ndarray, titles: Titles, cuts: list[int], n_threads: int
) -> Descriptions:
    matrix = sparse.csr_matrix(dense.astype(np.float32))
    ids = np.arange(len(labels), dtype=np.int32)
    bounds = [0, *sorted(cuts), len(labels)]
    blocks = [
        Block(matrix[a:b], ids[a:b], labels[a:b].astype(np.int32)) for a, b in pairwise(bounds)
    ]
    return describe_clusters(
        blocks.__getitem__,
        len(blocks),
        titles,
        n_clusters=4,
        settings=DescriptionSettings(),
        n_threads=n_threads,
    )


def tables(descriptions: Descriptions) -> list[pa.Table]:
    held = [getattr(descriptions, name) for name in Descriptions.__dataclass_fields__]
    return [table for table in held if isinstance(table, pa.Table)]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    n_users=st.integers(0, 60),
    cuts=st.lists(st.integers(0, 60), max_size=3),
    n_threads=st.integers(1, 3),
)
def test_tables_do_not_depend_on_blocks_or_threads(
    seed: int, n_users: int, cuts: list[int], n_threads: int
) -> None:
    rng = np.random.default_rng(seed)
    dense = rng.integers(1, 11, (n_users, 12)) / 2 * (rng.random((n_users, 12)) < 0.5)
    labels = rng.integers(-1, 4, n_users)
    genres = [{"title_id": i, "genres": [f"g{i % 4}", f"g{i % 3}"]} for i in range(10)]
    titles = describe_titles(
        np.arange(12, dtype=np.int32), None, pa.Table.from_pylist(genres, TITLE_GENRES)
    )
    cuts = [cut for cut in cuts if cut <= n_users]
    whole = tables(described(dense, labels, titles, [], 1))
    for one, other in zip(
        whole, tables(described(dense, labels, titles, cuts, n_threads)), strict=True
    ):
        assert one.equals(other)
    clusters, preferences, heatmaps, _ = whole
    assert clusters["size"].to_pylist() == [int((labels == k).sum()) for k in range(4)]
    assert len(set(clusters["name"].to_pylist())) >= 4 - clusters["name"].to_pylist().count(
        "Nobody"
    )
    rated = (dense > 0)[labels >= 0].sum()
    assert pc.sum(clusters["n_ratings"]).as_py() == rated
    assert heatmaps["rating"].drop_null().to_numpy().tolist() == [
        dense[user, title]
        for user, title, rating in zip(
            *(heatmaps[name].to_pylist() for name in ("user_id", "title_id", "rating")),
            strict=True,
        )
        if rating is not None
    ]
    # Pseudo-counts keep every lift above nothing.
    assert not preferences.num_rows or pc.min(preferences["lift"]).as_py() > 0


@pytest.mark.realdata
def test_real_viewers_are_described(real_data: Path) -> None:
    text = (real_data / "movielens" / "ml-100k" / "u.data").read_text()
    rows = np.array([line.split("\t")[:3] for line in text.splitlines()], dtype=np.int32)
    dense = np.zeros((943, 1682))
    dense[rows[:, 0] - 1, rows[:, 1] - 1] = rows[:, 2]
    labels = (dense > 0).sum(axis=1) // 60 % 4
    titles = describe_titles(np.arange(1, 1683, dtype=np.int32))
    clusters = described(dense, labels, titles, [300, 600], 2)
    assert pc.sum(clusters.clusters["n_ratings"]).as_py() == 100_000
    assert clusters.heatmaps.num_rows == 4 * 70 * 50
    first = clusters.heatmaps.filter(pc.equal(clusters.heatmaps["user_rank"], 1))
    assert len(set(first["user_id"].to_pylist())) == 4
