"""Data Docs of the checks, readable without a network.

Great Expectations renders the results; its page template would fetch styles, scripts and a logo
from other hosts, so only its sections are taken and put into a page of our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from tasks.suites import RuleResult, SuiteRun

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_data_docs(runs: Sequence[SuiteRun], folder: Path) -> Path:
    """Write one page per suite and an index; returns the index."""
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
    folder.mkdir(parents=True, exist_ok=True)
    for run in runs:
        page = environment.get_template("suite.html").render(run=run, sections=_sections(run))
        (folder / f"{run.name}.html").write_text(page, encoding="utf-8")
    index = folder / "index.html"
    index.write_text(environment.get_template("data_docs.html").render(runs=runs), encoding="utf-8")
    return index


def _sections(run: SuiteRun) -> list[Markup]:
    """The sections of Great Expectations' own validation page, as HTML without scripts."""
    from great_expectations.render import renderer, view

    # Typed in part only.
    make_document: Any = vars(renderer)["ValidationResultsPageRenderer"]()
    make_section: Any = vars(view)["DefaultJinjaSectionView"]()
    document = make_document.render(_merged(run))
    rendered = [
        make_section.render({"section": section, "section_loop": {"index": number}})
        for number, section in enumerate(document.to_json_dict()["sections"][1:], start=1)
    ]
    # Values were escaped before they went in; the scripts are only the renderer's own.
    return [Markup(re.sub(r"(?s)<script\b.*?</script>", "", html)) for html in rendered]


def _merged(run: SuiteRun) -> Any:
    """The results of all partitions as one validation result of Great Expectations."""
    from great_expectations.core import ExpectationSuiteValidationResult

    passed = sum(rule.success for rule in run.rules)
    return ExpectationSuiteValidationResult(
        success=passed == len(run.rules),
        suite_name=run.name,
        results=[_result(rule) for rule in run.rules],
        statistics={
            "evaluated_expectations": len(run.rules),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(run.rules) - passed,
            "success_percent": 100.0 * passed / max(len(run.rules), 1),
        },
        meta={"active_batch_definition": {"data_asset_name": run.name}},
    )


def _result(rule: RuleResult) -> Any:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    percent = 100.0 * rule.unexpected / max(rule.evaluated, 1)
    return ExpectationValidationResult(
        success=rule.success,
        expectation_config=ExpectationConfiguration(
            # The name of a column goes into headings as it is.
            type=rule.type,
            kwargs=rule.kwargs | {"column": escape(" ".join(rule.column.split()))},
            meta={"level": rule.level},
        ),
        result={
            "element_count": rule.evaluated,
            "unexpected_count": rule.unexpected,
            "unexpected_percent": percent,
            "unexpected_percent_total": percent,
            "unexpected_percent_nonmissing": percent,
            # The renderer of Great Expectations puts values into its tables as they are.
            "partial_unexpected_list": [escape(value) for value in rule.values],
        },
        exception_info={
            "raised_exception": False,
            "exception_message": None,
            "exception_traceback": None,
        },
    )
