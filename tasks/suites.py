"""Great Expectations suites from JSON, loaded strictly and run partition by partition.

Great Expectations only logs an expectation that it does not know and drops it, and a suite
without expectations passes. Here that is an error.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reelhouse.errors import QualityError
from reelhouse.quality import RowFailure

EXPECTATIONS = Path(__file__).resolve().parent.parent / "expectations"
LEVELS = ("row", "dataset", "watch")
_N_EXAMPLES = 5
_NUMBER = "rule_number"
_NAME = re.compile(r"[A-Za-z0-9_]{1,80}")


@dataclass
class RuleResult:
    """How one expectation went over all partitions so far."""

    type: str
    kwargs: dict[str, Any]
    level: str
    reason: str
    evaluated: int = 0
    missing: int = 0
    unexpected: int = 0
    examples: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    @property
    def column(self) -> str:
        """Column that the expectation looks at."""
        return str(self.kwargs.get("column", ""))

    @property
    def name(self) -> str:
        """Short name, as quarantine.parquet has it."""
        return f"{self.type}({self.column})"

    @property
    def success(self) -> bool:
        """Whether enough of the values that are there are as expected, over all partitions."""
        judged = self.evaluated - self.missing
        return judged - self.unexpected >= float(self.kwargs.get("mostly", 1)) * judged

    def add(self, *, evaluated: int, missing: int, unexpected: int) -> None:
        """Add the counts of one partition."""
        self.evaluated += evaluated
        self.missing += missing
        self.unexpected += unexpected

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "expectation": self.type,
            "kwargs": self.kwargs,
            "level": self.level,
            "reason": self.reason,
            "success": self.success,
            "evaluated": self.evaluated,
            "unexpected": self.unexpected,
            "examples": self.examples,
        }


class SuiteRun:
    """A suite and its results over the partitions that it has judged.

    Parameters
    ----------
    path : Path
        JSON file: name, meta, and expectations, each with type, kwargs and
        meta.level (row, dataset or watch) and meta.reason.

    Raises
    ------
    QualityError
        When the file is no suite, or holds an expectation that Great Expectations does not know
        or does not accept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document = _read(path)
        self.name = str(self.document["name"])
        self._suite = _strict_suite(path, self.document)
        self._batches = _batch_definition(self.name)
        self.rules = [
            RuleResult(e["type"], e["kwargs"], e["meta"]["level"], e["meta"]["reason"])
            for e in self.document["expectations"]
        ]

    def judge(
        self, frame: pd.DataFrame, weights: Mapping[str, NDArray[np.int64]] | None = None
    ) -> list[RowFailure]:
        """Run the suite over one partition, or over the distinct values of many.

        Parameters
        ----------
        frame : DataFrame
            Its rows are named by position in what is returned.
        weights : dict from a column to an ndarray of shape (n,), or None
            How many rows of the data each row of the frame stands for in that column; None: one.

        Returns
        -------
        list of RowFailure
            Rows that broke a rule of level row.

        Raises
        ------
        QualityError
            When an expectation cannot be evaluated, such as on a missing column.
        """
        frame = frame.reset_index(drop=True)
        batch = self._batches.get_batch({"dataframe": frame})
        report = batch.validate(
            self._suite,
            result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
        )
        # Results come in another order than the rules; each carries its rule's number.
        by_number = {r.expectation_config.meta[_NUMBER]: r for r in report.results}
        failures: list[RowFailure] = []
        for number, rule in enumerate(self.rules):
            result = by_number[number]
            self._require_evaluated(rule, result.exception_info)
            failures += self._record(rule, result, frame, weights)
        return failures

    def broken(self) -> list[RuleResult]:
        """Rules of level dataset that failed."""
        return [rule for rule in self.rules if rule.level == "dataset" and not rule.success]

    def to_json(self) -> dict[str, Any]:
        """The validation result of all partitions together."""
        return {
            "suite": self.name,
            "success": not self.broken(),
            "meta": self.document.get("meta", {}),
            "results": [rule.to_json() for rule in self.rules],
        }

    def _record(
        self,
        rule: RuleResult,
        result: Any,
        frame: pd.DataFrame,
        weights: Mapping[str, NDArray[np.int64]] | None,
    ) -> list[RowFailure]:
        positions = [int(at) for at in result.result.get("unexpected_index_list") or []]
        if weights is None:
            evaluated = int(result.result.get("element_count", len(frame)))
            missing, unexpected = int(result.result.get("missing_count", 0)), len(positions)
        else:
            of_column = weights[rule.column]
            evaluated, missing = int(of_column.sum()), 0
            unexpected = int(of_column[positions].sum())
        rule.add(evaluated=evaluated, missing=missing, unexpected=unexpected)
        failures = []
        for position in positions:
            value = frame[rule.column].iloc[position]
            # Not format(): the value is data and may hold braces.
            reason = rule.reason.replace("{value}", _shown(value))
            if len(rule.examples) < _N_EXAMPLES:
                rule.examples.append(reason)
                rule.values.append(_shown(value))
            failures.append(RowFailure(position, rule.column, rule.name, reason))
        return failures if rule.level == "row" else []

    def _require_evaluated(self, rule: RuleResult, exception_info: Mapping[str, Any]) -> None:
        infos = (
            [exception_info] if "raised_exception" in exception_info else exception_info.values()
        )
        for info in infos:
            if info.get("raised_exception"):
                what = str(info.get("exception_message")).splitlines()[0]
                raise QualityError(f"{self.path.name}: {rule.name} cannot be evaluated: {what}")


