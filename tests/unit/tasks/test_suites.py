from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reelhouse.catalogue.tables import assignment_facts
from reelhouse.errors import QualityError
from reelhouse.quality import RowFacts, RowFailure, rule_frame, snapshot_facts
from reelhouse.schema import (
    ASSIGNMENTS,
    CLUSTERS,
    SOURCE_TITLES,
    USER_ASSIGNMENTS,
    USER_CLUSTERS,
)
from reelhouse.viewers import check
from reelhouse.viewers.check import ratings_facts
from tasks.suites import EXPECTATIONS, SuiteRun

NOT_NULL = ("to_not_be_null", {"column": "a"}, "row")
SMALL = ("to_be_between", {"column": "n", "max_value": 5}, "dataset")


def test_rows_that_break_a_rule_are_named_by_position_with_the_reason(make_suite: Any) -> None:
    run = make_suite(NOT_NULL, ("to_be_between", {"column": "n", "max_value": 5}, "row"))
    frame = pd.DataFrame({"a": ["x", None, "z"], "n": [1, 9, 7]}, index=[7, 7, 9])
    assert run.judge(frame) == [
        RowFailure(1, "a", "expect_column_values_to_not_be_null(a)", "it is missing"),
        RowFailure(1, "n", "expect_column_values_to_be_between(n)", "it is 9"),
        RowFailure(2, "n", "expect_column_values_to_be_between(n)", "it is 7"),
    ]
    assert run.broken() == []


def test_rules_of_the_dataset_quarantine_no_row(make_suite: Any) -> None:
    run = make_suite(SMALL, ("to_be_between", {"column": "n", "max_value": 6}, "watch"))
    assert run.judge(pd.DataFrame({"n": [1, 9]})) == []
    assert [rule.level for rule in run.broken()] == ["dataset"]
    assert run.to_json()["success"] is False


def test_the_results_of_partitions_add_up(make_suite: Any) -> None:
    run = make_suite(SMALL)
    for numbers in ([1, 9], [], [7, 8, 9, 10], [2]):
        run.judge(pd.DataFrame({"n": pd.array(numbers, dtype="Int64")}))
    (rule,) = run.rules
    assert (rule.evaluated, rule.unexpected, rule.success) == (7, 5, False)
    assert rule.examples == ["it is 9", "it is 7", "it is 8", "it is 9", "it is 10"]
    result = run.to_json()["results"][0]
    assert (result["evaluated"], result["unexpected"]) == (7, 5)


def test_a_share_is_judged_over_all_partitions_not_in_each(make_suite: Any) -> None:
    half = {"column": "a", "mostly": 0.5}
    run = make_suite(("to_not_be_null", half, "dataset"))
    run.judge(pd.DataFrame({"a": [None, None, "x"]}))
    assert len(run.broken()) == 1
    run.judge(pd.DataFrame({"a": ["x", "y", "z"]}))
    assert run.broken() == []


def test_missing_values_do_not_count_towards_a_share(make_suite: Any) -> None:
    run = make_suite(("to_be_between", {"column": "n", "max_value": 5, "mostly": 0.5}, "dataset"))
    run.judge(pd.DataFrame({"n": pd.array([9, 9, 1, None, None, None], dtype="Int64")}))
    assert len(run.broken()) == 1


def test_a_partition_without_rows_breaks_nothing(make_suite: Any) -> None:
    run = make_suite(NOT_NULL, SMALL)
    assert run.judge(pd.DataFrame({"a": pd.array([], "string"), "n": pd.array([], "Int64")})) == []
    assert run.to_json()["success"] is True


def test_a_column_without_any_value_can_be_judged(make_suite: Any) -> None:
    run = make_suite(SMALL)
    run.judge(pd.DataFrame({"n": pd.Series([None, None], dtype="float32")}))
    assert run.broken() == []


def test_braces_and_html_in_values_are_harmless(make_suite: Any) -> None:
    run = make_suite(("to_be_null", {"column": "a"}, "row"))
    wild = ["{value} {0} {examples}", "<b>&", "x" * 100]
    reasons = [failure.reason for failure in run.judge(pd.DataFrame({"a": wild}))]
    assert reasons == [f"it is {wild[0]}", "it is <b>&", "it is " + "x" * 77 + "..."]


def test_a_missing_column_is_named_with_the_suite(make_suite: Any) -> None:
    run = make_suite(("to_not_be_null", {"column": "zz"}, "row"))
    with pytest.raises(
        QualityError, match=r"s\.json: .*\(zz\) cannot be evaluated: .*zz"
    ) as caught:
        run.judge(pd.DataFrame({"a": [1]}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        (("to_be_nice", {"column": "a"}, "row"), "is not one that Great Expectations accepts"),
        (("to_be_null", {"column": "a", "mostli": 1}, "row"), "is refused: mostli extra fields"),
        (("to_be_null", {}, "row"), "is refused: column field required"),
        (("to_be_between", {"column": "a"}, "row"), "is refused: .*cannot both be None"),
        (("to_be_null", {"column": "a"}, "loud"), "has level 'loud', expected one of row, dataset"),
    ],
)
def test_a_wrong_expectation_is_an_error_that_names_file_and_number(
    make_suite: Any, expectation: Any, message: str
) -> None:
    with pytest.raises(QualityError, match=rf"^expectation 2 of .*s\.json.* {message}") as caught:
        make_suite(NOT_NULL, expectation)
    assert "\n" not in str(caught.value)


