"""What is known of a network after each epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpochFigures:
    """One epoch of a training.

    Attributes
    ----------
    stage : str
        What was trained: `layer 1`, `all layers`, `classifier`.
    epoch : int
        From 1, within its stage.
    seconds : float
        Since the stage began, without what judging took.
    loss : float
        Mean over the rows as they were learned from, with what was hidden.
    accuracy : float or None
        The same, of a classifier.
    validation_loss, validation_accuracy : float or None
        On rows that nothing is learned from, nothing hidden.
    """

    stage: str
    epoch: int
    seconds: float
    loss: float
    accuracy: float | None = None
    validation_loss: float | None = None
    validation_accuracy: float | None = None


@dataclass(frozen=True)
class UpdateFigures:
    """What a refinement found when it computed a target.

    Attributes
    ----------
    update : int
        From 0.
    seconds : float
        Since the refinement began.
    changed : float
        Share of labels that are not those of the update before; of the first, those of k-means.
    divergence : float
        Kullback-Leibler divergence of the target from the soft assignment, mean of the rows.
    largest : float
        Share of the rows in the largest cluster.
    """

    update: int
    seconds: float
    changed: float
    divergence: float
    largest: float
