from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse.deep.settings import AutoencoderSettings, RefinementSettings
from reelhouse.embedded.kept import Kept
from reelhouse.embedded.settings import DeepSettings
from reelhouse.evaluation.agreement import agreement
from tests.support.extras import needs_torch

pytestmark = needs_torch


def settings(**given: Any) -> DeepSettings:
    return DeepSettings(
        titles="x",
        store="y",
        autoencoder=AutoencoderSettings(
            layers=(16, 3), layer_epochs=5, epochs=20, optimizer="adam", batch_size=32
        ),
        refinement=RefinementSettings(
            start="directions", update_every=5, most_updates=3, restarts=3
        ),
        device="cpu",
        **given,
    )


@pytest.fixture(scope="module")
def planted() -> tuple[sparse.csr_matrix, np.ndarray]:
    """Rows around four directions, which codes of three dimensions can hold apart."""
    rng = np.random.default_rng(0)
    groups = np.arange(240) % 4
    rows = 4 * np.eye(12)[groups] + 0.3 * rng.normal(size=(240, 12))
    return sparse.csr_matrix(rows.astype(np.float32)), groups


def test_planted_groups_are_found_and_every_step_is_told(planted: tuple[Any, np.ndarray]) -> None:
    from reelhouse.embedded.fit import find_clusters

    rows, groups = planted
    told: list[float] = []
    found = find_clusters(
        rows, settings(n_clusters=4), Kept(None, ""), lambda done, _: told.append(done)
    )
    assert found.selection.n_clusters == 4
    assert agreement(found.clusters.labels(rows), groups.tolist()).ari == pytest.approx(1)
    assert told == [1, 2, 3]


def test_the_number_of_clusters_is_chosen_on_codes_wherever_they_lie_and_however_wide() -> None:
    from reelhouse.embedded.fit import select

    # Four corners of a tetrahedron, stretched and far from the origin.
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=np.float64)
    rng = np.random.default_rng(0)
    codes = corners[np.arange(200) % 4] + 0.05 * rng.normal(size=(200, 3))
    codes = codes * [100, 1, 10] + [1000, 0, 5]
    assert select(codes.astype(np.float32), settings()).n_clusters == 4
    asked = select(codes.astype(np.float32), settings(n_clusters=3))
    assert (asked.n_clusters, asked.reason) == (3, "3 clusters were asked for")


def test_centroids_that_kept_no_title_are_left_out_of_the_number_and_told() -> None:
    from reelhouse.clustering.selection import Selection
    from reelhouse.deep.clusters import DeepClusters
    from reelhouse.embedded.fit import _held

    chosen = Selection(3, "3 clusters were asked for", (), None, {})  # type: ignore[arg-type]
    clusters = DeepClusters(None, np.zeros((2, 1), np.float32), 1.0)  # type: ignore[arg-type]
    found = _held(chosen, clusters)
    assert (found.n_clusters, found.reason) == (
        2,
        "3 clusters were asked for; 1 of them kept no title",
    )


def test_a_seed_gives_the_same_clusters(planted: tuple[Any, np.ndarray]) -> None:
    from reelhouse.embedded.fit import find_clusters

    rows, _ = planted
    one, other = (
        find_clusters(rows, settings(n_clusters=4), Kept(None, "")).clusters.soft(rows)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


def test_the_direction_of_a_cluster_is_the_mean_of_its_titles_at_length_1() -> None:
    from reelhouse.embedded.fit import directions_of

    features = sparse.csr_matrix(np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32))
    found = directions_of(features, np.array([0, 0, 1], dtype=np.int32), 2)
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0, 1]], atol=1e-6)
