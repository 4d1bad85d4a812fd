"""What is measured of one recommender over several splits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.evaluation.lists import ACCURACY, accuracy, variety
from reelhouse.evaluation.repeated import Repeated
from reelhouse.recommend.rated import RatedTitles

#: Which figures are compared with the baseline, and which one tells the best.
COMPARED = ("ndcg_100", "recall_20")
BY = "ndcg_100"


class Tally:
    """Values per user and slice of the users, and figures per split."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, Repeated]] = {}
        self._figures: dict[str, list[float]] = defaultdict(list)

    def add(self, part: str, titles: NDArray[np.int32], users: HeldOutUsers) -> None:
        """Measure the accuracy of lists, for the users who have something to be found."""
        found = accuracy(titles, users)
        if not found.users.size:
            return
        held = self._values.setdefault(part, {name: Repeated() for name in ACCURACY})
        for name, values in found.values.items():
            held[name].add(values, found.users)

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
        for name, value in variety(titles, expected, users, known.history, genres).items():
            self._figures[name].append(value)

    def add_seconds(self, **seconds: float) -> None:
        """Note how long steps took."""
        for name, value in seconds.items():
            self._figures[f"seconds_{name}"].append(value)

    def row(self, baseline: Tally | None) -> dict[str, Any]:
        """All figures; means over the splits, and medians of times."""
        found: dict[str, Any] = {}
        for part in self._values:
            told = self._accuracy(part)
            if baseline is not None:
                told |= self._comparisons(part, baseline)
            found |= told if part == "all" else {part: told}
        for name, values in self._figures.items():
            middle = np.median(values) if name.startswith("seconds") else np.mean(values)
            found[name] = round(float(middle), 4)
        return found

    def against_best(self, others: Mapping[str, Tally]) -> dict[str, Any]:
        """Compare with the best of these recommenders, on each part of the whole anew."""
        if not others:
            return {}
        found = {}
        for part in self._values:
            best = max(others, key=lambda name: others[name].mean(part))
            found[part] = {"best": best, **self._compared(part, BY, others[best])}
        return {f"{BY}_against_best_part": found}

    def mean(self, part: str) -> float:
        """Mean of the figure that recommenders are told apart by."""
        return self._values[part][BY].mean

    def _accuracy(self, part: str) -> dict[str, Any]:
        held = self._values[part]
        found: dict[str, Any] = {"users": held[BY].n_users, "lists": held[BY].n_values}
        for name, repeated in held.items():
            interval = repeated.interval()
            found[name] = {
                "mean": round(interval.mean, 4),
                "low": round(interval.low, 4),
                "high": round(interval.high, 4),
                "deviation_of_splits": round(repeated.deviation_of_splits, 4),
            }
        return found

    def _comparisons(self, part: str, baseline: Tally) -> dict[str, Any]:
        return {
            f"{name}_against_baseline": self._compared(part, name, baseline) for name in COMPARED
        }

    def _compared(self, part: str, name: str, other: Tally) -> dict[str, float]:
        compared = self._values[part][name].against(other._values[part][name])
        return {
            "difference": round(compared.difference.mean, 4),
            "low": round(compared.difference.low, 4),
            "high": round(compared.difference.high, 4),
            "p_permutation": round(compared.p_permutation, 5),
            "p_wilcoxon": round(compared.p_wilcoxon, 5),
        }
