from __future__ import annotations

import numpy as np
import pytest

from reelhouse.deep.calibration import (
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    probabilities,
)


def test_a_temperature_divides_logits() -> None:
    logits = np.array([[2 * np.log(3), 0.0]])
    assert probabilities(logits)[0] == pytest.approx([0.9, 0.1])
    assert probabilities(logits, 2.0)[0] == pytest.approx([0.75, 0.25])
    assert negative_log_likelihood(logits, np.array([1]), 2.0) == pytest.approx(np.log(4))


def test_the_temperature_makes_a_classifier_as_sure_as_it_is_right() -> None:
    # It says 9 : 1 and is right 3 times of 4: ln 9 / T = ln 3.
    logits = np.tile([np.log(9), 0.0], (8, 1))
    labels = np.array([0, 0, 0, 1, 0, 0, 0, 1])
    assert fit_temperature(logits, labels) == pytest.approx(2.0, rel=1e-3)


def test_the_calibration_error_weighs_the_distances_of_its_bins() -> None:
    chances = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    labels = np.array([0, 1, 1, 1])
    # Sure of 0.9 and right in half: 0.4; sure of 0.6 and always right: 0.4.
    assert expected_calibration_error(chances, labels) == pytest.approx(0.4)
    # In one bin it is sure of 0.75 and right in 3 of 4.
    assert expected_calibration_error(chances, labels, n_bins=1) == pytest.approx(0.0)
