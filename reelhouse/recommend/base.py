"""The one interface of all recommenders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from reelhouse.recommend.catalogue import Catalogue


@dataclass(frozen=True)
class Recommendation:
    """One recommended title.

    Attributes
    ----------
    title_id, title : str
    score : float
        Finite; higher is better. Only scores of the same recommender compare.
    reasons : tuple of str
        Why, in words; at least one.
    cluster_id : int
        The title's cluster.
    source : str
        Where it was found: `same-cluster`, `neighbour-clusters`.
    """

    title_id: str
    title: str
    score: float
    reasons: tuple[str, ...]
    cluster_id: int
    source: str


class Recommender(Protocol):
    """Recommends titles from what somebody liked; the same question has the same answer."""

    name: ClassVar[str]
    """What `--strategy` calls it."""

    def fit(self, catalogue: Catalogue) -> Self:
        """Learn from a published catalogue; returns the recommender itself."""

    def recommend(self, liked: Sequence[str], n: int = 10) -> list[Recommendation]:
        """Recommend up to `n` titles, the best first, ties by title_id; never a liked title.

        Fewer come back when fewer have a reason.

        Parameters
        ----------
        liked
            Names or title ids. A name that several works share means all of them.

        Raises
        ------
        UnknownTitleError
            When no title is given or one is unknown; the message gives near names.
        """

    def explain(self, liked: Sequence[str], title: str) -> list[str]:
        """Say in words what speaks for a title, recommended or not."""
