"""The documents say what the code does: schemas, defaults, limits, names, links."""

from __future__ import annotations

import ast
import json
import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from reelhouse import schema
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.clustering.selection import CURVE
from reelhouse.comparison.settings import CompareSettings
from reelhouse.viewers.settings import ViewersSettings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deployments").glob("*.md")]
)
TABLES = {
    "titles": schema.TITLES,
    "assignments": schema.ASSIGNMENTS,
    "clusters": schema.CLUSTERS,
    "neighbours": schema.NEIGHBOURS,
    "recommendations": schema.NEXT_TITLES,
    "changes": schema.CHANGES,
    "quarantine": schema.QUARANTINE,
    "selection": CURVE,
}
VIEWER_TABLES = {
    "assignments": schema.USER_ASSIGNMENTS,
    "clusters": schema.USER_CLUSTERS,
    "preferences": schema.PREFERENCES,
    "recommendations": schema.USER_RECOMMENDATIONS,
    "links": schema.LINKS,
    "titles": schema.RATED_TITLES,
    "profile": schema.PROFILE,
}
COMPARISON_TABLES = {
    "comparison": schema.COMPARISON,
    "splits": schema.COMPARISON_SPLITS,
    "curves": schema.COMPARISON_CURVES,
    "trials": schema.COMPARISON_TRIALS,
}
DEEP_TABLES = {
    "classifiers": schema.CLASSIFIERS,
    "classifier_report": schema.CLASSIFIER_REPORT,
    "confusion": schema.CONFUSION,
    "curves": schema.NETWORK_CURVES,
}
each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)

Row = list[str]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tables(text: str, *header: str) -> list[list[Row]]:
    """The bodies of all Markdown tables of a header, cells without backticks."""
    wanted = "| " + " | ".join(header) + " |\n"
    found = []
    for after in text.split(wanted)[1:]:
        lines = after.splitlines()[1:]  # without the rule below the header
        end = next((at for at, line in enumerate(lines) if not line.startswith("|")), len(lines))
        found.append([[cell.strip(" `") for cell in row[1:-1].split("|")] for row in lines[:end]])
    return found


def rows(text: str, *header: str) -> list[Row]:
    return [row for table in tables(text, *header) for row in table]


