"""Figures of tables as a page has them: short, and free of what JSON does not know."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

#: Digits of a figure: more than anybody reads, and a third of the letters.
_DIGITS = 6


def short(value: Any) -> Any:
    """A value with six digits; a figure that is not finite is none.

    >>> [short(value) for value in (0.123456789, float("nan"), 12, "svd", None)]
    [0.123457, None, 12, 'svd', None]
    """
    if not isinstance(value, float):
        return value
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def told(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Some values of a row, short; those that are not there are left out.

    >>> told({"rmse": 0.91234567, "mae": None, "model": "svd"}, ("model", "rmse", "mae"))
    {'model': 'svd', 'rmse': 0.912346}
    """
    found = {name: short(row[name]) for name in names}
    return {name: value for name, value in found.items() if value is not None}
