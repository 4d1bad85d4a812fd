"""Classifiers that can place titles: they answer without torch, with calibrated probabilities."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from reelhouse.deep.classifier import ClassifierFit, DenseClassifier
from reelhouse.deep.linear import fit_linear
from reelhouse.deep.network import InputRows
from reelhouse.deep.settings import DenseSettings
from reelhouse.deep.splits import Sides, stratified_sides
from reelhouse.errors import NetworkError

PlacerKind: TypeAlias = Literal["linear", "dense"]
PLACERS: tuple[PlacerKind, ...] = get_args(PlacerKind)
#: Share of the titles for validation, and of those for testing: 779 of 7,787.
_HELD = 0.1


def sides_in_tenths(labels: NDArray[np.integer], seed: int) -> Sides:
    """Eight tenths to learn from, one for validation, one for testing, stratified.

    Raises
    ------
    NetworkError
        When there are fewer than three rows.
    """
    n_held = max(1, round(_HELD * labels.size))
    return stratified_sides(labels, n_validation=n_held, n_test=n_held, seed=seed)


def fit_placer(
    kind: PlacerKind,
    rows: InputRows,
    labels: NDArray[np.integer],
    sides: Sides,
    n_classes: int,
    dense: DenseSettings,
) -> ClassifierFit[DenseClassifier]:
    """Train a classifier of a kind; only a dense one needs torch.

    Parameters
    ----------
    kind : "linear" or "dense"
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
    labels : ndarray of shape (n_rows,)
        0 to n_classes - 1, at least two different ones.
    sides : Sides
    n_classes : int
    dense : DenseSettings
        Of a dense one.

    Raises
    ------
    NetworkError
        When the rows to learn from are all of one class.
    """
    n_known = np.unique(labels[sides.train]).size
    if n_known < 2:
        raise NetworkError(f"{n_known} cluster has titles to learn from, required is at least 2")
    if kind == "linear":
        return fit_linear(rows, labels, sides, n_classes)
    from reelhouse.deep.dense import fit_dense

    return fit_dense(rows, labels, sides, n_classes, dense)
