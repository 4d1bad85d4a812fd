"""What the criteria say together, and which of them say anything.

Each criterion of how tight and far apart clusters are is scaled to 0 (its worst over the numbers
tried) to 1 (its best), and the mean of these tells how good a number is. Stability decides between
numbers that are as good but for a little; it is not part of the mean, since few clusters are stable
whatever the data.

A criterion is heard where it has a peak: its best lies inside the range, and both ends are clearly
worse. Where it has none it says nothing of this number or that: sparse text is ever tighter the
smaller its clusters, and falls best of all into two halves, such as films and shows. A best at an
end counts only where the silhouette tells of clusters that stand apart.

References
----------
Kaufman, L. and Rousseeuw, P. J. (1990). Finding Groups in Data. Wiley. (A mean silhouette above 0.5
is a reasonable structure.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelhouse.clustering.centroids import DoubleArray
from reelhouse.clustering.selection.candidate import Candidate
from reelhouse.clustering.selection.knee import knee_depths

#: Mean silhouette from which a best at an end of the range counts.
_REASONABLE_STRUCTURE = 0.5
#: Share of its span by which both ends must be worse than a peak.
_CLEARLY = 0.1
#: Share of the values, or of 1, up to which their differences are rounding.
_NOTHING = 1e-9
#: Numbers whose mean is lower by no more than this are as good as the best.
_LITTLE = 0.01


@dataclass(frozen=True)
class Vote:
    """The number that the criteria choose together.

    Attributes
    ----------
    n_clusters : int
    best : int
        The number with the best mean, before stability is asked.
    as_good : tuple of int
        The numbers among which stability decides, rising.
    named : dict of str -> int
        The number at which each criterion that is heard peaks.
    unheard : tuple of str
        Criteria without a peak.
    """

    n_clusters: int
    best: int
    as_good: tuple[int, ...]
    named: dict[str, int]
    unheard: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why this number, in one sentence."""
        if not self.named:
            return (
                f"no criterion has a peak; the most stable number of clusters is {self.n_clusters}"
            )
        named = ", ".join(f"{name} {number}" for name, number in self.named.items())
        text = f"the criteria together are best at {self.best} clusters ({named})"
        if self.unheard:
            text += f", while {' and '.join(self.unheard)} had no peak"
        if len(self.as_good) > 1:
            tried = ", ".join(map(str, self.as_good))
            text += f"; of the numbers as good ({tried}) the most stable is {self.n_clusters}"
        return text


@dataclass(frozen=True)
class Scores:
    """What each criterion gives to each candidate, on one scale.

    Attributes
    ----------
    heard : dict of str -> ndarray of shape (n_candidates,)
        0 at the criterion's worst, 1 at its best; those that have a peak.
    unheard : dict of str -> ndarray of shape (n_candidates,)
        The same of those without.
    mean : ndarray of shape (n_candidates,)
        Of those heard; 0 where there are none.
    """

    heard: dict[str, DoubleArray]
    unheard: dict[str, DoubleArray]
    mean: DoubleArray


def score(curve: Sequence[Candidate]) -> Scores:
    """Bring the criteria to one scale, and tell which are heard.

    Parameters
    ----------
    curve : sequence of Candidate, numbers rising, at least one
    """
    heard: dict[str, DoubleArray] = {}
    unheard: dict[str, DoubleArray] = {}
    for name, values in _criteria(curve).items():
        scaled = _scaled(values)
        (heard if _is_peak(curve, scaled) else unheard)[name] = scaled
    mean = np.mean(list(heard.values()), axis=0) if heard else np.zeros(len(curve))
    return Scores(heard, unheard, mean)


def vote(curve: Sequence[Candidate]) -> Vote:
    """Let the criteria choose among candidates.

    Parameters
    ----------
    curve : sequence of Candidate, numbers rising, at least one
    """
    numbers = [candidate.n_clusters for candidate in curve]
    scores = score(curve)
    mean = scores.mean
    best = int(mean.argmax())
    as_good = np.flatnonzero(mean >= mean[best] - _LITTLE)
    stability = np.array([curve[at].stability for at in as_good.tolist()])
    chosen = int(as_good[int(np.nan_to_num(stability).argmax())])
    return Vote(
        n_clusters=numbers[chosen],
        best=numbers[best],
        as_good=tuple(numbers[at] for at in as_good.tolist()),
        named={name: numbers[int(scaled.argmax())] for name, scaled in scores.heard.items()},
        unheard=tuple(scores.unheard),
    )


def _criteria(curve: Sequence[Candidate]) -> dict[str, DoubleArray]:
    """Values of each criterion over the candidates, high where it is good."""

    def of(name: str) -> DoubleArray:
        return np.array([getattr(candidate, name) for candidate in curve], dtype=np.float64)

    numbers = [candidate.n_clusters for candidate in curve]
    return {
        "silhouette": of("silhouette"),
        "simplified silhouette": of("simplified_silhouette"),
        "Davies-Bouldin": -of("davies_bouldin"),
        "Calinski-Harabasz": of("calinski_harabasz"),
        "elbow": knee_depths(numbers, of("inertia").tolist()),
    }


def _scaled(values: DoubleArray) -> DoubleArray:
    """From 0 at the worst to 1 at the best; 0 for all where there is no difference."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros(values.size)
    worst, best = float(finite.min()), float(finite.max())
    # Clusters without any width are infinitely good by Calinski-Harabasz: better than the rest.
    limited = np.nan_to_num(values, nan=worst, posinf=2 * best - worst, neginf=worst)
    span = float(limited.max()) - worst
    # Rounding is no difference: the knee of a straight line.
    if span <= _NOTHING * max(1.0, abs(worst), abs(best)):
        return np.zeros(values.size)
    scaled: DoubleArray = (limited - worst) / span
    return scaled


def _is_peak(curve: Sequence[Candidate], scaled: DoubleArray) -> bool:
    best = int(scaled.argmax())
    if scaled[best] > 0 and curve[best].silhouette >= _REASONABLE_STRUCTURE:
        return True
    ends = max(float(scaled[0]), float(scaled[-1]))
    return ends <= float(scaled[best]) - _CLEARLY
