"""The rating protocol: how far predicted ratings are off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.comparison.contest import (
    Answers,
    Contest,
    Evaluation,
    Figures,
    mean_figures,
    require_finite,
)
from reelhouse.comparison.splits import RatingSplit
from reelhouse.evaluation.rating_error import mae, rmse
from reelhouse.evaluation.repeated import Repeated
from reelhouse.models.base import Model, Progress, RatingModel
from reelhouse.models.registry import Protocol

#: Ridge of the ensemble's weights, in units of the variance of the ratings.
RIDGE = 1e-3
#: Users and titles with at most so many training ratings are cold.
FEW = 5


class RatingContest(Contest[RatingSplit]):
    """Models that predict ratings, told apart by RMSE over all ratings of a split."""

    protocol: ClassVar[Protocol] = "rating"
    by: ClassVar[str] = "rmse"
    higher_is_better: ClassVar[bool] = False

    def __init__(
        self, splits: Sequence[RatingSplit], validation: RatingSplit, *, seed: int = 0
    ) -> None:
        self.splits, self.validation, self.seed = splits, validation, seed

    def names(self) -> list[str]:
        """Names of the splits."""
        return [split.name for split in self.splits]

    def sizes(self) -> list[tuple[int, int]]:
        """Ratings to learn from, and held out, of each split."""
        return [(split.train.n_ratings, split.held_out.n_ratings) for split in self.splits]

    def fit(
        self, model: Model, split: RatingSplit, *, judged: bool, progress: Progress | None = None
    ) -> None:
        """Learn from the training part; with `judged` what is held out tells when to stop."""
        validation = split.held_out if judged else None
        _required(model).fit(split.train, validation=validation, progress=progress)

    def cases(self, model: Model) -> NDArray[np.float64]:
        """Squared error of each rating of the validation part."""
        held = self.validation.held_out
        predicted = _required(model).predict(held.users, held.titles, held.days)
        squared: NDArray[np.float64] = (predicted.astype(np.float64) - held.values) ** 2
        return squared

    def figure(self, cases: NDArray[np.float64]) -> float:
        """RMSE."""
        return float(np.sqrt(cases.mean()))

    def answer(self, model: Model, split: RatingSplit) -> Answers:
        """Predicted ratings, required to be finite."""
        held = split.held_out
        predicted = _required(model).predict(held.users, held.titles, held.days)
        require_finite("predicted rating", predicted)
        return {"predicted": predicted}

    def detail(self, model: Model, split: RatingSplit) -> Answers:
        """Nothing else."""
        return {}

    def evaluate(self, answers: Sequence[Answers], baseline: Sequence[Answers]) -> Evaluation:
        """Measure predictions; the interval is that of the error over all splits together."""
        of_splits, squared = [], Repeated()
        for split, answer in zip(self.splits, answers, strict=True):
            predicted, held = answer["predicted"], split.held_out
            of_splits.append(_figures(split, predicted))
            errors = predicted.astype(np.float64) - held.values
            squared.add(errors**2, held.users)
        interval = squared.interval(seed=self.seed)
        overall = mean_figures(of_splits)
        overall |= {
            "rmse_low": float(np.sqrt(interval.low)),
            "rmse_high": float(np.sqrt(interval.high)),
        }
        return Evaluation(of_splits, overall, squared)

    def stack(
        self, members: Sequence[Answers], answers: Sequence[Sequence[Answers]]
    ) -> tuple[list[float], list[Answers]]:
        """Weigh deviations from the mean rating by non-negative least squares."""
        mean = self.validation.train.mean
        weights = non_negative_weights(
            np.column_stack([one["predicted"].astype(np.float64) for one in members]) - mean,
            self.validation.held_out.values.astype(np.float64) - mean,
        )
        low, high = self.validation.train.bounds
        found = []
        for of_models in zip(*answers, strict=True):
            parts = np.column_stack([one["predicted"].astype(np.float64) for one in of_models])
            stacked = mean + (parts - mean) @ weights
            found.append({"predicted": np.clip(stacked, low, high).astype(np.float32)})
        return [float(weight) for weight in weights], list(found)


def non_negative_weights(
    parts: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights of the parts whose sum comes nearest to what is wanted; none is below 0.

    Breiman, L. (1996). Stacked regressions. Machine Learning 24 (why none may be).

    Parameters
    ----------
    parts : ndarray of shape (n, n_parts)
    wanted : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n_parts,)
    """
    from scipy.optimize import nnls

    # By a triangle: as many rows as parts, however many predictions there are. The ridge below it
    # keeps a part that hardly says anything from saying it very loudly.
    root = np.asarray(np.linalg.qr(np.column_stack([parts, wanted]), mode="r"))
    ridge = np.sqrt(RIDGE * wanted.size * wanted.var()) * np.eye(parts.shape[1])
    left = np.vstack([root[:, :-1], ridge])
    weights: NDArray[np.float64] = nnls(left, np.append(root[:, -1], np.zeros(len(ridge))))[0]
    return weights


def _required(model: Model) -> RatingModel:
    if not isinstance(model, RatingModel):
        raise TypeError(f"{model.name} predicts no ratings")
    return model


def _figures(split: RatingSplit, predicted: NDArray[np.floating]) -> Figures:
    train, held = split.train, split.held_out
    cold_users = np.bincount(train.users, minlength=train.n_users)[held.users] <= FEW
    cold_titles = np.bincount(train.titles, minlength=train.n_titles)[held.titles] <= FEW
    return {
        "rmse": rmse(predicted, held.values),
        "mae": mae(predicted, held.values),
        "rmse_cold_users": _rmse_among(cold_users, predicted, held.values),
        "rmse_cold_titles": _rmse_among(cold_titles, predicted, held.values),
    }


def _rmse_among(
    chosen: NDArray[np.bool_], predicted: NDArray[np.floating], actual: NDArray[np.floating]
) -> float | None:
    return rmse(predicted[chosen], actual[chosen]) if chosen.any() else None
