from __future__ import annotations

import numpy as np

from reelhouse.clustering.selection.knee import elbow, knee_depths


def test_the_elbow_is_where_the_curve_kinks() -> None:
    # Falls by 10 per cluster up to 4, by 1 after: farthest below the chord at 4.
    assert elbow([2, 3, 4, 5, 6, 7], [40, 30, 20, 19, 18, 17]) == 4


def test_the_depth_is_measured_from_the_chord_of_the_unit_square() -> None:
    # At 4, 2/5 of the way, 20/23 of the fall is done: 3/5 - 3/23.
    depths = knee_depths([2, 3, 4, 5, 6, 7], [40, 30, 20, 19, 18, 17])
    np.testing.assert_allclose(depths[[0, 2, 5]], [0, 3 / 5 - 3 / 23, 0], atol=1e-12)


def test_a_straight_or_flat_curve_has_its_elbow_at_the_start() -> None:
    assert elbow([2, 3, 4], [30, 20, 10]) == 2
    assert elbow([2, 3, 4], [10, 10, 10]) == 2
    assert elbow([2, 3], [10, 5]) == 2
    assert elbow([2], [10]) == 2