GOOD = {"type": "expect_column_values_to_be_null", "kwargs": {"column": "a"}}
NEEDS = "^expectation 1 of .*s.json needs type, kwargs, meta.level and meta.reason$"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "^the suite .*s.json cannot be read"),
        ("[]", "has no name"),
        ({"expectations": [GOOD]}, "has no name"),
        ({"name": "s"}, "has no expectations"),
        ({"name": "s", "expectations": []}, "has no expectations"),
        ({"name": "../s", "expectations": [GOOD]}, r"is named '\.\./s', required are letters"),
        ({"name": "", "expectations": [GOOD]}, "is named '', required are letters"),
        ({"name": "a<b>", "expectations": [GOOD]}, "is named 'a<b>', required are letters"),
        ({"name": "s", "expectations": {"type": "x"}}, "has no expectations"),
        ({"name": "s", "expectations": [1]}, NEEDS),
        ({"name": "s", "expectations": [GOOD]}, NEEDS),
        ({"name": "s", "expectations": [GOOD | {"meta": {"level": "row"}}]}, NEEDS),
        ({"name": "s", "expectations": [GOOD | {"meta": {"reason": "r"}}]}, NEEDS),
        ({"name": "s", "expectations": [GOOD | {"meta": "r"}]}, NEEDS),
        ({"name": "s", "expectations": [GOOD | {"kwargs": "a", "meta": {}}]}, NEEDS),
    ],
)
def test_a_file_that_is_no_suite_is_one_clear_line(
    tmp_path: Path, document: Any, message: str
) -> None:
    path = tmp_path / "s.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(QualityError, match=message):
        SuiteRun(path)


def test_a_missing_suite_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(QualityError, match=r"the suite .* cannot be read: .*No such file"):
        SuiteRun(tmp_path / "none.json")


@pytest.mark.parametrize(
    "kind", ["expect_table_row_count_to_be_between", "expect_column_max_to_be_between"]
)
def test_an_expectation_that_does_not_judge_rows_is_refused(tmp_path: Path, kind: str) -> None:
    kwargs = {"max_value": 3} | ({"column": "a"} if "column" in kind else {})
    meta = {"level": "row", "reason": "r"}
    expectations = [{"type": kind, "kwargs": kwargs, "meta": meta}]
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"name": "s", "expectations": expectations}))
    with pytest.raises(QualityError, match="does not judge the values of one column row by row"):
        SuiteRun(path)


def judged_columns() -> dict[str, set[str]]:
    """The columns that each suite of the project is given."""
    nothing = np.zeros(0, dtype=np.int64)
    facts = RowFacts(nothing, nothing, nothing)
    snapshot = snapshot_facts(
        [], rows_in=0, quarantined=0, facts=facts, known_before=0, disappeared=0
    )
    version = assignment_facts(
        ASSIGNMENTS.empty_table(), CLUSTERS.empty_table(), n_titles=0, moved=0
    )
    ratings = ratings_facts(rows_in=0, good=0, repeated=0, repeated_headers=0, users=0, undated=0)
    users = check.assignment_facts(
        USER_ASSIGNMENTS.empty_table(), USER_CLUSTERS.empty_table(), n_users=0
    )
    return {
        "ratings": set(check.KIND_OF),
        "ratings_snapshot": set(ratings),
        "user_assignments": set(USER_ASSIGNMENTS.names),
        "user_assignments_version": set(users),
        "titles": set(rule_frame(SOURCE_TITLES.empty_table(), facts).columns),
        "titles_snapshot": set(snapshot),
        "assignments": set(ASSIGNMENTS.names),
        "assignments_version": set(version),
    }


@pytest.mark.parametrize("path", sorted(EXPECTATIONS.glob("*.json")), ids=lambda path: path.stem)
def test_every_suite_loads_and_names_only_columns_that_exist(path: Path) -> None:
    run = SuiteRun(path)
    assert run.name == path.stem
    assert {"judges", "levels"} <= set(run.document["meta"])
    columns = judged_columns()[path.stem]
    assert {rule.column for rule in run.rules} <= columns


def test_a_value_counts_for_as_many_rows_as_it_stands_for(
    make_suite: Any,
) -> None:
    suite = make_suite(
        ("to_be_between", {"column": "a", "max_value": 5}, "row"),
        ("to_be_null", {"column": "b"}, "row"),
    )
    frame = pd.DataFrame({"a": [1, 9, None, None], "b": [None, None, None, "x"]})
    weights = {"a": np.array([70, 30, 0, 0]), "b": np.array([0, 0, 60, 40])}
    failures = suite.judge(frame, weights)
    assert [(failure.position, failure.column) for failure in failures] == [(1, "a"), (3, "b")]
    assert [(rule.evaluated, rule.unexpected) for rule in suite.rules] == [(100, 30), (100, 40)]


def test_the_suite_of_titles_judges_a_partition_without_rows() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    frame = rule_frame(SOURCE_TITLES.empty_table(), RowFacts(nothing, nothing, nothing))
    assert SuiteRun(EXPECTATIONS / "titles.json").judge(frame) == []
