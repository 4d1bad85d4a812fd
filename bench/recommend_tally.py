"""What is measured of one recommender over several splits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.evaluation.popularity_bias import popularity_bias
from reelhouse.evaluation.ranking import Hits, capped_recall, find_hits, ndcg
from reelhouse.evaluation.uncertainty import bootstrap_mean, compare_paired
from reelhouse.evaluation.variety import (
    coverage,
    diversity,
    exposure_gini,
    mean_of_known,
    novelty,
    serendipity,
)
from reelhouse.recommend.rated import RatedTitles

FloatArray = NDArray[np.float64]
Metric = Callable[[Hits, int], FloatArray]

#: Name of each figure of accuracy, its metric and cut-off.
ACCURACY: dict[str, tuple[Metric, int]] = {
    "recall_20": (capped_recall, 20),
    "recall_50": (capped_recall, 50),
    "ndcg_100": (ndcg, 100),
    "ndcg_10": (ndcg, 10),
}
#: Which of them are compared with the baseline, and which one tells the best.
COMPARED = ("ndcg_100", "recall_20")
BY = "ndcg_100"
#: Places of each list that count for variety: what somebody sees.
SHOWN = 10


class Tally:
    """Values per user and slice of the users, and figures per split."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[FloatArray]] = defaultdict(list)
        self._users: dict[str, list[NDArray[np.int64]]] = defaultdict(list)
        self._figures: dict[str, list[float]] = defaultdict(list)

    def add(self, part: str, titles: NDArray[np.int32], users: HeldOutUsers) -> None:
        """Measure the accuracy of lists, for the users who have something to be found."""
        if users.held_out.nnz == 0:
            return
        hits = find_hits(titles, users.held_out)
        self._users[part].append(users.user_index[hits.user_index])
        for name, (metric, k) in ACCURACY.items():
            self._values[part, name].append(metric(hits, k))

    def add_variety(
        self,
        titles: NDArray[np.int32],
        expected: NDArray[np.int32],
        users: HeldOutUsers,
        known: RatedTitles,
        genres: sparse.csr_matrix,
    ) -> None:
        """Measure what else counts, on the first places.

        Parameters
        ----------
        titles, expected : ndarray of shape (n_users, n)
            `expected` is what the baseline gives the same users.
        users : HeldOutUsers
        known : RatedTitles
            What was learned from.
        genres : csr_matrix of shape (n_titles, n_genres)
        """
        shown = titles[:, :SHOWN]
        counts, n_users = known.n_raters, known.history.shape[0]
        bias = popularity_bias(shown, users.fold_in, counts, n_users)
        hits = find_hits(shown, users.held_out)
        figures = {
            "diversity": mean_of_known(diversity(shown, genres)),
            "coverage": coverage(shown, known.n_titles),
            "gini": exposure_gini(shown, known.n_titles),
            "novelty_bits": mean_of_known(novelty(shown, counts, n_users)),
            "serendipity": float(serendipity(hits, shown, expected[:, :SHOWN]).mean()),
            "popularity": bias.recommended,
            "popularity_of_history": bias.history,
            "popularity_shift": bias.shift,
            "long_tail": bias.long_tail,
        }
        for name, value in figures.items():
            self._figures[f"{name}_{SHOWN}"].append(value)

    def add_seconds(self, **seconds: float) -> None:
        """Note how long steps took."""
        for name, value in seconds.items():
            self._figures[f"seconds_{name}"].append(value)

    def row(self, baseline: Tally | None) -> dict[str, Any]:
        """All figures; means over the splits, and medians of times."""
        found: dict[str, Any] = {}
        for part in self._users:
            accuracy = self._accuracy(part)
            if baseline is not None:
                accuracy |= self._comparisons(part, baseline)
            found |= accuracy if part == "all" else {part: accuracy}
        for name, values in self._figures.items():
            middle = np.median(values) if name.startswith("seconds") else np.mean(values)
            found[name] = round(float(middle), 4)
        return found

    def against_best(self, others: Mapping[str, Tally]) -> dict[str, Any]:
        """Compare with the best of these recommenders, on each part of the whole anew."""
        if not others:
            return {}
        found = {}
        for part in self._users:
            best = max(others, key=lambda name: others[name].mean(part))
            found[part] = {"best": best, **self._compared(part, BY, others[best])}
        return {f"{BY}_against_best_part": found}

    def mean(self, part: str) -> float:
        """Mean of the figure that recommenders are told apart by."""
        return float(np.concatenate(self._values[part, BY]).mean())

    def _accuracy(self, part: str) -> dict[str, Any]:
        users = np.concatenate(self._users[part])
        found: dict[str, Any] = {"users": np.unique(users).size, "lists": users.size}
        for name in ACCURACY:
            splits = self._values[part, name]
            interval = bootstrap_mean(np.concatenate(splits), users=users, seed=0)
            found[name] = {
                "mean": round(interval.mean, 4),
                "low": round(interval.low, 4),
                "high": round(interval.high, 4),
                "deviation_of_splits": round(float(np.std([each.mean() for each in splits])), 4),
            }
        return found

    def _comparisons(self, part: str, baseline: Tally) -> dict[str, Any]:
        return {
            f"{name}_against_baseline": self._compared(part, name, baseline) for name in COMPARED
        }

    def _compared(self, part: str, name: str, other: Tally) -> dict[str, float]:
        users = np.concatenate(self._users[part])
        pair = (np.concatenate(one._values[part, name]) for one in (self, other))
        compared = compare_paired(*pair, users=users, seed=0)
        return {
            "difference": round(compared.difference.mean, 4),
            "low": round(compared.difference.low, 4),
            "high": round(compared.difference.high, 4),
            "p_permutation": round(compared.p_permutation, 5),
            "p_wilcoxon": round(compared.p_wilcoxon, 5),
        }
