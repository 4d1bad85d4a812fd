from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.blocks import read_ahead, sample_blocks, step_over_blocks
from reelhouse.clustering.centroids import Centroids
from reelhouse.clustering.lloyd import merge, settle, step_over
from reelhouse.clustering.passes import fit_blocks
from reelhouse.clustering.rows import rows_of
from reelhouse.errors import ClusteringError


def block_of(rows: sparse.csr_matrix, bounds: list[int], index: int) -> sparse.csr_matrix:
    return rows[bounds[index] : bounds[index + 1]]


BOUNDS = [0, 40, 40, 105, 130, 199, 260, 300]  # the second block is empty
N_BLOCKS = len(BOUNDS) - 1


@pytest.fixture
def rows(blobs: Any) -> sparse.csr_matrix:
    return blobs(6, 50, noise=0.9)[0]


@pytest.fixture
def load(rows: sparse.csr_matrix) -> Any:
    return partial(block_of, rows, BOUNDS)


def model(**changed: Any) -> MiniBatchKMeans:
    parameters = {
        "n_clusters": 6, "geometry": "cosine", "sample_size": 90, "batch_size": 16,
        "half_life": 300.0, "random_state": 5, "tol": 0.0,
    }  # fmt: skip
    return MiniBatchKMeans(**(parameters | changed))


def test_blocks_are_read_in_the_order_that_was_asked() -> None:
    assert list(read_ahead(lambda index: index * 10, [3, 1, 2, 0])) == [30, 10, 20, 0]
    assert list(read_ahead(lambda index: index, [7])) == [7]
    assert list(read_ahead(lambda index: index, [])) == []


def test_the_sample_takes_from_each_block_in_proportion(load: Any, rows: sparse.csr_matrix) -> None:
    sizes = np.diff(BOUNDS).tolist()
    sample = sample_blocks(load, sizes, 100, seed=1)
    assert sample.shape == (100, rows.shape[1])
    # A third of the first block's 40 rows: 13 of them.
    head = {row.tobytes() for row in rows[:40].toarray()}
    assert sum(row.tobytes() in head for row in sample.toarray()) == 13
    assert (sample_blocks(load, sizes, 999, seed=1) != rows).nnz == 0


def test_a_step_over_blocks_is_the_step_over_all_rows(load: Any, rows: sparse.csr_matrix) -> None:
    centroids = Centroids(rows[:6].toarray(), "cosine")
    whole, labels = step_over(rows_of(rows), centroids)
    parts = step_over_blocks(load, range(N_BLOCKS), centroids)
    np.testing.assert_allclose(parts.sums, whole.sums, rtol=1e-12)
    assert parts.received.tolist() == np.bincount(labels, minlength=6).tolist()
    assert parts.inertia == pytest.approx(whole.inertia)
    assert parts.n_rows == 300
    assert np.array_equal(parts.far_rows, whole.far_rows)


def test_centroids_without_rows_move_onto_the_far_rows_of_all_blocks() -> None:
    start = np.array([[1, 0], [1, 0], [1, 0]], np.float32)
    centroids = Centroids(start, "cosine")
    first, _ = step_over(rows_of(np.array([[1, 0], [0.6, 0.8]])), centroids)
    second, _ = step_over(rows_of(np.array([[0, 1], [0.8, 0.6]])), centroids)
    settle(centroids, merge(first, second))
    np.testing.assert_allclose(centroids.centers[1:], [[0, 1], [0.6, 0.8]], rtol=1e-6)


@pytest.mark.parametrize("blocks_per_step", [1, 3])
def test_the_fit_does_not_depend_on_workers(load: Any, blocks_per_step: int) -> None:
    found = []
    for workers in (1, 4):
        with dask.config.set(scheduler="threads", num_workers=workers):
            fit = fit_blocks(load, N_BLOCKS, model(), blocks_per_step=blocks_per_step)
        found.append(fit)
    one, four = found
    assert np.array_equal(one.estimator.cluster_centers_, four.estimator.cluster_centers_)
    assert one.exact_costs == four.exact_costs
    assert one.pass_costs == four.pass_costs


def test_the_fit_finds_the_planted_groups(blobs: Any) -> None:
    rows, truth = blobs(6, 50, noise=0.3)
    fit = fit_blocks(partial(block_of, rows, BOUNDS), N_BLOCKS, model())
    assert adjusted_rand_score(truth, fit.estimator.predict(rows)) == 1.0
    assert fit.settled
    assert len(fit.pass_costs) == 3
    assert list(fit.exact_costs) == sorted(fit.exact_costs, reverse=True)
    # The last exact pass moved nothing: its cost is that of the final centroids.
    assert fit.estimator.inertia_ == pytest.approx(-fit.estimator.score(rows))


