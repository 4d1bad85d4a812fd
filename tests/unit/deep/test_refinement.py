from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse.deep.clusters import DeepClusters
from reelhouse.deep.settings import AutoencoderSettings, RefinementSettings
from reelhouse.errors import ClusteringError, NetworkError
from reelhouse.evaluation.agreement import agreement
from tests.support.extras import needs_torch

pytestmark = needs_torch

N_GROUPS = 3
AUTOENCODER = AutoencoderSettings(
    layers=(16, 2), layer_epochs=10, epochs=20, optimizer="adam", device="cpu", batch_size=32
)
REFINEMENT = RefinementSettings(
    n_clusters=N_GROUPS, update_every=10, restarts=3, device="cpu", batch_size=64
)


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, np.ndarray]:
    """Rows around three points, and the point of each."""
    rng = np.random.default_rng(0)
    groups = np.arange(240) % N_GROUPS
    points = rng.normal(scale=2.0, size=(N_GROUPS, 12))
    return (points[groups] + rng.normal(size=(240, 12))).astype(np.float32), groups


@pytest.fixture(scope="module")
def autoencoder(planted: Any) -> Any:
    from reelhouse.deep.autoencoder import fit_autoencoder

    return fit_autoencoder(planted[0], AUTOENCODER)


@pytest.fixture(scope="module")
def refined(planted: Any, autoencoder: Any) -> Any:
    from reelhouse.deep.refinement import refine

    return refine(planted[0], autoencoder, REFINEMENT)


def test_layers_learn_one_by_one_and_then_together(autoencoder: Any) -> None:
    stages = [point.stage for point in autoencoder.curve]
    assert stages == ["layer 1"] * 10 + ["layer 2"] * 10 + ["all layers"] * 20
    last = [point.loss for point in autoencoder.curve if point.stage == "all layers"]
    assert last[-1] < last[0]
    # Answering the mean of all rows costs about 1: the mean square is brought to 1.
    assert last[-1] < 0.6


def test_end_to_end_leaves_single_layers_out(planted: Any) -> None:
    from reelhouse.deep.autoencoder import fit_autoencoder

    settings = AUTOENCODER.model_copy(update={"pretraining": "end-to-end", "epochs": 2})
    assert [point.stage for point in fit_autoencoder(planted[0], settings).curve] == [
        "all layers", "all layers",
    ]  # fmt: skip


def test_sparse_rows_give_the_same_network_as_dense_ones(planted: Any) -> None:
    from reelhouse.deep.autoencoder import fit_autoencoder

    rows = np.maximum(planted[0], 0)
    dense, thin = (
        fit_autoencoder(rows, AUTOENCODER),
        fit_autoencoder(sparse.csr_matrix(rows), AUTOENCODER),
    )
    assert dense.scale == pytest.approx(thin.scale)
    wanted = dense.folded_encoder.answer(rows)
    assert thin.folded_encoder.answer(sparse.csr_matrix(rows)) == pytest.approx(wanted, abs=1e-3)


