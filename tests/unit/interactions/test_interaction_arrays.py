from __future__ import annotations

from pathlib import Path

import dask
import numpy as np
import pytest
from dask_ml.wrappers import Incremental
from distributed import Client, LocalCluster
from distributed.protocol import serialize_bytes
from scipy import sparse

from reelhouse.clustering.minibatch import MiniBatchKMeans
from reelhouse.errors import FeatureError
from reelhouse.interactions import Interactions, TransformSettings, store_interactions


@pytest.fixture
def stored(small: list[Path], tmp_path: Path) -> Interactions:
    return store_interactions(small, tmp_path / "matrix")


def test_the_array_has_a_csr_block_of_known_size_for_every_partition(stored: Interactions) -> None:
    array = stored.array()
    assert array.chunks == ((2, 0, 2), (4,))
    assert array.dtype == np.float32
    blocks = [array.blocks[index].compute() for index in range(3)]
    assert all(isinstance(block, sparse.csr_matrix) for block in blocks)
    transform = stored.transform(TransformSettings())
    for index, block in enumerate(blocks):
        assert (block != stored.load_vectors(index, transform)).nnz == 0


def test_the_raw_array_holds_the_stored_ratings(stored: Interactions) -> None:
    whole = stored.raw().compute()
    assert whole.dtype == np.int8
    assert whole.toarray().tolist() == [[5, 3, 0, 0], [4, 0, 1, 2], [1, 0, 0, 0], [2, 3, 0, 4]]


@pytest.mark.parametrize("scheduler", ["threads", "processes", "sync"])
def test_every_scheduler_gives_the_same_rows(stored: Interactions, scheduler: str) -> None:
    array = stored.array(TransformSettings(values="rating", centre="user"))
    with dask.config.set(scheduler="sync"):
        expected = array.compute()
    with dask.config.set(scheduler=scheduler, num_workers=2):
        assert (array.compute() != expected).nnz == 0


def test_a_cluster_stores_and_loads_the_matrix(small: list[Path], tmp_path: Path) -> None:
    here = store_interactions(small, tmp_path / "here")
    with (
        LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        there = store_interactions(small, tmp_path / "there", through="dask")
        assert (there.array().compute() != here.array().compute(scheduler="sync")).nnz == 0


def test_the_graph_names_files_and_holds_no_arrays(stored: Interactions) -> None:
    array = stored.array()
    assert len(serialize_bytes(dict(array.dask))) < 10_000


def test_the_estimator_learns_from_the_array_block_by_block(stored: Interactions) -> None:
    estimator = Incremental(MiniBatchKMeans(n_clusters=2, random_state=0), shuffle_blocks=False)
    with dask.config.set(scheduler="sync"):
        estimator.fit(stored.array())
        labels = estimator.predict(stored.array()).compute()
    assert labels.shape == (4,)
    assert set(labels.tolist()) <= {0, 1}


def test_an_opened_matrix_is_the_stored_one(stored: Interactions) -> None:
    opened = Interactions.open(stored.folder)
    assert (opened.users_of_block, opened.ratings_of_block) == ((2, 0, 2), (5, 0, 4))
    assert (opened.dtype, opened.rating_range, opened.n_read) == ("int8", (1, 5), 9)
    for name in ("title_ids", "title_counts", "title_means"):
        assert (getattr(opened, name) == getattr(stored, name)).all()
        assert getattr(opened, name).dtype == getattr(stored, name).dtype
    assert [opened.user_ids(index).tolist() for index in range(3)] == [[1, 4], [], [2, 9]]


def test_a_matrix_can_be_moved(stored: Interactions, tmp_path: Path) -> None:
    stored.folder.rename(tmp_path / "elsewhere")
    assert Interactions.open(tmp_path / "elsewhere").load(0).matrix.nnz == 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "describes no stored interactions"),
        ("[]", "describes no stored interactions"),
        ('{"format": 9}', "has format 9, expected 1"),
        ('{"format": 1}', "describes no stored interactions: KeyError"),
    ],
)
def test_a_damaged_description_is_named(stored: Interactions, content: str, message: str) -> None:
    (stored.folder / "interactions.json").write_text(content)
    with pytest.raises(FeatureError, match=rf"interactions.json {message}"):
        Interactions.open(stored.folder)


def test_a_damaged_block_is_named_before_anything_is_computed(stored: Interactions) -> None:
    path = stored.path(0)
    whole = path.read_bytes()
    path.write_bytes(whole[:-4])
    with pytest.raises(FeatureError, match=r"block-00000.safetensors cannot be read"):
        stored.load(0)
    # Columns beyond the titles: a compiled loop would read what is not there.
    columns = np.array([0, 1, 0, 2, 3], dtype=np.int32).tobytes()
    assert columns in whole
    path.write_bytes(whole.replace(columns, np.array([0, 1, 0, 2, 99], np.int32).tobytes()))
    with pytest.raises(FeatureError, match=r"block-00000.safetensors is no stored CSR block"):
        stored.load(0)
    path.unlink()
    with pytest.raises(FeatureError, match=r"block-00000.safetensors is missing"):
        stored.load(0)
