"""What a classifier is worth on rows that it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelhouse.deep.calibration import (
    expected_calibration_error,
    negative_log_likelihood,
    probabilities,
)
from reelhouse.errors import NetworkError


@dataclass(frozen=True)
class ClassFigures:
    """One class.

    Attributes
    ----------
    precision : float
        Share of the rows placed in it that belong there; 0 where none was placed.
    recall : float
        Share of its rows that were placed in it; 0 where it has none.
    f1 : float
        Harmonic mean of both.
    support : int
        Its rows.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Report:
    """All classes.

    Attributes
    ----------
    accuracy : float
    macro_f1 : float
        Mean over the classes that have rows or were answered.
    classes : tuple of ClassFigures
    confusion : ndarray of shape (n_classes, n_classes), int64
        Rows are true classes, columns the answers.
    log_loss : float
        Negative log-likelihood of the true classes, by calibrated probabilities.
    calibration_error, uncalibrated_error : float
        Expected calibration error with and without the temperature.
    """

    accuracy: float
    macro_f1: float
    classes: tuple[ClassFigures, ...]
    confusion: NDArray[np.int64]
    log_loss: float
    calibration_error: float
    uncalibrated_error: float


def report_of(
    logits: NDArray[np.floating], labels: NDArray[np.integer], temperature: float
) -> Report:
    """Compare answers with the truth.

    Parameters
    ----------
    logits : ndarray of shape (n, n_classes)
    labels : ndarray of shape (n,)
        0 to n_classes - 1.
    temperature : float

    Raises
    ------
    NetworkError
        When there are no rows, or not a label for each.
    """
    if not labels.size or logits.shape[0] != labels.size:
        raise NetworkError(f"there are {logits.shape[0]} answers for {labels.size} labels")
    n_classes = logits.shape[1]
    confusion = confusion_matrix(labels, logits.argmax(axis=1), n_classes)
    classes = class_figures(confusion)
    known = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    f1 = np.array([one.f1 for one in classes])
    return Report(
        accuracy=float(np.trace(confusion) / labels.size),
        macro_f1=float(f1[known].mean()),
        classes=classes,
        confusion=confusion,
        log_loss=negative_log_likelihood(logits, labels, temperature),
        calibration_error=expected_calibration_error(probabilities(logits, temperature), labels),
        uncalibrated_error=expected_calibration_error(probabilities(logits), labels),
    )


def confusion_matrix(
    labels: NDArray[np.integer], answers: NDArray[np.integer], n_classes: int
) -> NDArray[np.int64]:
    """Count the rows of each true class and each answer: shape (n_classes, n_classes)."""
    cells = labels.astype(np.int64) * n_classes + answers
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def class_figures(confusion: NDArray[np.int64]) -> tuple[ClassFigures, ...]:
    """Precision, recall, F1 and support of each class."""
    right, placed, support = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    precision = right / np.maximum(placed, 1)
    recall = right / np.maximum(support, 1)
    # 2PR / (P + R) in counts, which has no 0 / 0 in a class that has rows.
    f1 = 2 * right / np.maximum(placed + support, 1)
    return tuple(
        ClassFigures(float(one), float(two), float(three), int(rows))
        for one, two, three, rows in zip(precision, recall, f1, support, strict=True)
    )
