from __future__ import annotations

from pathlib import Path

import dask
import numpy as np
import pytest
from scipy import sparse

from reelhouse.features import walks
from reelhouse.features.settings import NodeVectorSettings
from reelhouse.features.walks import count_meetings, meetings, store_walks
from reelhouse.matrix import store_block

#: Titles x names: names 0, 1 and 2 share titles, 3 and 4 share one, 5 has none.
HELD = np.array(
    [[0.5, 0.5, 0, 0, 0, 0], [0, 0.5, 0.5, 0, 0, 0], [0, 0, 0, 0.5, 0.5, 0]], dtype=np.float64
)
SETTINGS = NodeVectorSettings(walks_per_name=3, walk_length=4)


@pytest.fixture
def edges(tmp_path: Path) -> Path:
    store_block(tmp_path / "edges", sparse.csr_matrix(HELD))
    return tmp_path / "edges"


def test_every_name_begins_its_walks_and_each_step_crosses_a_title(
    edges: Path, tmp_path: Path
) -> None:
    (path,) = store_walks(edges, 6, SETTINGS, tmp_path, seed=1)
    found = np.load(path)
    assert found.shape == (18, 4)
    assert sorted(found[:, 0].tolist()) == sorted([0, 1, 2, 3, 4, 5] * 3)
    assert found[found[:, 0] == 5, 1:].tolist() == [[-1, -1, -1]] * 3
    share_a_title = HELD.T @ HELD > 0
    going = found[found[:, 0] != 5]
    assert share_a_title[going[:, :-1], going[:, 1:]].all()


def test_walks_do_not_depend_on_who_takes_them(
    edges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks, "_NAMES_AT_ONCE", 2)
    taken = []
    for scheduler in ("synchronous", "threads"):
        (tmp_path / scheduler).mkdir()
        with dask.config.set(scheduler=scheduler):
            paths = store_walks(edges, 6, SETTINGS, tmp_path / scheduler, seed=1)
        taken.append([np.load(path).tolist() for path in paths])
    assert len(taken[0]) == 3
    assert taken[0] == taken[1]
    other = store_walks(edges, 6, SETTINGS, tmp_path, seed=2)
    assert [np.load(path).tolist() for path in other] != taken[0]


def test_names_meet_within_the_window_and_not_beyond_the_end_of_a_walk() -> None:
    taken = np.array([[0, 1, 2], [1, 0, -1]], dtype=np.int32)
    near = meetings(taken, 3, window=1).toarray()
    assert near.tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]
    assert meetings(taken, 3, window=2).toarray().tolist() == [[0, 2, 1], [2, 0, 1], [1, 1, 0]]
    assert (meetings(taken, 3, window=9) != meetings(taken, 3, window=2)).nnz == 0


def test_meetings_of_all_ranges_are_added_up(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.npy" for number in range(10)]
    for path in paths:
        np.save(path, np.array([[0, 1]], dtype=np.int32))
    assert count_meetings(paths, 2, 1).toarray().tolist() == [[0, 10], [10, 0]]
