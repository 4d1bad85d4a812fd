from __future__ import annotations

import numpy as np
import pytest

from reelhouse.deep.reports import ClassFigures, class_figures, confusion_matrix, report_of
from reelhouse.errors import NetworkError


def test_rows_of_the_confusion_are_the_truth_and_columns_the_answers() -> None:
    found = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]), 3)
    assert found.tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]


def test_classes_have_precision_recall_f1_and_support() -> None:
    found = class_figures(np.array([[3, 1, 0], [0, 2, 0], [0, 2, 0]]))
    assert found[0] == ClassFigures(1.0, 0.75, pytest.approx(6 / 7), 4)
    assert found[1] == ClassFigures(0.4, 1.0, pytest.approx(4 / 7), 2)
    assert found[2] == ClassFigures(0.0, 0.0, 0.0, 2)


def test_a_report_counts_classes_that_have_rows_or_answers() -> None:
    # Class 2 has neither: the macro F1 is the mean of 0.8 and 2 / 3.
    logits = np.log([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]])
    report = report_of(logits, np.array([0, 0, 1, 1]), 1.0)
    assert report.accuracy == 0.75
    assert report.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert report.log_loss == pytest.approx(-np.log([0.8, 0.8, 0.3, 0.8]).mean())
    # Three right at 0.8 and one wrong at 0.6, in other bins.
    assert report.calibration_error == pytest.approx((3 * 0.2 + 0.6) / 4)


def test_answers_without_labels_are_refused() -> None:
    with pytest.raises(NetworkError, match="2 answers for 1 labels"):
        report_of(np.zeros((2, 2)), np.array([0]), 1.0)
