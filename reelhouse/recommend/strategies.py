"""The recommenders on a published catalogue, by what `--strategy` calls them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelhouse.recommend.base import Recommender
    from reelhouse.recommend.catalogue import Catalogue

#: Module and class of each, the default first; made without arguments, imported when asked for.
STRATEGIES = {
    "same-cluster": "reelhouse.recommend.same_cluster:SameCluster",
    "neighbour-clusters": "reelhouse.recommend.neighbours:NeighbourClusters",
}
DEFAULT = next(iter(STRATEGIES))


def recommender_named(strategy: str) -> Recommender[Catalogue]:
    """Make the recommender of a name in `STRATEGIES`."""
    module, _, name = STRATEGIES[strategy].partition(":")
    made: Recommender[Catalogue] = getattr(import_module(module), name)()
    return made