def suite_digests(names: Sequence[str]) -> dict[str, str]:
    """Name of each of these suites under expectations/ and the start of its file's sha256."""
    return {
        name: hashlib.sha256((EXPECTATIONS / f"{name}.json").read_bytes()).hexdigest()[:16]
        for name in sorted(names)
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise QualityError(f"the suite {path} cannot be read: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("name"), str):
        raise QualityError(f"the suite {path} has no name")
    if not _NAME.fullmatch(document["name"]):
        # It becomes the name of a file.
        raise QualityError(
            f"the suite {path} is named {document['name']!r}, required are letters, digits and _"
        )
    expectations = document.get("expectations")
    if not isinstance(expectations, list) or not expectations:
        raise QualityError(f"the suite {path} has no expectations")
    for number, expectation in enumerate(expectations, start=1):
        problem = _problem(expectation)
        if problem:
            raise QualityError(f"expectation {number} of {path} {problem}")
    return document


def _problem(expectation: Any) -> str:
    """What an expectation lacks, in words."""
    needs = "needs type, kwargs, meta.level and meta.reason"
    if not isinstance(expectation, dict) or not isinstance(expectation.get("type"), str):
        return needs
    kwargs, meta = expectation.get("kwargs"), expectation.get("meta")
    if not isinstance(kwargs, dict) or not isinstance(meta, dict):
        return needs
    if "level" not in meta or "reason" not in meta:
        return needs
    if meta["level"] not in LEVELS:
        return f"has level {meta['level']!r}, expected one of {', '.join(LEVELS)}"
    return ""


def _strict_suite(path: Path, document: dict[str, Any]) -> Any:
    import great_expectations as gx

    with _quiet():
        accepted = [
            _accepted(f"expectation {number + 1} of {path}", e, number)
            for number, e in enumerate(document["expectations"])
        ]
        return gx.ExpectationSuite(name=document["name"], expectations=accepted)


def _accepted(where: str, expectation: dict[str, Any], number: int) -> Any:
    """One expectation as Great Expectations builds it, which drops what it does not know."""
    import great_expectations as gx
    from great_expectations.expectations.expectation import ColumnMapExpectation

    what = f"{where}, {expectation['type']} with {json.dumps(expectation['kwargs'])},"
    numbered = {
        "type": expectation["type"],
        "kwargs": expectation["kwargs"],
        "meta": {**expectation["meta"], _NUMBER: number},
    }
    try:
        built = gx.ExpectationSuite(name="one", expectations=[numbered]).expectations
    except ValueError as error:  # of pydantic, one line per fault after the first
        faults = " ".join(line.strip() for line in str(error).splitlines()[1:])
        raise QualityError(f"{what} is refused: {faults or error}") from error
    if not built:
        raise QualityError(f"{what} is not one that Great Expectations accepts")
    if not isinstance(built[0], ColumnMapExpectation):
        # Results of partitions add up only where rows are judged one by one.
        raise QualityError(f"{what} does not judge the values of one column row by row")
    return built[0]


def _batch_definition(name: str) -> Any:
    import great_expectations as gx

    with _quiet():
        context = gx.get_context(mode="ephemeral")
        bars: Any = {"globally": False, "metric_calculations": False}
        context.variables.progress_bars = bars
        source = context.data_sources.add_pandas(name)
        return source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep tracebacks of refused expectations off the terminal: they are raised as one line."""
    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _shown(value: Any) -> str:
    text = "missing" if pd.isna(value) else str(value).removesuffix(" 00:00:00")
    return text if len(text) <= 80 else text[:77] + "..."
