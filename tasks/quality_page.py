"""The quality of the data in the Prefect UI: which expectations were broken."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact

from tasks.markdown import escaped
from tasks.server import forgiving
from tasks.suites import RuleResult, SuiteRun


def show_quality(rows: str, suites: Sequence[SuiteRun], key: str) -> None:
    """Show how the suites went so far; `rows` says in words what was read."""
    with forgiving("the quality of the data is not shown"):
        create_markdown_artifact(quality_page(rows, suites), key=key)


def rows_line(read: int, good: int, repaired: int, quarantined: int) -> str:
    """What became of the rows that were read, in words."""
    return (
        f"{read:,} rows read = {good:,} good ({repaired:,} of them repaired) "
        f"+ {quarantined:,} quarantined"
    )


def quality_page(rows: str, suites: Sequence[SuiteRun]) -> str:
    """The expectations that were broken, those first that stop a run, as Markdown."""
    broken = [(run, rule) for run in suites for rule in run.rules if not rule.success]
    stopping = [run.name for run, rule in broken if rule.level == "dataset"]
    lines = ["# Data quality", escaped(rows), ""]
    if stopping:
        lines += ["**Refused: nothing was published.**", ""]
    if not broken:
        return "\n".join([*lines, "Every expectation passed."])
    broken.sort(key=lambda found: found[1].level != "dataset")
    # Not a table: the UI does not break its lines, and examples are long.
    return "\n".join([*lines, *(_broken(run.name, rule) for run, rule in broken)])


def _broken(suite: str, rule: RuleResult) -> str:
    told = (
        f"- **{escaped(rule.name)}** of {escaped(suite)}, level {rule.level}: "
        f"broken by {rule.unexpected:,} of {rule.evaluated:,}"
    )
    # Two spaces break the line within the item.
    return told + (f"  \n  {escaped(rule.examples[0])}" if rule.examples else "")
