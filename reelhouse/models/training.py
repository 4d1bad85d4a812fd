"""Epochs, the judgement of each on a validation split, and the return to the best one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeGuard, TypeVar, cast

import numpy as np

from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.evaluation.ranking import find_hits, ndcg
from reelhouse.models.base import CurvePoint, Progress, RankingModel, RatingModel
from reelhouse.models.checkpoints import Checkpoint
from reelhouse.models.ratings import Ratings

Kept = TypeVar("Kept")
#: Best value, its epoch, and the parameters kept of it.
_Best: TypeAlias = tuple[float, int, Kept] | None

#: NDCG of the first so many places judges a ranking.
CUT_OFF = 100


@dataclass(frozen=True)
class Judge:
    """How good a model is on a validation split, and which way is better."""

    measure: Callable[[], float]
    higher_is_better: bool

    def better(self, value: float, best: float) -> bool:
        """Whether a value beats the best so far."""
        return value > best if self.higher_is_better else value < best


def rating_judge(model: RatingModel, validation: Ratings | None) -> Judge | None:
    """RMSE on a validation split; None without one."""
    if validation is None:
        return None
    held = validation

    def measure() -> float:
        predicted = model.predict(held.users, held.titles, held.days)
        return float(np.sqrt(np.mean((predicted.astype(np.float64) - held.values) ** 2)))

    return Judge(measure, higher_is_better=False)


def ranking_judge(model: RankingModel, validation: HeldOutUsers | None) -> Judge | None:
    """NDCG@100 of held-out users; None without them."""
    if validation is None:
        return None
    held = validation

    def measure() -> float:
        titles = model.recommend_users(held.fold_in, CUT_OFF).titles
        return float(ndcg(find_hits(titles, held.held_out), CUT_OFF).mean())

    return Judge(measure, higher_is_better=True)


@dataclass
class Training(Generic[Kept]):
    """Runs epochs until no more are asked for or the validation split says stop.

    Parameters
    ----------
    epochs : int
        Most epochs.
    step : callable
        Does one epoch; is given its number, from 1.
    keep : callable
        Returns a copy of the parameters.
    put_back : callable
        Takes such a copy.
    judge : Judge or None
        None: all epochs are done and the last parameters stay.
    patience : int
        Epochs judged in a row without a better value, after which it stops.
    every : int
        Epochs between two judgements.
    progress : Progress or None
    checkpoint : Checkpoint or None
        A fit that was killed goes on from there, to the same end. What `keep` returns must then
        be arrays by name.
    """

    epochs: int
    step: Callable[[int], None]
    keep: Callable[[], Kept]
    put_back: Callable[[Kept], None]
    judge: Judge | None = None
    patience: int = 5
    every: int = 1
    progress: Progress | None = None
    checkpoint: Checkpoint | None = None

    def run(self) -> tuple[list[CurvePoint], int]:
        """Train; returns the curve, and the epoch whose parameters are in place."""
        curve, best = self._begin()
        while len(curve) < self.epochs and not self._is_over(curve, best):
            curve.append(self._epoch(len(curve) + 1, curve[-1].seconds if curve else 0.0))
            if self.progress is not None:
                self.progress(curve[-1], self.epochs)
            value = curve[-1].value
            if self._beats(value, best):
                best = (value, curve[-1].epoch, self.keep())
            if self.checkpoint is not None and len(curve) % self.checkpoint.every == 0:
                self.checkpoint.write(curve, best)
        if self.checkpoint is not None:
            self.checkpoint.remove()
        if best is None:
            return curve, len(curve)
        self.put_back(best[2])
        return curve, best[1]

    def _begin(self) -> tuple[list[CurvePoint], _Best[Kept]]:
        """Begin where the checkpoint stands."""
        standing = None if self.checkpoint is None else self.checkpoint.read()
        if standing is None or self.checkpoint is None:
            return [], None
        self.checkpoint.resume(standing.state)
        return standing.curve, cast("_Best[Kept]", standing.best)

    def _epoch(self, epoch: int, seconds: float) -> CurvePoint:
        start = time.perf_counter()
        self.step(epoch)
        seconds += time.perf_counter() - start
        judged = epoch % self.every == 0 or epoch == self.epochs
        value = self.judge.measure() if self.judge is not None and judged else None
        return CurvePoint(epoch, round(seconds, 4), value)

    def _beats(self, value: float | None, best: _Best[Kept]) -> TypeGuard[float]:
        if self.judge is None or value is None:
            return False
        return best is None or self.judge.better(value, best[0])

    def _is_over(self, curve: list[CurvePoint], best: _Best[Kept]) -> bool:
        """Whether the last judgement was one too many without a better value."""
        if best is None or curve[-1].value is None or curve[-1].epoch == best[1]:
            return False
        return (curve[-1].epoch - best[1]) // self.every >= self.patience
