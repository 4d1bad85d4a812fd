"""Linking the titles of a catalogue to rated titles by name and year, with a confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.linking.near import Years, near_pairs
from reelhouse.linking.spelling import Spellings, spellings
from reelhouse.schema import LINKS

#: From this confidence on two titles are taken to be the same work.
CERTAIN = 0.75

#: (name agrees by, years between the two or None where one is unknown) -> confidence for a film
_CONFIDENCE: dict[tuple[str, int | None], float] = {
    ("same name", 0): 1.0,
    ("another name", 0): 0.9,
    ("same name", 1): 0.85,
    ("another name", 1): 0.8,
    ("same name", None): 0.6,
    ("another name", None): 0.5,
}
_NEAR = "nearly the same name"
_NEAR_CONFIDENCE = {0: 0.7, 1: 0.55}
_SEASON = "a season of the series"
_SEASON_CONFIDENCE = 0.8
#: A series of s seasons is taken to have begun at most 2 s + 2 years before its newest one; what is
#: older is likely of another series of that name.
_YEARS_PER_SEASON, _YEARS_MORE = 2, 2
_OLD_SEASON_CONFIDENCE = 0.4
#: Works of one name in several years are remakes: a year that is off may mean the other one.
_REMAKES = 0.8
#: What is known of a rated title does not say whether it is a series.
_SERIES = 0.7
_SEVERAL = 0.5


@dataclass(frozen=True)
class _Pair:
    row: int
    rated: int
    confidence: float
    rule: str


@dataclass(frozen=True)
class _Side:
    """Titles of one side: spellings, years (-1 where unknown), which are series, their seasons."""

    names: Sequence[Spellings]
    years: Years
    series: NDArray[np.bool_]
    seasons: Years


def link_titles(titles: pa.Table, names: pa.Table) -> pa.Table:
    """Link the titles of a catalogue to rated titles.

    The surest pairs are taken first, and what is in one is not considered again. A full confidence
    means the same name and year, and no other title on either side of that name and year. Where
    several pairs are equally sure, all are listed at half their confidence. A series may have
    several links, one per rated season.

    Parameters
    ----------
    titles : Table with title_id, title, type, release_year and seasons
    names : Table with the schema `TITLE_NAMES`

    Returns
    -------
    Table with the schema `LINKS`
        By title_id and rated_title_id; the order of the rows given does not matter.
    """
    works = _Side(
        spellings(titles["title"]),
        _numbers(titles["release_year"]),
        pc.fill_null(pc.equal(titles["type"], "TV Show"), False).to_numpy(),
        np.maximum(_numbers(titles["seasons"]), 1),
    )
    nothing = np.zeros(names.num_rows, dtype=np.int64)
    rated = _Side(spellings(names["name"]), _numbers(names["year"]), nothing > 0, nothing)
    chosen = [*_one_to_one(works, rated), *_seasons(works, rated)]
    rows, columns = ([getattr(one, side) for one in chosen] for side in ("row", "rated"))
    left, right = titles.take(pa.array(rows, pa.int64())), names.take(pa.array(columns, pa.int64()))
    table = pa.table(
        {
            "title_id": left["title_id"],
            "rated_title_id": right["title_id"],
            "confidence": pa.array([one.confidence for one in chosen], pa.float32()),
            "rule": pa.array([one.rule for one in chosen], pa.string()),
            "title": left["title"],
            "release_year": left["release_year"],
            "rated_name": right["name"],
            "rated_year": right["year"],
        },
        schema=LINKS,
    )
    return table.sort_by([("title_id", "ascending"), ("rated_title_id", "ascending")])


def _one_to_one(works: _Side, rated: _Side) -> list[_Pair]:
    chosen: list[_Pair] = []
    taken = (np.zeros(len(works.names), dtype=bool), np.zeros(len(rated.names), dtype=bool))
    chosen += _surest_first(list(_named_alike(works, rated)), *taken)
    # Only what is left over: near is worth a look where nothing better is known.
    rows, columns = (np.flatnonzero(~each) for each in taken)
    near = [
        _Pair(int(rows[row]), int(columns[column]), confidence, _NEAR)
        for row, column, confidence in _nearly_alike(works, rated, rows, columns)
    ]
    return chosen + _surest_first(near, *taken)


def _surest_first(
    pairs: Sequence[_Pair], row_taken: NDArray[np.bool_], rated_taken: NDArray[np.bool_]
) -> list[_Pair]:
    """Choose pairs round by round, from the surest down; marks what they hold as taken."""
    rounds: dict[float, list[_Pair]] = {}
    for pair in pairs:
        rounds.setdefault(pair.confidence, []).append(pair)
    chosen = []
    for confidence in sorted(rounds, reverse=True):
        left = [
            pair
            for pair in rounds[confidence]
            if not row_taken[pair.row] and not rated_taken[pair.rated]
        ]
        by_row = Counter(pair.row for pair in left)
        by_rated = Counter(pair.rated for pair in left)
        for pair in left:
            row_taken[pair.row] = rated_taken[pair.rated] = True
            alone = by_row[pair.row] == by_rated[pair.rated] == 1
            chosen.append(pair if alone else _one_of_several(pair))
    return chosen


def _one_of_several(pair: _Pair) -> _Pair:
    return _Pair(pair.row, pair.rated, pair.confidence * _SEVERAL, f"{pair.rule}, one of several")


def _named_alike(works: _Side, rated: _Side) -> Iterator[_Pair]:
    """Pairs of which a name of the one is a name of the other, and the years fit."""
    places: dict[str, list[int]] = {}
    for at, name in enumerate(rated.names):
        for key in () if name.season_of or not name.key else (name.key, *name.others):
            places.setdefault(key, []).append(at)
    works_of = Counter(name.key for name in works.names)
    for row, name in enumerate(works.names):
        found = {at for key in (name.key, *name.others) for at in places.get(key, ())}
        remade = len(found) > 1 or works_of[name.key] > 1
        for at in sorted(found):
            kind = "same name" if name.key == rated.names[at].key else "another name"
            gap = _gap(int(works.years[row]), int(rated.years[at]))
            confidence = _named_confidence(kind, gap, remade=remade, series=bool(works.series[row]))
            if confidence:
                yield _Pair(row, at, confidence, f"{kind}, {_GAPS[gap]}")


def _named_confidence(kind: str, gap: int | None, *, remade: bool, series: bool) -> float:
    """Confidence of a pair of one name; 0 where the years are too far apart."""
    confidence = _CONFIDENCE.get((kind, gap), 0.0)
    if gap != 0 and remade:
        confidence *= _REMAKES
    if series:
        confidence *= _SERIES
    return round(confidence, 4)


_GAPS = {0: "same year", 1: "next year", None: "year unknown"}


def _nearly_alike(
    works: _Side, rated: _Side, rows: Years, columns: Years
) -> Iterator[tuple[int, int, float]]:
    names = [works.names[row] for row in rows]
    others = [rated.names[column] for column in columns]
    years, rated_years = works.years[rows], rated.years[columns]
    for row, column, likeness in near_pairs(names, years, others, rated_years):
        if others[column].season_of:
            continue
        confidence = likeness * _NEAR_CONFIDENCE[abs(int(years[row] - rated_years[column]))]
        if works.series[rows[row]]:
            confidence *= _SERIES
        yield row, column, round(confidence, 4)


def _seasons(works: _Side, rated: _Side) -> Iterator[_Pair]:
    """Seasons of a series that the catalogue holds as one title, under its newest season's year."""
    series: dict[str, list[int]] = {}
    for row, name in enumerate(works.names):
        if works.series[row]:
            series.setdefault(name.key, []).append(row)
    for at, name in enumerate(rated.names):
        rows = series.get(name.season_of, []) if name.season_of else []
        fitting = [row for row in rows if rated.years[at] <= works.years[row]]
        for row in fitting:
            span = _YEARS_PER_SEASON * works.seasons[row] + _YEARS_MORE
            recent = works.years[row] - rated.years[at] <= span
            pair = _Pair(row, at, _SEASON_CONFIDENCE if recent else _OLD_SEASON_CONFIDENCE, _SEASON)
            yield pair if len(fitting) == 1 else _one_of_several(pair)


def _numbers(column: pa.ChunkedArray) -> Years:
    """A column of whole numbers, -1 where it is null."""
    numbers: Years = pc.fill_null(column, -1).to_numpy().astype(np.int64)
    return numbers


def _gap(year: int, other: int) -> int | None:
    """Years between the two, None where one is unknown."""
    return None if min(year, other) < 0 else abs(year - other)
