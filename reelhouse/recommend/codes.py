"""Why a title is recommended, as a short code in published tables and in words for people."""

from __future__ import annotations

SAME_CLUSTER = "same-cluster"
NEIGHBOUR_CLUSTER = "neighbour-cluster"
VIEWER_CLUSTER = "viewer-cluster"
POPULAR = "popular"

#: Code -> words. Codes are published and stay; words may change.
REASONS = {
    SAME_CLUSTER: "of the same cluster, and among the likest there",
    NEIGHBOUR_CLUSTER: "of a neighbour cluster, and near to the border",
    VIEWER_CLUSTER: "preferred by viewers of the same cluster over the average",
    POPULAR: "popular with all viewers",
}


def in_words(code: str) -> str:
    """Say a published reason in words; a code that is not known stands for itself.

    >>> in_words("popular"), in_words("made-up")
    ('popular with all viewers', 'made-up')
    """
    return REASONS.get(code, code)
