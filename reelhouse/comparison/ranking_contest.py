"""The ranking protocol: what recommended lists find, and what else they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from reelhouse.clustering.geometry import IntArray
from reelhouse.comparison.contest import (
    Answers,
    Contest,
    Evaluation,
    Figures,
    mean_figures,
    require_finite,
)
from reelhouse.comparison.ranked_lists import lists_of, stacked_lists, standardized
from reelhouse.comparison.splits import RankingSplit
from reelhouse.errors import EvaluationError
from reelhouse.evaluation.held_out_users import HeldOutUsers, shown_at_most
from reelhouse.evaluation.lists import (
    ACCURACY,
    Metric,
    accuracy,
    only_titles,
    only_users,
    variety,
)
from reelhouse.evaluation.ranking import find_hits, ndcg, recall, require_lists
from reelhouse.evaluation.repeated import Repeated
from reelhouse.models.base import Model, Progress, RankingModel
from reelhouse.models.registry import Protocol
from reelhouse.models.training import CUT_OFF
from reelhouse.recommend.blending import Question, learn_weights

#: Users shown at most so many titles, and titles with at most so many training users, are cold.
FEW = 5
#: What is measured; Recall@10 over all held-out titles is what RecBole calls so.
METRICS: Mapping[str, tuple[Metric, int]] = {**ACCURACY, "recall_10": (recall, 10)}
#: What else is measured, on the first ten places; diversity where genres are known.
VARIETY = (
    "coverage_10",
    "gini_10",
    "novelty_bits_10",
    "diversity_10",
    "serendipity_10",
    "popularity_shift_10",
    "long_tail_10",
)
#: Most bytes of scores kept of one model: the ensemble needs them.
MOST_BYTES = 2**30


class RankingContest(Contest[RankingSplit]):
    """Models that rank titles, told apart by NDCG@100.

    Parameters
    ----------
    splits : sequence of RankingSplit
    validation : RankingSplit
    beginners : bool
        Cold users are all users, shown five titles each; else those of whom no more are known.
    seed : int
    """

    protocol: ClassVar[Protocol] = "ranking"
    by: ClassVar[str] = "ndcg_100"
    higher_is_better: ClassVar[bool] = True

    def __init__(
        self,
        splits: Sequence[RankingSplit],
        validation: RankingSplit,
        *,
        beginners: bool = True,
        seed: int = 0,
    ) -> None:
        self.splits, self.validation = splits, validation
        self.beginners, self.seed = beginners, seed

    def names(self) -> list[str]:
        """Names of the splits."""
        return [split.name for split in self.splits]

    def sizes(self) -> list[tuple[int, int]]:
        """Positives to learn from, and held out, of each split."""
        return [(one.known.history.nnz, one.users.held_out.nnz) for one in self.splits]

    @property
    def keeps_scores(self) -> bool:
        """Whether the scores of all splits are few enough to be kept."""
        cells = sum(one.users.fold_in.shape[0] * one.known.n_titles for one in self.splits)
        return bool(4 * cells * (1 + self.beginners) <= MOST_BYTES)

    def fit(
        self, model: Model, split: RankingSplit, *, judged: bool, progress: Progress | None = None
    ) -> None:
        """Learn from the training part; with `judged` what is held out tells when to stop."""
        validation = split.users if judged else None
        _required(model).fit(split.known, validation=validation, progress=progress)

    def cases(self, model: Model) -> NDArray[np.float64]:
        """NDCG@100 of each user of the validation part."""
        users = self.validation.users
        titles = _required(model).recommend_users(users.fold_in, CUT_OFF).titles
        found: NDArray[np.float64] = ndcg(find_hits(titles, users.held_out), CUT_OFF)
        return found

    def figure(self, cases: NDArray[np.float64]) -> float:
        """Mean NDCG@100."""
        return float(cases.mean())

    def answer(self, model: Model, split: RankingSplit) -> Answers:
        """The best titles of each user, required to be titles, each once."""
        lists = lists_of(_required(model), split.users.fold_in, split.left_out)
        require_lists(lists, split.known.n_titles)
        return {"lists": lists}

    def detail(self, model: Model, split: RankingSplit) -> Answers:
        """Lists of beginners, and all scores."""
        ranking = _required(model)
        found: dict[str, NDArray[Any]] = {}
        beginners = self._beginners(split)
        if beginners is not None:
            found["cold_lists"] = lists_of(ranking, beginners.fold_in, None)
        if self.keeps_scores:
            found["scores"] = ranking.score_users(split.users.fold_in)
            if beginners is not None:
                found["cold_scores"] = ranking.score_users(beginners.fold_in)
        for name, scores in found.items():
            if name.endswith("scores"):
                require_finite("score", scores)
        return found

    def evaluate(self, answers: Sequence[Answers], baseline: Sequence[Answers]) -> Evaluation:
        """Measure lists; serendipity is beside the baseline's lists."""
        of_splits: list[Figures] = []
        values = {name: Repeated() for name in METRICS}
        for split, answer, expected in zip(self.splits, answers, baseline, strict=True):
            found = accuracy(answer["lists"], split.users, METRICS)
            for name, measured in found.values.items():
                values[name].add(measured, found.users)
            figures: Figures = {name: float(each.mean()) for name, each in found.values.items()}
            of_splits.append(
                figures
                | self._cold(split, answer)
                | _variety(split, answer["lists"], expected["lists"])
            )
        overall = mean_figures(of_splits)
        for name in ("ndcg_100", "recall_20"):
            interval = values[name].interval(seed=self.seed)
            overall |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
        return Evaluation(of_splits, overall, values[self.by])

    def stack(
        self, members: Sequence[Answers], answers: Sequence[Sequence[Answers]]
    ) -> tuple[list[float], list[Answers]]:
        """Weigh the scores, brought to one scale, for NDCG@100 of the validation users.

        Begins with all alike: from the best model alone, whatever a few hundred users happen to
        like would be learned.
        """
        if not self.keeps_scores:
            raise EvaluationError(
                f"the scores of a model are more than {MOST_BYTES >> 30} GiB, the most that an "
                "ensemble of rankings is made from"
            )
        users = self.validation.users
        parts = [standardized(one["scores"]) for one in members]
        alike = np.ones(len(parts), dtype=np.float32)
        weights = learn_weights(Question(parts, users.fold_in, users.held_out), alike)
        found: list[Answers] = []
        for split, of_models in zip(self.splits, zip(*answers, strict=True), strict=True):
            scores = [one["scores"] for one in of_models]
            shown = split.users.fold_in
            together = {"lists": stacked_lists(scores, weights, shown, split.left_out)}
            beginners = self._beginners(split)
            if beginners is not None:
                scores = [one["cold_scores"] for one in of_models]
                together["cold_lists"] = stacked_lists(scores, weights, beginners.fold_in, None)
            found.append(together)
        return [float(weight) for weight in weights], found

    def _beginners(self, split: RankingSplit) -> HeldOutUsers | None:
        return shown_at_most(split.users, FEW, seed=self.seed) if self.beginners else None

    def _cold(self, split: RankingSplit, answer: Answers) -> Figures:
        rare = np.bincount(split.known.history.indices, minlength=split.known.n_titles) <= FEW
        beginners, lists = self._beginners(split), answer["lists"]
        if beginners is not None:
            cold = accuracy(answer["cold_lists"], beginners, METRICS)
        else:
            few = np.diff(split.users.fold_in.indptr) <= FEW
            cold = accuracy(lists, only_users(split.users, few), METRICS)
        titles = accuracy(lists, only_titles(split.users, rare), METRICS)
        return {
            f"{self.by}_cold_{what}": float(found.values[self.by].mean())
            if found.users.size
            else None
            for what, found in (("users", cold), ("titles", titles))
        }


def _required(model: Model) -> RankingModel:
    if not isinstance(model, RankingModel):
        raise TypeError(f"{model.name} ranks no titles")
    return model


def _variety(split: RankingSplit, lists: IntArray, expected: IntArray) -> Figures:
    found = variety(lists, expected, split.users, split.known.history, split.genres)
    return {name: found.get(name) for name in VARIETY}
