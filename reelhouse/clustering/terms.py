"""What a cluster is about: its distinctive terms, and a name made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reelhouse.clustering.geometry import FloatArray

#: Fields whose terms may stand in a name: people and certificates make poor names.
NAMING_FIELDS = ("listed_in", "description", "country")
N_TOP_TERMS = 12
N_NAME_TERMS = 3

Term = tuple[str, str]  # (field, term)


def distinctive_terms(
    centroids: FloatArray, sizes: Sequence[int], terms: Sequence[Term], *, n: int = N_TOP_TERMS
) -> list[list[Term]]:
    """The terms that weigh more in a cluster than in the catalogue.

    The score of a term is its weight in the centroid times the logarithm of how many times that
    exceeds its mean weight over all titles: frequent *and* characteristic.

    Parameters
    ----------
    centroids : ndarray of shape (n_clusters, n_features), unit rows
    sizes : sequence of n_clusters ints
    terms : sequence of n_features (field, term)

    Returns
    -------
    list of n_clusters lists, the most distinctive term first
    """
    weights = np.asarray(sizes, dtype=np.float64)
    mean = (weights @ centroids / max(weights.sum(), 1.0)).astype(np.float32)
    found = []
    for centroid in centroids:
        present = np.flatnonzero(centroid > 0)
        lift = centroid[present] / np.maximum(mean[present], 1e-9)
        score = centroid[present] * np.log(np.maximum(lift, 1e-9))
        best = np.argsort(-score, kind="stable")[:n]
        found.append([terms[i] for i in present[best[score[best] > 0]]])
    return found


def distinct_words(terms: Sequence[Term], *, n: int = N_TOP_TERMS) -> list[str]:
    """The first `n` different words; one that stands in two fields is taken once."""
    return list(dict.fromkeys(word for _, word in terms))[:n]


def cluster_names(top_terms: Sequence[Sequence[Term]]) -> list[str]:
    """A readable name for each cluster; names are unique.

    Genres come first, then words of the descriptions, then countries, at most three in all; where
    two clusters would share a name, the later one takes further terms, then its number.
    """
    names: list[str] = []
    taken: set[str] = set()
    for number, terms in enumerate(top_terms):
        words = _naming_words(terms)
        name = " · ".join(words[:N_NAME_TERMS]) or f"cluster {number}"
        for extra in range(N_NAME_TERMS + 1, len(words) + 1):
            if name not in taken:
                break
            name = " · ".join(words[:extra])
        while name in taken:
            name = f"{name} ({number})"
        taken.add(name)
        names.append(name)
    return names


def _naming_words(terms: Sequence[Term]) -> list[str]:
    order = {field: rank for rank, field in enumerate(NAMING_FIELDS)}
    # At most two terms of one field at the front, so that a name is not three genres in a row.
    front: list[Term] = []
    back: list[Term] = []
    for term in terms:
        if term[0] not in order:
            continue
        crowded = sum(1 for other in front if other[0] == term[0]) >= 2
        (back if crowded or len(front) == N_NAME_TERMS else front).append(term)
    front.sort(key=lambda term: order[term[0]])
    words: list[str] = []
    for _, token in front + back:
        word = token.replace("_", " ")
        # "stand up" adds nothing to "stand up comedy".
        if not any(set(word.split()) <= set(said.split()) for said in words):
            words.append(word)
    return words
