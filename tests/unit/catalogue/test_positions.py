from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.catalogue import positions
from reelhouse.catalogue.positions import Layout, stage_positions, stage_positions_of_night
from reelhouse.catalogue.vectors import vectors_table
from reelhouse.catalogue.workspace import Workspace
from reelhouse.schema import ASSIGNMENTS, FEATURES, NEXT_TITLES, POSITIONS, VECTORS
from reelhouse.storage.tables import write_table

BEFORE = {"a": (-0.50, 0.00), "b": (-0.46, 0.00), "c": (0.90, 0.90), "d": (0.10, 0.20)}


def groups(n_each: int, n_groups: int = 3) -> NDArray[np.float32]:
    """Unit rows around as many axes: titles of one group are far likelier than of two."""
    rng = np.random.default_rng(5)
    rows = np.repeat(np.eye(n_groups, 12), n_each, axis=0) + rng.normal(
        0, 0.05, (n_each * n_groups, 12)
    )
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def staged_vectors(work: Workspace, rows: NDArray[np.float32]) -> list[str]:
    ids = [f"t{number:03d}" for number in range(len(rows))]
    table = vectors_table(sparse.csr_matrix(rows), pa.array([0] * len(rows), pa.int32()), ids)
    write_table(table.cast(VECTORS), work.staged / "vectors.parquet", VECTORS)
    features = [{"feature": at, "field": "words", "term": ""} for at in range(rows.shape[1])]
    table = pa.Table.from_pylist(features, schema=FEATURES)
    write_table(table, work.staged / "features.parquet", FEATURES)
    return ids


def staged_night(work: Workspace, next_titles: list[tuple[str, str, float]]) -> None:
    placed = [
        {"title_id": one, "cluster_id": 0 if one != "c" else 1, "status": "placed",
         "placed_in_version": 1}
        for one in ("a", "b", "c", "d", "new")
    ]  # fmt: skip
    write_table(
        pa.Table.from_pylist(placed, schema=ASSIGNMENTS),
        work.staged / "assignments.parquet",
        ASSIGNMENTS,
    )
    rows = [
        {"title_id": title, "rank": rank, "next_title_id": other, "score": score,
         "reason": "same-cluster"}
        for rank, (title, other, score) in enumerate(next_titles, start=1)
    ]  # fmt: skip
    write_table(
        pa.Table.from_pylist(rows, schema=NEXT_TITLES),
        work.staged / "recommendations.parquet",
        NEXT_TITLES,
    )


def before() -> pa.Table:
    rows = [{"title_id": one, "x": x, "y": y} for one, (x, y) in BEFORE.items()]
    return pa.Table.from_pylist(rows, schema=POSITIONS)


def places(work: Workspace) -> dict[str, tuple[float, float]]:
    rows = pq.read_table(work.staged / "positions.parquet").to_pylist()
    return {row["title_id"]: (row["x"], row["y"]) for row in rows}


def test_nothing_that_has_a_place_moves_at_night(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    staged_night(work, [("new", "a", 0.9)])
    assert stage_positions_of_night(work, before()) == 1
    found = places(work)
    assert set(found) == {*BEFORE, "new"}
    for one, place in BEFORE.items():
        assert found[one] == pytest.approx(place)


def test_an_added_title_stands_among_those_of_its_next_titles_that_are_near_the_first(
    tmp_path: Path,
) -> None:
    work = Workspace(tmp_path)
    staged_night(work, [("new", "a", 0.6), ("new", "b", 0.2), ("new", "c", 0.9)])
    stage_positions_of_night(work, before())
    # c is another island: (0.6 * -0.50 + 0.2 * -0.46) / 0.8 of a and b.
    assert places(work)["new"] == (pytest.approx(-0.49), pytest.approx(0.0))


def test_an_added_title_without_next_titles_stands_in_the_middle_of_its_cluster(
    tmp_path: Path,
) -> None:
    work = Workspace(tmp_path)
    staged_night(work, [])
    stage_positions_of_night(work, before())
    # The medians of a, b and d, which are of its cluster.
    assert places(work)["new"] == (pytest.approx(-0.46), pytest.approx(0.0))


def test_a_removed_title_has_no_place_any_more(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    staged_night(work, [("new", "a", 0.9)])
    gone = pa.Table.from_pylist([{"title_id": "gone", "x": 0.0, "y": 0.0}], schema=POSITIONS)
    stage_positions_of_night(work, pa.concat_tables([before(), gone]))
    assert "gone" not in places(work)


def test_titles_that_are_alike_stand_together_and_those_of_another_group_apart(
    tmp_path: Path,
) -> None:
    work = Workspace(tmp_path)
    staged_vectors(work, groups(40))
    assert stage_positions(work, seed=1) == 120
    xy = np.array(list(places(work).values())).reshape(3, 40, 2)
    assert np.abs(xy).max() == pytest.approx(1.0, abs=1e-5)
    centres = xy.mean(axis=1)
    spread = np.linalg.norm(xy - centres[:, None], axis=2).mean()
    apart = np.linalg.norm(centres[[0, 1, 2]] - centres[[1, 2, 0]], axis=1).min()
    assert apart > 3 * spread


def test_those_beyond_the_sample_stand_among_the_likest_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "N_SAMPLE", 60)
    work = Workspace(tmp_path)
    staged_vectors(work, groups(40))
    assert stage_positions(work, seed=1) == 60
    xy = np.array(list(places(work).values())).reshape(3, 40, 2)
    middles = np.median(xy, axis=1)
    nearest = np.linalg.norm(xy[:, :, None] - middles, axis=3).argmin(axis=2)
    assert (nearest == np.arange(3)[:, None]).mean() > 0.95


def test_the_same_titles_and_seed_give_the_same_map(tmp_path: Path) -> None:
    first, second = (Layout.of(sparse.csr_matrix(groups(10)), seed=3).places for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_few_titles_have_a_map_too(tmp_path: Path, n: int) -> None:
    work = Workspace(tmp_path)
    ids = staged_vectors(work, groups(2)[:n] if n < 6 else groups(2))
    stage_positions(work, seed=0)
    found = places(work)
    assert sorted(found) == ids
    assert all(-1 <= value <= 1 for place in found.values() for value in place)
