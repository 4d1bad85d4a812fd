from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from reelhouse.quality import RowFailure
from reelhouse.schema import USER_ASSIGNMENTS
from reelhouse.sources.ratings.facts import ValueCounts
from reelhouse.viewers.check import (
    ValueFrame,
    assignment_facts,
    n_refused,
    ratings_facts,
    refused_values,
    value_frame,
)

TODAY = date(2026, 11, 21)


def counts(
    ratings: dict[float, int], dates: dict[str, int], titles: dict[int, int]
) -> dict[str, ValueCounts]:
    def of(values: dict, dtype: str) -> ValueCounts:
        return ValueCounts(
            np.array(list(values), dtype=dtype), np.array(list(values.values()), dtype=np.int64)
        )

    return {
        "rating": of(ratings, "float32"),
        "date": of(dates, "datetime64[D]"),
        "title_id": of(titles, "int32"),
    }


def shown(**kwargs: object) -> ValueFrame:
    found = counts({1: 4, 5: 3, 6: 2}, {"2005-12-31": 8, "2030-01-01": 1}, {7: 6, 8: 3})
    settings: dict = {
        "scale": (1.0, 5.0),
        "today": TODAY,
        "known_titles": np.array([7]),
        "names_file": "movies.csv",
    }
    return value_frame(found, **(settings | kwargs))


def test_each_distinct_value_is_one_row_with_the_number_of_its_rows() -> None:
    frame = shown()
    assert frame.values[:3] == [1, 5, 6]
    assert frame.kinds.tolist() == ["rating"] * 3 + ["date"] * 2 + ["title_id"] * 2
    assert frame.weights["off_scale"].tolist() == [4, 3, 2, 0, 0, 0, 0]
    assert frame.weights["date"].tolist() == [0, 0, 0, 8, 1, 0, 0]
    assert frame.weights["unknown_title"].tolist() == [0, 0, 0, 0, 0, 6, 3]


def test_what_is_wrong_with_a_value_is_said_in_the_column_of_its_rule() -> None:
    frame = shown().frame
    assert frame["off_scale"].dropna().to_dict() == {2: "6 is outside 1 to 5"}
    assert frame["in_the_future"].dropna().to_dict() == {4: "2030-01-01 lies after 2026-11-21"}
    assert frame["unknown_title"].dropna().to_dict() == {6: "title 8 is not in movies.csv"}


def test_without_names_every_title_is_known() -> None:
    assert shown(known_titles=None).frame["unknown_title"].isna().all()


def test_ratings_without_a_single_date_make_a_frame() -> None:
    found = counts({1: 2}, {}, {7: 2})
    frame = value_frame(found, scale=(1, 5), today=TODAY, known_titles=None, names_file="")
    assert frame.frame["date"].dtype.kind == "M"
    assert len(frame.frame) == 2


def test_a_value_that_breaks_two_rules_is_refused_once_with_both_reasons() -> None:
    broken = [
        RowFailure(4, "in_the_future", "null(in_the_future)", "late"),
        RowFailure(4, "date", "between(date)", "early"),
        RowFailure(2, "off_scale", "null(off_scale)", "too much"),
    ]
    refused = refused_values(shown(), broken)
    assert [(one.value, one.reason) for one in refused.ratings] == [(6, "too much")]
    (day,) = refused.dates
    assert (day.value, day.reason) == (date(2030, 1, 1), "late; early")
    assert day.expectation == "null(in_the_future); between(date)"
    assert refused.titles == ()


def test_rows_of_one_kind_are_at_least_so_many_bad_rows() -> None:
    broken = [
        RowFailure(2, "off_scale", "", ""),
        RowFailure(5, "unknown_title", "", ""),
        RowFailure(6, "unknown_title", "", ""),
    ]
    # Two rows of a bad rating, nine of unknown titles; they may be the same rows.
    assert n_refused(shown(), broken) == 9
    assert n_refused(shown(), []) == 0


def test_shares_are_of_the_rows_in() -> None:
    facts = ratings_facts(
        rows_in=200, good=190, repeated=4, repeated_headers=1, users=12, undated=19
    )
    assert facts["quarantined_rows"] == 10
    assert facts["quarantined_share"] == pytest.approx(0.05)
    assert facts["repeated_share"] == pytest.approx(0.02)
    assert facts["undated_share"] == pytest.approx(0.095)


def assigned(*pairs: tuple[int, int]) -> pa.Table:
    rows = [
        {"user_id": user, "cluster_id": cluster, "distance": 0.5, "n_ratings": 1}
        for user, cluster in pairs
    ]
    return pa.Table.from_pylist(rows, schema=USER_ASSIGNMENTS)


def test_assignments_are_held_against_the_clusters() -> None:
    clusters = pa.table(
        {"cluster_id": [0, 1, 2, 3], "size": [2, 1, 0, 9], "event": ["kept"] * 3 + ["died"]}
    )
    facts = assignment_facts(assigned((1, 0), (2, 0), (3, 1)), clusters, n_users=3)
    assert facts == {
        "users": 3,
        "unassigned_users": 0,
        "repeated_users": 0,
        "unknown_clusters": 0,
        "size_mismatches": 0,
        "empty_clusters": 1,
        "largest_share": pytest.approx(2 / 3),
    }


def test_assignments_that_contradict_the_clusters_are_counted() -> None:
    clusters = pa.table({"cluster_id": [0, 1], "size": [3, 1], "event": ["born", "born"]})
    facts = assignment_facts(assigned((1, 0), (1, 0), (2, 5)), clusters, n_users=4)
    assert facts["unassigned_users"] == 1
    assert facts["repeated_users"] == 1
    assert facts["unknown_clusters"] == 1
    assert facts["size_mismatches"] == 2