def test_rows_made_dense_batch_by_batch_are_the_same_rows(
    planted: Any, autoencoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reelhouse.deep import steps
    from reelhouse.deep.autoencoder import fit_autoencoder

    monkeypatch.setattr(steps, "_DENSE_NUMBERS", 0)
    found = fit_autoencoder(planted[0], AUTOENCODER)
    assert found.curve[-1].loss == autoencoder.curve[-1].loss


def test_the_nearest_rows_are_other_rows_the_nearest_first() -> None:
    from reelhouse.deep.autoencoder import nearest_rows

    rows = np.array([[0.0], [1.0], [3.0], [3.0]])
    assert nearest_rows(rows, 2).tolist() == [[1, 2], [0, 2], [3, 1], [2, 1]]
    assert nearest_rows(sparse.csr_matrix(rows), 9).shape == (4, 3)
    assert nearest_rows(rows[:1], 2).tolist() == [[0]]


def test_a_row_is_answered_by_its_neighbour() -> None:
    from reelhouse.deep.autoencoder import fit_autoencoder

    # Pairs that differ in the third column alone: the nearest of each row is its partner.
    rows = np.array([[x, y, z] for x in (-2, 2) for y in (-2, 2) for z in (0, 2)], np.float32)
    settings = AUTOENCODER.model_copy(
        update={
            "layers": (16, 3),
            "pretraining": "end-to-end",
            "epochs": 300,
            "learning_rate": 0.01,
        }
    )
    alone, paired = (
        fit_autoencoder(rows, settings.model_copy(update={"neighbours": n})) for n in (0, 1)
    )

    def answers(learned: Any) -> np.ndarray:
        return learned.decoder.answer(learned.folded_encoder.answer(rows)) / learned.scale

    assert answers(paired) == pytest.approx(rows[[1, 0, 3, 2, 5, 4, 7, 6]], abs=0.3)
    assert answers(alone)[:, :2] == pytest.approx(rows[:, :2], abs=0.3)


def test_what_was_learned_answers_as_the_tensors_do(planted: Any, autoencoder: Any) -> None:
    import torch

    from reelhouse.deep.steps import linear_on_top, tensors_of

    layers = tensors_of(autoencoder.encoder, torch.device("cpu"))
    given = torch.from_numpy(planted[0]) * autoencoder.scale
    wanted = linear_on_top(given, layers).detach().numpy()
    assert autoencoder.folded_encoder.answer(planted[0]) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("reconstruction", [0.0, 1.0])
def test_planted_groups_are_found_and_drawn_together(
    planted: Any, autoencoder: Any, reconstruction: float
) -> None:
    from reelhouse.deep.refinement import refine

    rows, groups = planted
    settings = REFINEMENT.model_copy(update={"reconstruction": reconstruction})
    found = refine(rows, autoencoder, settings)
    assert agreement(found.clusters.labels(rows), groups.tolist()).ari > 0.95
    assert found.converged
    assert found.curve[0].changed == 0
    # Refined points belong to their centroids more than those of the autoencoder do.
    assert found.clusters.soft(rows).max(axis=1).mean() > found.start.soft(rows).max(axis=1).mean()


def test_decorrelated_codes_have_no_direction_that_counts_more() -> None:
    from reelhouse.deep.refinement import decorrelated

    rng = np.random.default_rng(0)
    codes = rng.normal(size=(500, 3)) @ np.array([[10, 1, 0], [0, 1, 0], [5, 0, 0]]) + 7
    # The third column is the same in all rows.
    found = decorrelated(codes.astype(np.float32)).astype(np.float64)
    assert found.shape == (500, 2)
    assert found.mean(axis=0) == pytest.approx([0, 0], abs=1e-4)
    assert found.T @ found / 500 == pytest.approx(np.eye(2), abs=1e-3)


def test_a_start_by_directions_sees_groups_along_a_direction_of_little_spread() -> None:
    from reelhouse.deep.autoencoder import Autoencoder
    from reelhouse.deep.network import Network
    from reelhouse.deep.refinement import kmeans_start

    # Two groups along one column of little spread, another column of large spread across both.
    rng = np.random.default_rng(0)
    groups = np.arange(200) % 2
    codes = np.stack([groups + 0.05 * rng.normal(size=200), 20 * rng.normal(size=200)], axis=1)
    same = Network(((np.eye(2, dtype=np.float32), np.zeros(2, np.float32)),))
    rows = codes.astype(np.float32)
    centroids = {
        start: kmeans_start(
            rows, Autoencoder(same, same, 1.0, ()),
            RefinementSettings.model_validate({"n_clusters": 4, "start": start}),
        ).centroids
        for start in ("codes", "directions")
    }  # fmt: skip
    # Quadrants of the scaled plane: two centroids in each group; k-means of codes sees one column.
    assert sorted(np.rint(centroids["directions"][:, 0]).tolist()) == [0, 0, 1, 1]
    assert np.abs(centroids["codes"][:, 0] - 0.5).max() < 0.2


def test_the_reconstruction_holds_the_code_back(
    planted: Any, autoencoder: Any, refined: Any
) -> None:
    from reelhouse.deep.refinement import refine

    rows = planted[0]
    heavy = refine(rows, autoencoder, REFINEMENT.model_copy(update={"reconstruction": 100.0}))

    def moved(found: Any) -> float:
        return float(np.abs(found.clusters.embed(rows) - found.start.embed(rows)).mean())

    assert moved(heavy) < moved(refined)


def test_the_same_seed_gives_the_same_clusters_and_another_seed_others(
    planted: Any, autoencoder: Any, refined: Any
) -> None:
    from reelhouse.deep.autoencoder import fit_autoencoder
    from reelhouse.deep.refinement import refine

    again = refine(planted[0], fit_autoencoder(planted[0], AUTOENCODER), REFINEMENT)
    assert np.array_equal(again.clusters.centroids, refined.clusters.centroids)
    other = fit_autoencoder(planted[0], AUTOENCODER.model_copy(update={"seed": 1}))
    assert other.curve[-1].loss != autoencoder.curve[-1].loss


def test_fitting_leaves_the_settings_of_torch_as_they_were(planted: Any) -> None:
    import torch

    from reelhouse.deep.autoencoder import fit_autoencoder

    before = torch.get_num_threads(), torch.random.get_rng_state()
    fit_autoencoder(planted[0], AUTOENCODER.model_copy(update={"threads": 2, "epochs": 1}))
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])


def test_saved_clusters_answer_as_before(planted: Any, refined: Any, tmp_path: Path) -> None:
    refined.clusters.save(tmp_path / "clusters")
    again = DeepClusters.load(tmp_path / "clusters")
    assert np.array_equal(again.soft(planted[0]), refined.clusters.soft(planted[0]))
    assert again.soft(planted[0]).sum(axis=1) == pytest.approx(np.ones(240), abs=1e-5)


def test_a_row_is_placed_alone_as_among_others(planted: Any, refined: Any) -> None:
    whole = refined.clusters.soft(planted[0])
    assert np.array_equal(refined.clusters.soft(planted[0][[5]])[0], whole[5])


def test_damaged_clusters_are_refused(refined: Any, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="cannot be read"):
        DeepClusters.load(tmp_path)
    broken = DeepClusters(refined.clusters.encoder, np.zeros((3, 5), np.float32), 1.0)
    broken.save(tmp_path)
    with pytest.raises(NetworkError, match=r"centroids of shape \(3, 5\), the encoder has 2 units"):
        DeepClusters.load(tmp_path)


def test_fewer_rows_than_clusters_are_refused(planted: Any, autoencoder: Any) -> None:
    from reelhouse.deep.refinement import refine

    with pytest.raises(ClusteringError, match="n_samples=2 should be >= n_clusters=3"):
        refine(planted[0][:2], autoencoder, REFINEMENT)


def test_no_rows_and_a_loss_that_is_no_number_are_refused(planted: Any) -> None:
    from reelhouse.deep.autoencoder import fit_autoencoder

    with pytest.raises(NetworkError, match="required is at least 1 x 1"):
        fit_autoencoder(planted[0][:0], AUTOENCODER)
    wild = AUTOENCODER.model_copy(
        update={"optimizer": "sgd", "learning_rate": 1e6, "pretraining": "end-to-end"}
    )
    with pytest.raises(NetworkError, match="lower the learning rate"):
        fit_autoencoder(planted[0], wild)
