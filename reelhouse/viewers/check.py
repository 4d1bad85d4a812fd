"""What the suites of the ratings look at: distinct values, the input as a whole, the assignments.

Great Expectations cannot look at a hundred million rows in reasonable time and memory. A rule on
one column judges a row by that column's value alone, so it is enough to show it each distinct
value once, with the number of its rows: some 2,000 dates, ten ratings, 20,000 titles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.quality import RowFailure
from reelhouse.sources.ratings.facts import RefusedValue, RefusedValues, ValueCounts

#: Column that a rule names -> the kind of value that it judges.
KIND_OF = {
    "off_scale": "rating",
    "date": "date",
    "in_the_future": "date",
    "unknown_title": "title_id",
}
KINDS = ("rating", "date", "title_id")


@dataclass(frozen=True)
class ValueFrame:
    """The distinct values of all columns, one below the other, as the row rules see them.

    Attributes
    ----------
    frame : DataFrame
        Columns of `KIND_OF`; a row has values in the columns of its kind only.
    weights : dict from each column to an int64 ndarray, the rows of the input behind each row
    kinds : ndarray of shape (n,), the kind of each row
    values : list of length n
    """

    frame: pd.DataFrame
    weights: dict[str, NDArray[np.int64]]
    kinds: NDArray[np.str_]
    values: list[float | date | int]


def value_frame(
    counts: Mapping[str, ValueCounts],
    *,
    scale: tuple[float, float],
    today: date,
    known_titles: NDArray[np.integer] | None,
    names_file: str,
) -> ValueFrame:
    """Lay out the distinct values for the row rules.

    Parameters
    ----------
    counts : dict from rating, date and title_id to ValueCounts
    scale : the lowest and the highest rating that there can be
    today : no rating was given after it
    known_titles : sorted ids of the titles that have a name; None when no names were given
    names_file : what the file of names is called, for messages
    """
    columns: dict[str, list[object]] = {name: [] for name in KIND_OF}
    kinds: list[str] = []
    values: list[float | date | int] = []
    known = None if known_titles is None else set(known_titles.tolist())
    for kind in KINDS:
        for value in counts[kind].values.tolist():
            facts = _facts(kind, value, scale, today, known, names_file)
            for name, column in columns.items():
                column.append(facts.get(name))
            kinds.append(kind)
            values.append(value)
    held = np.array(kinds, dtype=np.str_)
    every = np.concatenate([counts[kind].counts for kind in KINDS]).astype(np.int64)
    frame = pd.DataFrame({name: _column(name, column) for name, column in columns.items()})
    weights = {name: np.where(held == kind, every, 0) for name, kind in KIND_OF.items()}
    return ValueFrame(frame, weights, held, values)


def refused_values(shown: ValueFrame, failures: Sequence[RowFailure]) -> RefusedValues:
    """The values that broke a row rule, each once with all its reasons."""
    by_row: dict[int, list[RowFailure]] = {}
    for failure in failures:
        by_row.setdefault(failure.position, []).append(failure)
    found: dict[str, list[RefusedValue]] = {kind: [] for kind in KINDS}
    for position, broken in sorted(by_row.items()):
        refused = RefusedValue(
            value=shown.values[position],
            expectation="; ".join(dict.fromkeys(f.expectation for f in broken)),
            reason="; ".join(dict.fromkeys(f.reason for f in broken)),
        )
        found[str(shown.kinds[position])].append(refused)
    return RefusedValues(
        ratings=tuple(found["rating"]),
        dates=tuple(found["date"]),
        titles=tuple(found["title_id"]),
    )


def n_refused(shown: ValueFrame, failures: Sequence[RowFailure]) -> int:
    """At least so many rows hold a refused value: those of the kind that most of them break."""
    rows = {
        kind: sum(
            int(shown.weights[column][at])
            for at, column in {f.position: f.column for f in failures}.items()
            if shown.kinds[at] == kind
        )
        for kind in KINDS
    }
    return max(rows.values())


def ratings_facts(
    *,
    rows_in: int,
    good: int,
    repeated: int,
    repeated_headers: int,
    users: int,
    undated: int,
) -> dict[str, float | int]:
    """The ratings as the dataset rules see them; shares are of the rows in."""
    rows = max(rows_in, 1)
    return {
        "rows_in": rows_in,
        "good_rows": good,
        "quarantined_rows": rows_in - good,
        "quarantined_share": (rows_in - good) / rows,
        "repeated_share": repeated / rows,
        "repeated_headers": repeated_headers,
        "users": users,
        "undated_share": undated / rows,
    }


def assignment_facts(
    assignments: pa.Table, clusters: pa.Table, *, n_users: int
) -> dict[str, float | int]:
    """A viewers version's assignments as the dataset rules see them.

    Parameters
    ----------
    assignments : Table with the schema `USER_ASSIGNMENTS`
    clusters : Table with the schema `USER_CLUSTERS`
    n_users : int
        Users of the interaction matrix.
    """
    alive = clusters.filter(pc.not_equal(clusters["event"], "died"))
    sizes = dict(zip(alive["cluster_id"].to_pylist(), alive["size"].to_pylist(), strict=True))
    found = {
        row["values"]: row["counts"]
        for row in pc.value_counts(assignments["cluster_id"]).to_pylist()
    }
    return {
        "users": n_users,
        "unassigned_users": n_users - assignments.num_rows,
        "repeated_users": assignments.num_rows - pc.count_distinct(assignments["user_id"]).as_py(),
        "unknown_clusters": len(set(found) - set(sizes)),
        "size_mismatches": sum(size != found.get(cluster, 0) for cluster, size in sizes.items()),
        "empty_clusters": sum(size == 0 for size in sizes.values()),
        "largest_share": max(found.values(), default=0) / max(n_users, 1),
    }


def _column(name: str, values: list[object]) -> pd.Series:
    if name == "date":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object")))
    return pd.Series(values, dtype="string")


def _facts(
    kind: str,
    value: object,
    scale: tuple[float, float],
    today: date,
    known: set[int] | None,
    names_file: str,
) -> dict[str, object]:
    """What the rules may ask of one value; None or absent where there is nothing to say."""
    if kind == "rating":
        assert isinstance(value, float | int)
        beyond = not scale[0] <= value <= scale[1]
        return {"off_scale": f"{value:g} is outside {scale[0]:g} to {scale[1]:g}" * beyond or None}
    if kind == "date":
        assert isinstance(value, date)
        late = value > today
        return {"date": value, "in_the_future": f"{value} lies after {today}" if late else None}
    assert isinstance(value, int)
    missing = known is not None and value not in known
    return {"unknown_title": f"title {value} is not in {names_file}" if missing else None}
