"""docs/data-contracts.md: the columns of every published table, and the rules that guard them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill
from typing import Any

import pyarrow as pa

from docs.published_tables import PUBLISHED, SOURCES, PublishedTable
from reelhouse.schema import told

_INTRODUCTION = """\
# Data contracts

What is published, column by column, and the rules that data must keep. Made from
`reelhouse/schema/` and `expectations/` by `python -m docs`; a test fails where it is not current.

Columns may be added, never renamed or removed. Parquet is written with zstd and a checksum per
page; a large table is a folder of part files under the same name. Every file carries the meaning of
its columns in its Arrow schema: `pyarrow.parquet.read_schema(path).field("margin").metadata`.
"""
_SUITES = """\
## Rules

The suites under `expectations/` judge data before it is clustered and before it is published. A
broken *row* rule sends the row to quarantine with the reason, a broken *dataset* rule stops the
run, which then publishes nothing, and a *watch* rule is reported. Good rows (repaired ones among
them) plus quarantined rows are the rows read, always. `{value}` in a reason stands for what was
found.
"""


def data_contracts(expectations: Path) -> str:
    """Make the document.

    Parameters
    ----------
    expectations
        Folder of the suites.
    """
    parts = [_INTRODUCTION]
    for collection in dict.fromkeys(table.collection for table in PUBLISHED):
        parts.append(f"## Collection {collection}\n")
        parts += [_table(one) for one in PUBLISHED if one.collection == collection]
    parts.append("## What sources yield\n")
    parts += [_table(one) for one in SOURCES]
    parts.append(_SUITES)
    parts += [_suite(path) for path in sorted(expectations.glob("*.json"))]
    return "\n".join(parts)


def type_name(kind: pa.DataType) -> str:
    """Name a type as the document does.

    >>> type_name(pa.list_(pa.int32()))
    'list of int32'
    """
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}"
    return "record" if pa.types.is_struct(kind) else str(kind)


def _table(table: PublishedTable) -> str:
    rows = [
        (f"`{field.name}`", type_name(field.type), "yes" if field.nullable else "no", *_told(field))
        for field in table.schema
    ]
    header = ("column", "type", "null", "unit or values", "meaning")
    return "\n".join(
        [f"### {table.name}\n", _wrapped(table.about), "", *_markdown(header, rows), ""]
    )


def _told(field: pa.Field) -> tuple[str, str]:
    known = told(field)
    return known.unit or ", ".join(f"`{value}`" for value in known.values), known.meaning


def _suite(path: Path) -> str:
    suite = json.loads(path.read_text(encoding="utf-8"))
    rows = [_rule(one) for one in suite["expectations"]]
    header = ("column", "rule", "level", "reason given")
    return _section(path.name, f"Judges {suite['meta']['judges']}.", _markdown(header, rows))


def _section(name: str, about: str, table: Iterable[str]) -> str:
    return "\n".join([f"### {name}\n", _wrapped(about), "", *table, ""])


def _rule(expectation: dict[str, Any]) -> tuple[str, str, str, str]:
    limits = {name: value for name, value in expectation["kwargs"].items() if name != "column"}
    name = expectation["type"].removeprefix("expect_column_").replace("_", " ")
    rule = f"{name}: {_limits(limits)}" if limits else name
    meta = expectation["meta"]
    return f"`{expectation['kwargs']['column']}`", rule, meta["level"], meta["reason"]


def _limits(limits: dict[str, Any]) -> str:
    return ", ".join(f"{name} `{value}`" for name, value in limits.items())


def _wrapped(text: str) -> str:
    return fill(text, 110, break_long_words=False, break_on_hyphens=False)


def _markdown(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join('---' for _ in header)}|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
