from __future__ import annotations

import numpy as np
import pytest

from reelhouse.deep.soft import soft_assignment, target_distribution
from tests.support.extras import needs_torch


def test_a_point_belongs_to_centroids_by_students_t() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0]])
    centroids = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    # Squared distances 0, 1, 4 and 1, 0, 5: weights 1, 1/2, 1/5 and 1/2, 1, 1/6.
    wanted = np.array([[10 / 17, 5 / 17, 2 / 17], [3 / 10, 6 / 10, 1 / 10]])
    assert soft_assignment(points, centroids) == pytest.approx(wanted)


def test_more_degrees_of_freedom_make_far_centroids_count_less() -> None:
    points, centroids = np.array([[0.0]]), np.array([[0.0], [3.0]])
    # alpha 3: (1 + 9 / 3) ^ -2 = 1 / 16; alpha 1: 1 / 10.
    assert soft_assignment(points, centroids, 3.0)[0] == pytest.approx([16 / 17, 1 / 17])
    assert soft_assignment(points, centroids, 1.0)[0] == pytest.approx([10 / 11, 1 / 11])


def test_the_target_squares_the_assignment_and_weighs_clusters_by_their_size() -> None:
    soft = np.array([[0.5, 0.5], [0.25, 0.75]])
    # Column sums 3/4 and 5/4: row 0 is 1/3 to 1/5, row 1 is 1/12 to 9/20.
    wanted = [[5 / 8, 3 / 8], [5 / 32, 27 / 32]]
    assert target_distribution(soft) == pytest.approx(np.array(wanted))


@needs_torch
def test_tensors_are_assigned_as_arrays_are() -> None:
    import torch

    rng = np.random.default_rng(0)
    points, centroids = rng.normal(size=(7, 3)), rng.normal(size=(4, 3))
    soft = soft_assignment(torch.from_numpy(points), torch.from_numpy(centroids), 2.0)
    wanted = soft_assignment(points, centroids, 2.0)
    assert soft.numpy() == pytest.approx(wanted)
    assert target_distribution(soft).numpy() == pytest.approx(target_distribution(wanted))
