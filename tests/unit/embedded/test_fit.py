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
    """Rows around three directions that no clustering can miss."""
    rng = np.random.default_rng(0)
    groups = np.arange(240) % 3
    rows = 4 * np.eye(12)[groups] + 0.3 * rng.normal(size=(240, 12))
    return sparse.csr_matrix(rows.astype(np.float32)), groups


@pytest.mark.parametrize("n_clusters", [3, "auto"])
def test_planted_groups_are_found_whether_their_number_is_given_or_chosen(
    planted: tuple[Any, np.ndarray], n_clusters: Any
) -> None:
    from reelhouse.embedded.fit import find_clusters

    rows, groups = planted
    told: list[float] = []
    found = find_clusters(
        rows, settings(n_clusters=n_clusters), Kept(None, ""), lambda done, _: told.append(done)
    )
    assert found.selection.n_clusters == 3
    assert agreement(found.clusters.labels(rows), groups.tolist()).ari == pytest.approx(1)
    assert told == [1, 2, 3]


def test_a_seed_gives_the_same_clusters(planted: tuple[Any, np.ndarray]) -> None:
    from reelhouse.embedded.fit import find_clusters

    rows, _ = planted
    one, other = (
        find_clusters(rows, settings(n_clusters=3), Kept(None, "")).clusters.soft(rows)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


def test_the_direction_of_a_cluster_is_the_mean_of_its_titles_at_length_1() -> None:
    from reelhouse.embedded.fit import directions_of

    features = sparse.csr_matrix(np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32))
    found = directions_of(features, np.array([0, 0, 1], dtype=np.int32), 2)
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0, 1]], atol=1e-6)
