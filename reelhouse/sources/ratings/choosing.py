"""Choose the files of a folder or an archive that hold ratings, in the order of their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from reelhouse.errors import SourceError

# The first kind of which there is any is taken. Of the first two there may be many files.
_COMBINED = re.compile(r"combined_data.*\.txt(\.gz)?", re.I)
_PER_TITLE = re.compile(r"mv_\d+\.txt(\.gz)?", re.I)
_PACKED = re.compile(r"training_set\.(tar|tar\.gz|tgz)", re.I)
_KINDS = (
    _COMBINED,
    _PER_TITLE,
    _PACKED,
    re.compile(r"ratings\.csv(\.gz)?", re.I),
    re.compile(r"ratings\.dat(\.gz)?", re.I),
    re.compile(r"u\.data(\.gz)?", re.I),
    re.compile(r"[^/]*\.(csv|tsv|txt|dat|data)(\.gz)?", re.I),
)
_MANY = (_COMBINED, _PER_TITLE)
# Companions of ratings: never the one file of unknown name.
_COMPANIONS = re.compile(
    r"(movie_titles|probe|qualifying|movies|tags|links|users|genome-.*|readme.*|license.*|"
    r"netflix_genres|genres|allbut.*)\.[a-z.]+|u\.(item|user|genre|info|occupation)",
    re.I,
)
_DIGITS = re.compile(r"(\d+)")


def kind_of(name: str) -> int | None:
    """Position of the kind that a name is of, in order of preference; None for no kind.

    >>> kind_of("training_set/mv_0000001.txt"), kind_of("probe.txt")
    (1, None)
    """
    path = PurePosixPath(name)
    if "__MACOSX" in path.parts or path.name.startswith(".") or _COMPANIONS.fullmatch(path.name):
        return None
    for number, pattern in enumerate(_KINDS):
        if pattern.fullmatch(path.name):
            return number
    return None


def choose(names: Iterable[str], where: str) -> list[str]:
    """Choose the names of one kind, in natural order.

    Parameters
    ----------
    names : iterable of str
        Relative, with forward slashes.
    where : str
        The folder or archive, for messages.

    Raises
    ------
    SourceError
        No name is that of ratings, or several are of which there may be one.
    """
    kinds: dict[int, list[str]] = {}
    every = list(names)
    for name in every:
        kind = kind_of(name)
        if kind is not None:
            kinds.setdefault(kind, []).append(name)
    if not kinds:
        raise nothing_chosen(every, where)
    best = min(kinds)
    chosen = sorted(kinds[best], key=natural)
    if len(chosen) > 1 and _KINDS[best] not in _MANY:
        raise SourceError(
            f"{where} holds {len(chosen)} files that may be ratings ({_listed(chosen)}), "
            "required 1: name it"
        )
    _refuse_several_sets(kinds, chosen, where)
    return chosen


def _refuse_several_sets(kinds: dict[int, list[str]], chosen: list[str], where: str) -> None:
    """Refuse ratings of well-known names in several folders: their users are not the same."""
    named = [name for kind, names in kinds.items() if kind < len(_KINDS) - 1 for name in names]
    home = PurePosixPath(chosen[0]).parent
    elsewhere = [name for name in named if PurePosixPath(name).parent != home]
    if elsewhere and kind_of(chosen[0]) != len(_KINDS) - 1:
        raise SourceError(
            f"{where} holds several sets of ratings ({_listed([chosen[0], elsewhere[0]])}), "
            "required 1: name it"
        )


def may_be_many(kind: int) -> bool:
    """Tell whether an input may consist of several files of this kind."""
    return _KINDS[kind] in _MANY


def is_packed(name: str) -> bool:
    """Tell whether a name is that of an archive of the titles' files."""
    return _PACKED.fullmatch(PurePosixPath(name).name) is not None


def nothing_chosen(names: list[str], where: str) -> SourceError:
    """Say that none of these names is that of ratings."""
    return SourceError(
        f"{where} holds no file of ratings ({_listed(names)}), expected combined_data_*.txt, "
        "mv_*.txt, ratings.csv, ratings.dat, u.data, or one CSV"
    )


def natural(name: str) -> list[tuple[int, str]]:
    """Key that sorts by numbers within names.

    >>> sorted(["mv_10.txt", "mv_9.txt"], key=natural)
    ['mv_9.txt', 'mv_10.txt']
    """
    parts = _DIGITS.split(name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _listed(names: list[str]) -> str:
    # repr: whoever packed an archive chose its names, and they end on a terminal.
    shown = ", ".join(repr(name) for name in names[:4])
    return (shown + (", ..." if len(names) > 4 else ""))[:200] or "nothing"
