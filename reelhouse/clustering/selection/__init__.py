"""How many clusters: six criteria on a sample, and what they say together."""

from reelhouse.clustering.selection.candidate import CURVE, Candidate, curve_table
from reelhouse.clustering.selection.search import Selection, choose, fixed, try_numbers
from reelhouse.clustering.selection.silhouette import cluster_silhouettes

__all__ = [
    "CURVE",
    "Candidate",
    "Selection",
    "choose",
    "cluster_silhouettes",
    "curve_table",
    "fixed",
    "try_numbers",
]
