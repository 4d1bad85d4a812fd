"""Suites of Great Expectations, written as a test needs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.suites import SuiteRun

Expectation = tuple[str, dict[str, Any], str]


@pytest.fixture
def make_suite(tmp_path: Path) -> Callable[..., SuiteRun]:
    """A suite of (type without `expect_column_values_`, kwargs, level) triples."""

    def make(
        *expectations: Expectation, reason: str = "it is {value}", name: str = "s"
    ) -> SuiteRun:
        document = {
            "name": name,
            "meta": {"judges": "rows", "levels": "row and dataset"},
            "expectations": [
                {
                    "type": f"expect_column_values_{kind}",
                    "kwargs": kwargs,
                    "meta": {"level": level, "reason": reason},
                }
                for kind, kwargs, level in expectations
            ],
        }
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return SuiteRun(path)

    return make
