"""The linear baseline beside every network: multinomial logistic regression."""

from __future__ import annotations

import time
import warnings

import numpy as np
from numpy.typing import NDArray

from reelhouse.deep.calibration import fit_temperature, negative_log_likelihood
from reelhouse.deep.classifier import ClassifierFit, DenseClassifier
from reelhouse.deep.network import InputRows, Network, mean_square_scale
from reelhouse.deep.splits import Sides

#: Inverse weights of the penalty that are tried; the validation rows choose.
PENALTIES = (0.001, 0.01, 0.1, 1.0)
_MOST_STEPS = 300


def fit_linear(
    rows: InputRows, labels: NDArray[np.integer], sides: Sides, n_classes: int
) -> ClassifierFit[DenseClassifier]:
    """Fit logistic regression to rows whose mean square is brought to 1.

    Parameters
    ----------
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
    labels : ndarray of shape (n_rows,)
        0 to n_classes - 1.
    sides : Sides
        Nothing is learned from the rows for testing.
    n_classes : int
    """
    start = time.perf_counter()
    scale = mean_square_scale(rows[sides.train])
    validation, truth = rows[sides.validation], labels[sides.validation]
    given = rows[sides.train] * scale
    tried = [
        _logistic(given, labels[sides.train], n_classes, penalty).scaled(scale)
        for penalty in PENALTIES
    ]
    losses = [negative_log_likelihood(one.answer(validation), truth) for one in tried]
    best = tried[int(np.argmin(losses))]
    temperature = fit_temperature(best.answer(validation), truth)
    seconds = time.perf_counter() - start
    return ClassifierFit(DenseClassifier(best, temperature), (), 0, seconds)


def _logistic(
    rows: InputRows, labels: NDArray[np.integer], n_classes: int, penalty: float
) -> Network:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # The validation rows choose among what was reached: stopping early is a penalty, too.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = LogisticRegression(C=penalty, max_iter=_MOST_STEPS).fit(rows, labels)
    # A class without a row to learn from is answered last.
    coefficients, intercepts = found.coef_, found.intercept_
    if found.classes_.size == 2:
        # Of two classes scikit-learn gives one row: how much more the second is answered.
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([[0.0], intercepts])
    weights = np.zeros((rows.shape[1], n_classes), dtype=np.float32)
    bias = np.full(n_classes, intercepts.min() - 10.0, dtype=np.float32)
    weights[:, found.classes_], bias[found.classes_] = coefficients.T, intercepts
    return Network(((weights, bias),))
