"""What most titles of a cluster are, and more of them than elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reelhouse.naming.counts import ClusterTerms


@dataclass(frozen=True)
class Share:
    """One term of a field in one cluster.

    Attributes
    ----------
    share : float
        Of the cluster's titles.
    lift : float
        That share over the share among all titles.
    """

    share: float
    lift: float

    @property
    def weight(self) -> float:
        """How much the term tells: its share of the divergence from the catalogue."""
        return self.share * float(np.log(self.lift)) if self.lift > 0 else 0.0


def shares_of(terms: ClusterTerms, cluster: int, field: str) -> dict[str, Share]:
    """Shares of all terms of a field that a cluster holds.

    Parameters
    ----------
    terms : ClusterTerms
    cluster : int
        Number of the cluster.
    field : one of `reelhouse.naming.counts.COUNTED`
    """
    held = terms.fields[field]
    row = held.titles[[cluster]].tocoo()
    size = max(int(terms.sizes[cluster]), 1)
    usual = held.in_all[row.col] / max(terms.n_titles, 1)
    # Only clusters of their own catalogue are looked at: what they hold, all hold.
    found = zip(row.col.tolist(), (row.data / size).tolist(), usual.tolist(), strict=True)
    return {held.terms[at]: Share(share, share / of_all) for at, share, of_all in found if share}


def over_represented(
    shares: dict[str, Share], *, share: float, lift: float
) -> Iterator[tuple[str, Share]]:
    """Terms of at least this share and lift."""
    return (
        (term, found)
        for term, found in shares.items()
        if found.share >= share and found.lift >= lift
    )
