"""The quality of the data in the Prefect UI: which expectations were broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prefect.artifacts import create_markdown_artifact

from tasks.markdown import escaped
from tasks.server import forgiving
from tasks.suites import RuleResult, SuiteRun

#: What the dataset rules judge, and where in the file to look; the messages of rules name them.
Facts = Mapping[str, float | int]
Places = Mapping[str, str]
_NOWHERE: Places = {}


def show_quality(
    rows: str,
    suites: Sequence[SuiteRun],
    facts: Facts,
    places: Places = _NOWHERE,
    *,
    key: str = "quality",
) -> None:
    """Show how the suites went so far; `rows` says in words what was read."""
    with forgiving("the quality of the data is not shown"):
        create_markdown_artifact(quality_page(rows, suites, facts, places), key=key)


def reason_of(rule: RuleResult, facts: Facts, places: Places) -> str:
    """Why a rule was broken, its message filled with what is known of the data."""
    words = {name: _number(name, value) for name, value in facts.items()}
    words["value"] = words.get(rule.column, rule.values[0] if rule.values else "")
    words["examples"] = places.get(rule.column, "")
    message = rule.reason
    for name, word in words.items():
        message = message.replace("{" + name + "}", word)
    return message


def _number(name: str, value: float | int) -> str:
    return f"{100 * value:.1f} %" if "share" in name else f"{value:,}"


def rows_line(read: int, good: int, repaired: int, quarantined: int) -> str:
    """What became of the rows that were read, in words."""
    return (
        f"{read:,} rows read = {good:,} good ({repaired:,} of them repaired) "
        f"+ {quarantined:,} quarantined"
    )


def quality_page(
    rows: str, suites: Sequence[SuiteRun], facts: Facts, places: Places = _NOWHERE
) -> str:
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
    return "\n".join([*lines, *(_broken(run.name, rule, facts, places) for run, rule in broken)])


def _broken(suite: str, rule: RuleResult, facts: Facts, places: Places) -> str:
    whole = rule.column in facts
    told = f"- **{escaped(rule.name)}** of {escaped(suite)}, level {rule.level}"
    if not whole:
        told += f": broken by {rule.unexpected:,} of {rule.evaluated:,}"
    example = reason_of(rule, facts, places) if whole else next(iter(rule.examples), "")
    # Two spaces break the line within the item.
    return told + (f"  \n  {escaped(example)}" if example else "")
