"""Names of clusters: unique, and kept where the rule gives the same words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reelhouse.naming.counts import ClusterTerms
from reelhouse.naming.distinctive import Term, distinctive_terms
from reelhouse.naming.phrases import Phrase, phrase_of
from reelhouse.naming.shares import Share, shares_of

#: Words of the descriptions that a name takes, where it takes any.
N_SUBJECTS = 2
#: A word, or an audience, tells clusters of one name apart when this share of the titles has it ...
SUBJECT_SHARE, AUDIENCE_SHARE = 0.04, 0.5
#: ... and this much more of them than of the other clusters' titles.
CONTRAST = 1.5
#: Words looked at, the most distinctive first.
_N_WORDS = 40
#: Words that begin alike are taken for one: "comedian" adds nothing to "comedies".
_STEM = 4


@dataclass(frozen=True)
class _Named:
    """One cluster on the way to its name: the phrase, and what was added to it."""

    phrase: Phrase
    audience: str = ""
    subjects: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = f"{self.phrase} {self.audience}".strip()
        return f"{name}: {', '.join(self.subjects)}" if self.subjects else name


def cluster_names(terms: ClusterTerms, old: Sequence[str | None] = ()) -> list[str]:
    """A name for each cluster; no two are the same.

    Parameters
    ----------
    terms : ClusterTerms
    old : sequence of n_clusters names or None
        What a cluster was called that continues an earlier one. It keeps that name where the rule
        gives the same words, in another order or without what told it from a namesake.

    Returns
    -------
    list of n_clusters str
    """
    words = distinctive_terms(terms, n=_N_WORDS, fields=("description",))
    found = [_Named(phrase_of(terms, cluster)) for cluster in range(terms.sizes.size)]
    everywhere = range(terms.sizes.size)
    for cluster, named in enumerate(found):
        # Without a genre or a place the phrase says little: the words do.
        if named.phrase.bare:
            found[cluster] = _with_subjects(named, terms, cluster, everywhere, words[cluster])
    plain = [str(named) for named in found]
    for group in _namesakes(plain):
        for cluster in group:
            found[cluster] = _with_audience(found[cluster], terms, cluster, group)
    for group in _namesakes(map(str, found)):
        for cluster in group:
            found[cluster] = _with_subjects(found[cluster], terms, cluster, group, words[cluster])
    return _unique(_kept([str(named) for named in found], plain, old))


def family_names(terms: ClusterTerms) -> list[str]:
    """Names of groups of clusters by the same rule; a group may be called like one within it."""
    return [
        "All titles" if size == terms.n_titles else str(phrase_of(terms, group))
        for group, size in enumerate(terms.sizes.tolist())
    ]


def says(name: str, term: str) -> bool:
    """Whether a name has every word of a term, or one that begins alike.

    >>> says("Korean romantic TV dramas", "south_korea"), says("TV dramas", "drama")
    (False, True)
    """
    said = {word[:_STEM] for word in _words(name)}
    return all(word[:_STEM] in said for word in _words(term.replace("_", " ")))


def _with_audience(
    named: _Named, terms: ClusterTerms, cluster: int, group: Iterable[int]
) -> _Named:
    shares = shares_of(terms, cluster, "audience")
    others = _shares_of_others(terms, cluster, group, "audience")
    telling = [who for who in shares if _tells(shares, others, who, AUDIENCE_SHARE)]
    who = max(telling, default="", key=lambda one: shares[one].share)
    return replace(named, audience=who)


def _with_subjects(
    named: _Named,
    terms: ClusterTerms,
    cluster: int,
    group: Iterable[int],
    words: Sequence[Term],
) -> _Named:
    """Add the distinctive words that set the cluster apart most from the others of the group."""
    shares = shares_of(terms, cluster, "description")
    others = _shares_of_others(terms, cluster, group, "description")
    telling = [
        term
        for _, term in words
        if _tells(shares, others, term, SUBJECT_SHARE) and not says(str(named), term)
    ]
    telling.sort(key=lambda term: _share(others, term) - _share(shares, term))
    subjects = [term.replace("_", " ") for term in telling[:N_SUBJECTS]]
    return replace(named, subjects=tuple(subjects))


def _shares_of_others(
    terms: ClusterTerms, cluster: int, group: Iterable[int], field: str
) -> dict[str, Share]:
    others = [other for other in group if other != cluster]
    return shares_of(terms.grouped([others]), 0, field)


def _tells(shares: dict[str, Share], others: dict[str, Share], term: str, least: float) -> bool:
    return _share(shares, term) >= max(least, CONTRAST * _share(others, term))


def _share(shares: dict[str, Share], term: str) -> float:
    return shares[term].share if term in shares else 0.0


def _namesakes(names: Iterable[str]) -> list[list[int]]:
    """Numbers of the clusters that share a name, group by group."""
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        groups.setdefault(name, []).append(number)
    return [group for group in groups.values() if len(group) > 1]


def _kept(names: list[str], plain: Sequence[str], old: Sequence[str | None]) -> list[str]:
    """The old name of a cluster whose new name, or the plain form of it, has the same words."""
    kept = list(names)
    for cluster, before in enumerate(old):
        if before is None:
            continue
        same = _words(before) in (_words(names[cluster]), _words(plain[cluster]))
        if same and before not in kept[:cluster] + kept[cluster + 1 :]:
            kept[cluster] = before
    return kept


def _unique(names: Sequence[str]) -> list[str]:
    """The same names, numbered where several clusters would still share one."""
    taken: set[str] = set()
    unique = []
    for name in names:
        number, told = 2, name
        while told in taken:
            told, number = f"{name} ({number})", number + 1
        taken.add(told)
        unique.append(told)
    return unique


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", name.lower()))