class CutError(Exception):
    pass


@pytest.mark.parametrize("cut_after", range(1, 5))
@pytest.mark.parametrize("random_state", [5, None])
def test_a_fit_that_was_cut_short_goes_on_and_ends_the_same(
    load: Any, tmp_path: Path, cut_after: int, random_state: int | None
) -> None:
    path = tmp_path / "fit.safetensors"
    again = tmp_path / "again.safetensors"
    kept: list[bytes] = []

    def cut(number: int, cost: float) -> None:
        if number == cut_after:
            kept.append(path.read_bytes())
            if random_state is not None:
                raise CutError

    fit = partial(fit_blocks, load, N_BLOCKS, passes=3, lloyd_passes=4)
    if random_state is None:
        # No second run draws the same seed: compare with the same run, undisturbed.
        whole = fit(model(random_state=None), checkpoint=path, on_pass=cut)
    else:
        whole = fit(model())
        with pytest.raises(CutError):
            fit(model(), checkpoint=path, on_pass=cut)
    again.write_bytes(kept[0])
    numbers: list[int] = []
    resumed = fit(
        model(random_state=random_state), checkpoint=again, on_pass=lambda n, _: numbers.append(n)
    )
    assert np.array_equal(resumed.estimator.cluster_centers_, whole.estimator.cluster_centers_)
    assert np.array_equal(resumed.estimator.counts_, whole.estimator.counts_)
    assert (resumed.pass_costs, resumed.exact_costs) == (whole.pass_costs, whole.exact_costs)
    n_passes = len(whole.pass_costs) + len(whole.exact_costs)
    assert numbers == list(range(cut_after + 1, n_passes + 1))


def test_a_finished_fit_is_taken_from_its_checkpoint(load: Any, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "fit.safetensors"
    first = fit_blocks(load, N_BLOCKS, model(), checkpoint=path)
    second = fit_blocks(load, N_BLOCKS, model(n_threads=1), checkpoint=path)
    assert np.array_equal(first.estimator.cluster_centers_, second.estimator.cluster_centers_)
    assert second.estimator.predict(load(0)).shape == (40,)
    assert [file.name for file in path.parent.iterdir()] == ["fit.safetensors"]


@pytest.mark.parametrize(
    "other",
    [
        {"estimator": model(n_clusters=5)},
        {"estimator": model(init=np.eye(6, 12))},
        {"facts": {"digest": "b"}},
        {"passes": 1},
        {"n_blocks": N_BLOCKS - 1},
    ],
)
def test_the_checkpoint_of_another_fit_is_refused(
    load: Any, tmp_path: Path, other: dict[str, Any]
) -> None:
    path = tmp_path / "fit.safetensors"
    mine: dict[str, Any] = {
        "n_blocks": N_BLOCKS, "estimator": model(), "passes": 2, "facts": {"digest": "a"},
        "lloyd_passes": 1, "checkpoint": path,
    }  # fmt: skip
    fit_blocks(load, **mine)
    with pytest.raises(ClusteringError, match=f"{path} is the checkpoint of another fit"):
        fit_blocks(load, **(mine | other))


def test_a_damaged_checkpoint_is_one_clear_line(load: Any, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    path.write_bytes(b"half a fi")
    with pytest.raises(ClusteringError, match=r"fit\.safetensors is no checkpoint of a fit .*anew"):
        fit_blocks(load, N_BLOCKS, model(), checkpoint=path)


def test_no_block_and_too_few_rows_are_clear_errors(load: Any) -> None:
    with pytest.raises(ClusteringError, match="there are 0 blocks to fit"):
        fit_blocks(load, 0, model())
    with pytest.raises(ClusteringError, match="n_samples=40 should be >= n_clusters=50"):
        fit_blocks(load, 2, model(n_clusters=50))


def test_given_centroids_need_no_sample(load: Any, rows: sparse.csr_matrix) -> None:
    start = rows[:6].toarray()
    fit = fit_blocks(load, N_BLOCKS, model(init=start), passes=0, lloyd_passes=1)
    by_hand = Centroids(start, "cosine")
    settle(by_hand, step_over(rows_of(rows), by_hand)[0])
    np.testing.assert_allclose(fit.estimator.cluster_centers_, by_hand.centers, rtol=1e-6)
    assert not fit.settled