def anchors(text: str) -> set[str]:
    """Anchors of the headings, as a forge makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", without_code(text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(text: str) -> str:
    return re.sub(r"(?ms)^```.*?^```$", "", text)


def type_name(kind: pa.DataType) -> str:
    return f"list of {kind.value_type}" if pa.types.is_list(kind) else str(kind)


def test_a_table_is_read_row_by_row() -> None:
    text = "x\n\n| a | b |\n|---|---|\n| `1` | two |\n| 3 | |\n\nend | of |\n"
    assert rows(text, "a", "b") == [["1", "two"], ["3", ""]]


@each_document
def test_a_relative_link_resolves_to_a_file_and_a_heading(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link} does not exist"
        assert target.is_relative_to(ROOT), f"{link} leaves the repository"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{link}: no such heading"


@each_document
def test_a_document_names_no_path_of_a_machine_and_no_host(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(?:home|tmp|root|work|Users)/", text)
    hosts = set(re.findall(r"https?://([\w.\-]+)", text))
    public = {"keepachangelog.com", "semver.org", "creativecommons.org", "www.kaggle.com"}
    assert hosts <= {"127.0.0.1", "localhost", "host"} | public


@each_document
def test_a_file_of_the_project_that_is_named_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:reelhouse|tasks|flows|tests|expectations|deployments|docs|bench)/[\w/.\-]*)`",
        document.read_text(encoding="utf-8"),
    )
    # <name> and the like are left out by the pattern.
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("document", "name", "held"),
    [("docs/architecture.md", *item) for item in TABLES.items()]
    + [("docs/viewers.md", *item) for item in VIEWER_TABLES.items()]
    + [("docs/comparison.md", *item) for item in COMPARISON_TABLES.items()]
    + [("docs/deep.md", *item) for item in DEEP_TABLES.items()],
)
def test_the_columns_of_a_published_table_are_documented_as_they_are(
    document: str, name: str, held: pa.Schema
) -> None:
    section = text_of(document).partition(f"### {name}.parquet\n")[2]
    described = tables(section, "column", "type", "null", "meaning")[0]
    assert [row[:3] for row in described] == [
        [field.name, type_name(field.type), "yes" if field.nullable else "no"] for field in held
    ]
    assert all(row[3] for row in described)


def test_every_module_of_the_library_is_in_the_table_of_packages() -> None:
    library = ROOT / "reelhouse"
    modules = {path.stem for path in library.glob("*.py") if not path.stem.startswith("__")}
    modules |= {path.parent.name for path in library.glob("*/__init__.py")}
    described = rows(text_of("docs/architecture.md"), "package", "holds")
    assert [row[0] for row in described] == sorted(f"reelhouse.{name}" for name in modules)


def test_every_task_is_in_the_table_of_steps_with_what_it_calls() -> None:
    found = {
        (name, f"tasks/{path.name}")
        for path in (ROOT / "tasks").glob("*.py")
        for name in re.findall(r'(?m)^@task\(\s*name="([^"]+)"', path.read_text(encoding="utf-8"))
    }
    described = rows(text_of("docs/architecture.md"), "task", "module", "calls")
    assert {(row[0], row[1]) for row in described} == found
    for task, module, called in described:
        names = {
            node.id if isinstance(node, ast.Name) else node.attr
            for node in ast.walk(ast.parse(text_of(module)))
            if isinstance(node, ast.Name | ast.Attribute)
        }
        assert called.rpartition(".")[2] in names, f"{task} does not call {called}"


def test_the_picture_names_every_task_of_a_run() -> None:
    text = text_of("docs/architecture.md")
    picture = text.partition("## The way of the data")[2].partition("Each step is")[0]
    described = [row[0] for row in rows(text, "task", "module", "calls")]
    outside = {
        "find last version",
        "link dashboard",
        "show run",
        "check partitions",
        "check slice",
        "show viewers run",
        "show comparison",
        "make demo files",
        "make demo ratings",
        "look for an earlier demo",
    }
    assert [task for task in described if task not in picture and task not in outside] == []


def test_documented_settings_have_the_documented_defaults() -> None:
    defaults = [
        CatalogueSettings(titles="x", store="y"),
        NightlySettings(titles="x", store="y"),
    ]
    described = rows(text_of("docs/methods.md"), "setting", "value", "meaning")
    assert len(described) > 15
    for name, value, _ in described:
        first = name.partition(".")[0]
        holder = next(one for one in defaults if first in type(one).model_fields)
        assert str(reduce(getattr, name.split("."), holder)) == value, name


def test_documented_settings_of_the_viewers_have_the_documented_defaults() -> None:
    defaults = ViewersSettings(ratings="x", store="y")
    described = rows(text_of("docs/viewers.md"), "setting", "value", "meaning")
    assert len(described) > 15
    for name, value, _ in described:
        assert str(reduce(getattr, name.split("."), defaults)) == value, name


def test_documented_settings_of_the_comparison_have_the_documented_defaults() -> None:
    defaults = CompareSettings(ratings="x", store="y")
    described = rows(text_of("docs/comparison.md"), "setting", "value", "meaning")
    assert len(described) > 10
    for name, value, _ in described:
        assert str(reduce(getattr, name.split("."), defaults)) == value, name


def test_documented_constants_have_the_documented_values() -> None:
    for name, value, _ in rows(text_of("docs/methods.md"), "constant", "value", "meaning"):
        module, _, constant = name.rpartition(".")
        assert str(getattr(import_module(module), constant)) == value, name


def test_documented_limits_are_those_of_the_suites() -> None:
    described = rows(text_of("docs/operations.md"), "suite", "column", "limit", "level")
    assert described
    for suite, column, limit, level in described:
        document = json.loads(text_of(f"expectations/{suite}.json"))
        argument, value = limit.split()
        held = [
            (str(rule["kwargs"][argument]), rule["meta"]["level"])
            for rule in document["expectations"]
            if rule["kwargs"]["column"] == column and argument in rule["kwargs"]
        ]
        assert (value, level) in held, f"{suite}.{column}"


@pytest.mark.parametrize("suite", ["titles_snapshot", "ratings_snapshot"])
def test_every_dataset_rule_on_a_snapshot_is_in_the_table_of_limits(suite: str) -> None:
    document = json.loads(text_of(f"expectations/{suite}.json"))
    described = rows(text_of("docs/operations.md"), "suite", "column", "limit", "level")
    assert {row[1] for row in described if row[0] == suite} == {
        rule["kwargs"]["column"]
        for rule in document["expectations"]
        if rule["meta"]["level"] == "dataset"
    }


def test_the_environment_of_the_flows_is_documented() -> None:
    from flows.environment import DEFAULTS

    text = text_of("docs/operations.md")
    assert [f"{k}={v}" for k, v in DEFAULTS.items() if f"{k}={v}" not in text] == []


def test_every_decision_is_listed_and_has_its_three_parts() -> None:
    listed = text_of("docs/adr/README.md")
    for path in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].partition(". ")[2]
        assert f"[{title}]({path.name})" in listed
        headings = re.findall(r"(?m)^## (.+)$", text)
        assert headings == ["Context", "Decision", "Consequences"], path.name


def test_every_marker_is_in_contributing() -> None:
    markers = re.findall(r'(?m)^    "(\w+): ', text_of("pyproject.toml"))
    described = rows(text_of("CONTRIBUTING.md"), "marker", "test")
    assert [row[0] for row in described] == markers


def test_the_deployments_are_listed_beside_their_file() -> None:
    document = yaml.safe_load(text_of("deployments/prefect.yaml"))
    described = rows(text_of("deployments/README.md"), "deployment", "flow", "when", "does")
    # In front of the variable that ends all names.
    named = [(d["name"].partition("{{")[0], d["entrypoint"]) for d in document["deployments"]]
    assert [row[:2] for row in described] == [
        [f"{name}/{name}", entrypoint.partition(":")[0]] for name, entrypoint in named
    ]
