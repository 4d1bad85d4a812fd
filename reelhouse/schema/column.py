"""A column with what it means: said once, here, and carried into every Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

_SEPARATOR = "|"


class Told(NamedTuple):
    """What is known of a column beside its name and type."""

    meaning: str
    unit: str
    """Of its numbers; empty where they have none."""
    values: tuple[str, ...]
    """All that may stand in it; empty where that is not a short list."""


def column(
    name: str,
    kind: pa.DataType,
    meaning: str,
    *,
    null: bool = True,
    unit: str = "",
    values: Sequence[str] = (),
) -> pa.Field:
    """Describe a column.

    The words are metadata of the field: Arrow ignores them where it compares schemas, and Parquet
    keeps them, so that a published file says what its columns mean.

    Parameters
    ----------
    name
        Its name; published names are never changed.
    kind
        Type of its values.
    meaning
        What it holds, in a few words; Markdown.
    null
        Whether a value may be missing.
    unit
        Of its numbers.
    values
        All that may stand in it, where that is a short list.
    """
    told = {"meaning": meaning, "unit": unit, "values": _SEPARATOR.join(values)}
    return pa.field(name, kind, null, {key: text for key, text in told.items() if text})


def told(field: pa.Field) -> Told:
    """Read back what `column` was told.

    >>> told(column("size", pa.int64(), "its parts", unit="titles"))
    Told(meaning='its parts', unit='titles', values=())
    """
    held = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
    values = held.get("values")
    return Told(
        held.get("meaning", ""),
        held.get("unit", ""),
        tuple(values.split(_SEPARATOR)) if values else (),
    )
